"""A second, blind abstraction of a chart: begun by a data manager, entered by somebody else, compared when finished."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.db.models.functions import Now

from patients.abstraction import (
    Chart,
    Compared,
    Comparison,
    by_key,
    chart_of,
    compare,
    in_words,
    summary,
    writers_of,
)
from patients.models import Discrepancy, EntryState, Patient, SecondEntry
from records import access
from records.actions import add, add_many, built, put, refuse_void, void, whole
from records.matching import Verdict
from records.models import Recorded, Source, User
from records.roles import Act
from records.writes import Write

HIDDEN = "You abstract this chart a second time; the first is hidden until you finish."
NOT_YOURS = "This chart is a second entry, which its abstractor alone fills in, until it is finished."


def start_second_entry(patient: Patient, *, by: User, abstractor: User) -> SecondEntry:
    """Open an empty chart under which ``abstractor`` enters the patient's chart anew, without seeing the first."""
    access.require(by, Act.MANAGE, patient.centre_id)
    refuse_void(patient)
    if patient.second_of_id is not None:
        raise ValidationError("This chart is itself a second entry.", code="second")
    if not access.may(abstractor, Act.ENTER, patient.centre_id):
        raise ValidationError({"abstractor": f"{abstractor} may not enter charts of this centre."}, code="rights")
    if abstractor.pk in writers_of(chart_of(patient)):
        raise ValidationError({"abstractor": f"{abstractor} wrote part of the first chart."}, code="not_blind")
    with whole(by):
        chart = add(
            Patient, by=by, registry=patient.registry, centre=patient.centre, number=_number(patient), second_of=patient
        )
        return add(SecondEntry, by=by, patient=patient, chart=chart, abstractor=abstractor)


def _number(patient: Patient) -> str:
    """NPC-000217.2, and .3 where an earlier second entry was withdrawn."""
    return f"{patient.number}.{Patient.objects.filter(second_of=patient).count() + 2}"


def withdraw_second_entry(entry: SecondEntry, *, by: User, version: int, reason: str) -> SecondEntry:
    """Void an entry with its chart and its discrepancies; what was settled by then stays as it was settled."""
    access.require(by, Act.MANAGE, entry.patient.centre_id)
    with whole(by, reason=reason):
        withdrawn = void(entry, by=by, version=version, reason=reason)
        void(entry.chart, by=by, version=entry.chart.version, reason=reason)
    return withdrawn


def finish_second_entry(entry: SecondEntry, *, by: User, version: int) -> SecondEntry:
    """Compare both charts as they stand. From here on the second one stays as it is, and the first is seen again."""
    if by.pk != entry.abstractor_id:
        raise PermissionDenied("Only the abstractor of a second entry finishes it.")
    access.require(by, Act.ENTER, entry.patient.centre_id)
    refuse_void(entry)
    if entry.state != EntryState.ENTERING:
        raise ValidationError("This second entry is finished.", code="finished")
    with whole(by):
        # Holds the entry, for which writes of its chart wait (see below), so that both charts are those compared.
        SecondEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
        first, second = chart_of(entry.patient), chart_of(entry.chart)
        found = compare(first, second)
        differing = _differing(found, first, second)
        rows = [built(Discrepancy, by=by, source=Source.CHART, entry=entry, **values) for values in differing]
        add_many(rows, by=by, source=Source.CHART)
        state = EntryState.FINISHED if rows else EntryState.SETTLED
        compared = {"by": sorted(writers_of(first)), **_as_json(found)}
        put(entry, by=by, version=version, state=state, finished_at=Now(), compared=compared)
    entry.refresh_from_db()
    return entry


def _as_json(found: Comparison) -> dict[str, Any]:
    """What ``SecondEntry.compared`` keeps: each field with both values, and how many records one chart lacks."""
    fields = [
        {"table": one.table, "field": one.field, "first": one.first, "second": one.second, "agrees": one.verdict}
        for one in found.fields
    ]
    pairs = {table: [[one, other] for other, one in known.items()] for table, known in found.pairs.items() if known}
    alone = [[table, "first" if row else "second"] for table, row, _ in found.alone]
    return {"fields": fields, "pairs": pairs, "alone": alone}


def _differing(found: Comparison, first: Chart, second: Chart) -> list[dict[str, Any]]:
    """Values of the discrepancies, in the order of the chart."""
    ones, others = by_key(first), by_key(second)
    values = [
        _of_field(compared, ones[compared.table, compared.row], others[compared.table, compared.second_row])
        for compared in found.fields
        if compared.verdict is not Verdict.SAME
    ]
    for table, one, other in found.alone:
        said = {"second": summary(others[table, other or 0])} if one is None else {"first": summary(ones[table, one])}
        values.append({"table": table, "row": one, "second_row": other, **said})
    tables = list(found.pairs)
    return sorted(values, key=lambda value: tables.index(value["table"]))


def _of_field(compared: Compared, one: Recorded, other: Recorded) -> dict[str, Any]:
    field = one._meta.get_field(compared.field)
    keys = {"table": compared.table, "field": compared.field, "row": one.pk, "second_row": other.pk}
    return {**keys, "first": in_words(field, one), "second": in_words(field, other)}


def guard(write: Write) -> None:
    """Keep a second abstraction blind and a finished one as it was compared. Raises ``ValidationError``."""
    if not write.patients:
        return
    hidden = Q(patient__in=write.patients, abstractor=write.by, state=EntryState.ENTERING)
    concerned = SecondEntry.objects.filter(Q(chart__in=write.patients) | hidden, voided_at=None)
    for entry in concerned.select_for_update(no_key=True):
        if entry.chart_id not in write.patients:
            raise ValidationError(HIDDEN, code="blind")
        if entry.state != EntryState.ENTERING:
            raise ValidationError("The second entry is finished; its chart stays as it was compared.", code="finished")
        if entry.abstractor_id != write.by.pk:
            raise ValidationError(NOT_YOURS, code="not_yours")
