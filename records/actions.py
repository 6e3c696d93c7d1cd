"""The writes that every recorded row shares: add, amend, void. Forms, API and import all end here.

Each is atomic, checks the actor's right at the patient's centre, leaves the trail with actor and reason, and turns
what the database refuses into a ``ValidationError`` that says what was wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import BaseConstraint, F
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now
from django.utils import timezone

from records import access, writes
from records.audit import acting
from records.models import RECORDING, Recorded, Source, User
from records.selectors import below

Row = TypeVar("Row", bound=Recorded)
ANALYSE_FROM = 500


class StaleVersion(Exception):
    """Somebody else changed the row since it was read; ``current`` holds it as it now stands."""

    def __init__(self, current: Recorded) -> None:
        super().__init__(f"{current} was changed by {current.updated_by} at {current.updated_at:%Y-%m-%d %H:%M}.")
        self.current = current


@contextmanager
def whole(by: User, *, reason: str = "", source: str = Source.CHART) -> Iterator[None]:
    """One atomic, trailed write; rules across tables are checked at its end, not at some later commit."""
    try:
        with transaction.atomic(), acting(by, reason=reason, source=source):
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        raise ValidationError(sentence_of(error), code="refused") from error


def sentence_of(error: IntegrityError) -> str:
    """What the database refused, as a sentence for a person and without the row's values."""
    diagnostics = getattr(error.__cause__, "diag", None)
    primary = getattr(diagnostics, "message_primary", None) or "The database refused the record."
    name = getattr(diagnostics, "constraint_name", None)
    declared = (constraint for model in apps.get_models() for constraint in model._meta.constraints)
    said = next((rule.violation_error_message for rule in declared if rule.name == name), None)
    if said and said != BaseConstraint.default_violation_error_message:
        return str(said)
    return f"{primary} (rule {name})" if name else str(primary)


def add(model: type[Row], *, by: User, source: str = Source.CHART, reason: str = "", **values: Any) -> Row:
    """Create one row of ``model``. Raises ``ValidationError`` (by field) or ``PermissionDenied``."""
    row = built(model, by=by, source=source, **values)
    access.require(by, model.written_under, centre_of(row))
    refuse_below_void(row)
    with whole(by, reason=reason, source=source):
        guarded([row], by=by, reason=reason, adding=True)
        row.full_clean()
        row.save(force_insert=True)
    told([row], by=by)
    return row


def add_many(rows: Sequence[Row], *, by: User, source: str, reason: str = "") -> list[Row]:
    """Create many rows of one model, made by ``built``; all or nothing. The database's constraints are the check."""
    if not rows:
        return []
    model = type(rows[0])
    for centre in {centre_of(row) for row in rows}:
        access.require(by, model.written_under, centre)
    for row in rows:
        refuse_below_void(row)
    with whole(by, reason=reason, source=source), connection.cursor() as cursor:
        guarded(rows, by=by, reason=reason, adding=True)
        _copy(cursor, model, rows)
        if len(rows) >= ANALYSE_FROM:
            # The rules across tables run once per row; with plans made while the table was empty they would scan it.
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
    told(rows, by=by)
    return list(rows)


