"""Nothing before birth, nothing clinical after death: rules across tables, kept by deferred constraint triggers.

A CHECK constraint sees one row only. These triggers run at commit, lock the patient (two sessions entering a death
and a contact at once would otherwise both pass), ignore voided rows, and compare dates only where they are certain.
Their functions are written out here rather than made by django-pgtrigger, whose functions open a subtransaction at
each call: at one call a row that is ten times the cost of the check.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dated:
    """A date column of a clinical table. ``alive`` is the SQL condition under which a row shows the patient alive."""

    table: str
    column: str = "date"
    alive: str = "TRUE"


PATIENTS = (
    Dated("patients_consent", alive="FALSE"),  # a waiver, or the family's consent, may follow the death
    Dated("patients_diagnosis", "date", alive="FALSE"),  # a pathology report may follow the death
    Dated("patients_diagnosis", "metastasis_date"),
    Dated("patients_metastaticsite"),
    Dated("patients_performancestatus"),
    Dated("patients_labresult"),
    Dated("patients_qualityoflife"),
    # That a patient has died, or cannot be reached, is often learnt after the death.
    Dated("patients_followup", alive="{row}status = 'alive'"),
    Dated("patients_progression"),
)


def refuse(sentence: str, rule: str) -> str:
    """A statement of a trigger's body: ``sentence`` is an SQL expression."""
    return f"RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}', MESSAGE = {sentence};"


def trigger(
    table: str, name: str, body: str, *, when: str = "INSERT OR UPDATE", rows: str = "NEW.voided_at IS NULL"
) -> str:
    """SQL that creates a deferred constraint trigger for the live rows, or for others that a condition names."""
    return f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE found RECORD; person RECORD;
        BEGIN
            {body}
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER {name} AFTER {when} ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({rows}) EXECUTE FUNCTION {name}();
    """


LOCK = """
    SELECT birth_date, birth_date_first INTO person FROM patients_patient WHERE id = NEW.patient_id FOR NO KEY UPDATE;
"""


def _after_birth(column: str) -> str:
    refusal = refuse(
        f"""format('The date %s lies before the birth of the patient (%s).', NEW."{column}", person.birth_date)""",
        "nothing_before_birth",
    )
    return f"IF person.birth_date_first > NEW.{column}_last THEN {refusal} END IF;"


def _within_life(dated: Sequence[Dated]) -> str:
    """Trigger of one dated table."""
    table = dated[0].table
    checks = ""
    for item in dated:
        refusal = refuse(
            f"""format('The date %s lies after the death of the patient (%s).', NEW."{item.column}", found.date)""",
            "nothing_after_death",
        )
        too_late = f"found.date_last < NEW.{item.column}_first AND {item.alive.format(row='NEW.')}"
        checks += f"{_after_birth(item.column)} IF {too_late} THEN {refusal} END IF;"
    death = (
        "SELECT date, date_last INTO found FROM patients_death WHERE patient_id = NEW.patient_id AND voided_at IS NULL;"
    )
    return trigger(table, f"{table}_within_life", f"{LOCK} {death} {checks}")


def _death_after(dated: Sequence[Dated], name: str) -> str:
    """Trigger of the deaths against the dated tables of one floor."""
    checks = "".join(
        f"""
        FOR found IN SELECT "{item.column}" AS date FROM {item.table} WHERE patient_id = NEW.patient_id
            AND voided_at IS NULL AND {item.column}_first > NEW.date_last AND {item.alive.format(row="")}
        LOOP {refuse("format('Death on %s, but a record is dated %s.', NEW.date, found.date)", "nothing_after_death")}
        END LOOP;
        """
        for item in dated
    )
    return trigger("patients_death", name, f"{LOCK} {_after_birth('date')} {checks}")


def _birth_before(dated: Sequence[Dated], name: str) -> str:
    """Trigger of a changed birth date against the dated tables of one floor."""
    sentence = "format('Birth on %s, but a record is dated %s.', NEW.birth_date, found.date)"
    checks = "".join(
        f"""
        FOR found IN SELECT "{item.column}" AS date FROM {item.table} WHERE patient_id = NEW.id
            AND voided_at IS NULL AND {item.column}_last < NEW.birth_date_first
        LOOP {refuse(sentence, "nothing_before_birth")} END LOOP;
        """
        for item in dated
    )
    return trigger("patients_patient", name, checks, when="UPDATE OF birth_date")


def _by_table(dated: Sequence[Dated]) -> list[list[Dated]]:
    return [[item for item in dated if item.table == table] for table in dict.fromkeys(item.table for item in dated)]


def install(floor: str, dated: Sequence[Dated]) -> str:
    """SQL that creates the triggers of one floor's dated tables (run by a migration of that floor)."""
    return "".join(
        [
            *(_within_life(columns) for columns in _by_table(dated)),
            _death_after(dated, f"death_after_{floor}"),
            _birth_before(dated, f"birth_before_{floor}"),
        ]
    )


def uninstall(floor: str, dated: Sequence[Dated]) -> str:
    """SQL that drops them."""
    names = [f"{columns[0].table}_within_life" for columns in _by_table(dated)]
    return "".join(
        f"DROP FUNCTION IF EXISTS {name} CASCADE;" for name in [*names, f"death_after_{floor}", f"birth_before_{floor}"]
    )
