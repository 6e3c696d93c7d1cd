"""Rules across tables besides the dates, kept as those of ``patients.chronology`` are: at commit, behind a lock on the
patient, so that of two sessions whose writes contradict each other the second is refused.
"""

from patients.chronology import refuse, trigger

LOCK = "PERFORM FROM patients_patient WHERE id = NEW.patient_id FOR NO KEY UPDATE;"


def live_below_live(child: str, column: str, parent: str) -> str:
    """SQL of two triggers: no live row of ``child`` hangs below a void row of ``parent``, whichever comes last."""
    name = child.partition("_")[2]
    refusal = refuse("'A live record cannot hang below a void one.'", "live_below_live")
    below = f"""
        {LOCK}
        IF EXISTS (SELECT FROM {parent} WHERE id = NEW.{column} AND voided_at IS NOT NULL) THEN {refusal} END IF;
    """
    above = f"""
        {LOCK}
        IF EXISTS (SELECT FROM {child} WHERE {column} = NEW.id AND voided_at IS NULL) THEN {refusal} END IF;
    """
    return trigger(child, f"{child}_below_live", below) + trigger(
        parent, f"{parent}_above_{name}", above, when="UPDATE OF voided_at", rows="NEW.voided_at IS NOT NULL"
    )


def identity_at_centre() -> str:
    """SQL of two triggers: a live identity is held at the patient's centre, where its hospital number is unique."""
    refusal = refuse("'The identity belongs to the centre of the patient.'", "identity_at_centre")
    held = f"""
        {LOCK}
        IF EXISTS (SELECT FROM patients_patient WHERE id = NEW.patient_id AND centre_id <> NEW.centre_id)
        THEN {refusal} END IF;
    """
    moved = f"""
        IF EXISTS (SELECT FROM patients_identity
            WHERE patient_id = NEW.id AND voided_at IS NULL AND centre_id <> NEW.centre_id)
        THEN {refusal} END IF;
    """
    return trigger("patients_identity", "identity_at_centre", held) + trigger(
        "patients_patient", "identity_moves_along", moved, when="UPDATE OF centre_id"
    )
