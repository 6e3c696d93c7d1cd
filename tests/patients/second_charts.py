"""Charts entered twice, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patients.abstraction import chart_of, copied_fields, parent_of
from patients.actions import finish_second_entry, start_second_entry
from patients.models import Patient, SecondEntry
from records.actions import add, amend
from records.models import Recorded, User

if TYPE_CHECKING:
    from tests.worlds import World


def started(world: World, patient: Patient) -> SecondEntry:
    return start_second_entry(patient, by=world.users["manager"], abstractor=world.users["abstractor"])


def enter(entry: SecondEntry, model: type[Recorded], **values: Any) -> Any:
    """A record of the second chart, entered by its abstractor."""
    if "patient" not in values and not parent_of(model):
        values["patient"] = entry.chart
    return add(model, by=entry.abstractor, **values)


def finished(entry: SecondEntry) -> SecondEntry:
    return finish_second_entry(entry, by=entry.abstractor, version=entry.version)


def copy_chart(entry: SecondEntry) -> dict[tuple[type[Recorded], int], Any]:
    """Enter the second chart just as the first stands; the copies by what they are copies of."""
    copies: dict[tuple[type[Recorded], int], Any] = {}
    for model, rows in chart_of(entry.patient).items():
        for row in rows:
            values = {field.name: getattr(row, field.name) for field in copied_fields(model)}
            if model is Patient:
                own = {name: value for name, value in values.items() if name not in (*Patient.stays, "external_id")}
                copies[model, row.pk] = changed(entry.chart, entry.abstractor, **own)
                continue
            pointed = {
                name: copies[type(value), value.pk] for name, value in values.items() if isinstance(value, Recorded)
            }
            copies[model, row.pk] = enter(entry, model, **values | pointed)
    return copies


def changed(row: Any, by: User, **values: Any) -> Any:
    row.refresh_from_db()
    return amend(row, by=by, version=row.version, **values)
