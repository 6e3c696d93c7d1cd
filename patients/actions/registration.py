"""Taking patients in, and moving them between centres."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.models import Identity, Patient
from records import access
from records.actions import add, add_many, built, put, refuse_void, whole
from records.models import Centre, Registry, Source, User
from records.roles import Act


def register(*, by: User, registry: Registry, centre: Centre, source: str = Source.CHART, **values: Any) -> Patient:
    """Take a patient into ``registry`` at ``centre`` under the next registry number."""
    with transaction.atomic():
        number = _next_numbers(registry, 1)[0]
        return add(Patient, by=by, source=source, registry=registry, centre=centre, number=number, **values)


def register_many(
    *, by: User, registry: Registry, centre: Centre, rows: Sequence[dict[str, Any]], source: str
) -> list[Patient]:
    """Take many patients in at once, numbered in the order given; all or nothing."""
    with transaction.atomic():
        numbers = _next_numbers(registry, len(rows))
        patients = [
            built(Patient, by=by, source=source, registry=registry, centre=centre, number=number, **row)
            for number, row in zip(numbers, rows, strict=True)
        ]
        return add_many(patients, by=by, source=source)


def _next_numbers(registry: Registry, count: int) -> list[str]:
    """The next registry numbers; the registry's row is locked, so no number is given twice."""
    locked = Registry.objects.select_for_update().get(pk=registry.pk)
    first = locked.last_number + 1
    locked.last_number += count
    locked.save(update_fields=["last_number"])
    return [f"{locked.number_prefix}-{number:06d}" for number in range(first, first + count)]


def transfer(patient: Patient, *, by: User, version: int, to: Centre, reason: str) -> Patient:
    """Move a patient to another centre; the mover must be a data manager at both."""
    if not reason.strip():
        raise ValidationError("Say why the patient is moved.", code="reason")
    access.require(by, Act.MANAGE, patient.centre_id)
    access.require(by, Act.MANAGE, to)
    refuse_void(patient)
    with whole(by, reason=reason):
        for row in Identity.objects.filter(patient=patient, voided_at=None):
            put(row, by=by, version=row.version, centre=to)
        put(patient, by=by, version=version, centre=to)
    patient.refresh_from_db()
    return patient