def _copy(cursor: Any, model: type[Row], rows: Sequence[Row]) -> None:
    """COPY the rows in under primary keys drawn before, so that children can name their parents at once."""
    table, key = model._meta.db_table, model._meta.pk
    # COPY goes past the wrapper that hands the trail its context; this statement carries it into the transaction.
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, key.column, len(rows)]
    )
    for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
        row.pk = number
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    ]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    try:
        with cursor.copy(f"COPY {connection.ops.quote_name(table)} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise IntegrityError(str(error)) from error


def built(model: type[Row], *, by: User, source: str, **values: Any) -> Row:
    """A row of ``model`` with its recording columns set, not yet stored; a child takes its parent's patient."""
    parent = getattr(model, "parent_field", None)
    if parent and "patient" not in values:
        values["patient"] = values[parent].patient
    return model(created_by=by, updated_by=by, source=source, **values)


def amend(row: Row, /, *, by: User, version: int, reason: str = "", source: str = Source.CHART, **changes: Any) -> Row:
    """Change fields of a live row that was read at ``version``. Raises ``StaleVersion`` when it moved on since."""
    if fixed := changes.keys() & {*RECORDING, *row.stays}:
        raise ValidationError(dict.fromkeys(sorted(fixed), "A record stays where it was made."), code="stays")
    access.require(by, row.written_under, centre_of(row))
    refuse_void(row)
    for field, value in changes.items():
        setattr(row, field, value)
    with whole(by, reason=reason, source=source):
        guarded([row], by=by, reason=reason)
        row.full_clean()
        put(row, by=by, version=version, **{field: getattr(row, field) for field in changes})
    told([row], by=by)
    row.refresh_from_db()
    return row


def void(row: Row, *, by: User, version: int, reason: str, source: str = Source.CHART) -> Row:
    """Take a row, and what hangs below it, out of every chart and analysis. They stay readable, with who, when, why."""
    if not reason.strip():
        raise ValidationError("Say why the record is voided.", code="reason")
    access.require(by, row.written_under, centre_of(row))
    refuse_void(row)
    with whole(by, reason=reason, source=source):
        guarded([row], by=by, reason=reason)
        voided = {"voided_at": timezone.now(), "voided_by": by, "void_reason": reason.strip()}
        children = below(row)
        for child in reversed(children):
            put(child, by=by, version=child.version, **voided)
        put(row, by=by, version=version, **voided)
    told([row, *children], by=by)
    row.refresh_from_db()
    return row


def guarded(rows: Sequence[Recorded], *, by: User, reason: str, adding: bool = False) -> None:
    """Let the upper floors refuse the write of these rows of one model. A step of an action, inside its ``whole``."""
    patients = frozenset(patient for row in rows if (patient := patient_key(row)) is not None)
    writes.ask_guards(writes.Write(type(rows[0]), patients, by, reason, adding))


def told(rows: Iterable[Recorded], *, by: User) -> None:
    """Let the upper floors hear, after the commit, that the rows were written."""
    written: writes.Rows = {}
    for row in rows:
        if (patient := patient_key(row)) is not None:
            written.setdefault(type(row), set()).add(patient)
    writes.tell(written, by=by)


def patient_key(row: Recorded) -> int | None:
    """Primary key of the patient that the row belongs to, or is; None for a patient that is not stored yet."""
    owner: Any = row
    key: int | None = owner.patient_id if hasattr(owner, "patient_id") else owner.pk
    return key


def refuse_void(row: Recorded) -> None:
    if row.is_void:
        raise ValidationError(f"{row} is void and can no longer be changed.", code="void")
    refuse_merged(row)


def refuse_below_void(row: Recorded) -> None:
    """Nothing new belongs to what no chart shows any more."""
    for owner in (getattr(row, "patient", None), getattr(row, getattr(row, "parent_field", None) or "", None)):
        if isinstance(owner, Recorded) and owner.is_void:
            raise ValidationError(f"{owner} is void; nothing can be added to it.", code="void")
        refuse_merged(owner)


def refuse_merged(row: Any) -> None:
    """Of two patients who were found to be one person, the one merged into the other is closed."""
    if getattr(row, "merged_into_id", None) is not None:
        raise ValidationError(f"{row} was merged into {row.merged_into} and is closed.", code="merged")


def centre_of(row: Recorded) -> int:
    """Primary key of the centre whose members may see and write the row."""
    patient: Any = getattr(row, "patient", row)
    return int(patient.centre_id)


def put(row: Recorded, /, *, by: User, version: int, **values: Any) -> None:
    """Compare and set on the version, so that of two writers who read the same row one learns of the other.

    A step of an action, inside its ``whole``: neither rights nor values are checked here.
    """
    changed = (
        type(row)
        ._default_manager.filter(pk=row.pk, version=version)
        .update(version=F("version") + 1, updated_at=Now(), updated_by=by, **values)
    )
    if not changed:
        raise StaleVersion(type(row)._default_manager.select_related("updated_by").get(pk=row.pk))
