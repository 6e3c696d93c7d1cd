"""Taking patients in, and moving them between centres."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.models import Identity, Patient
from records import access
from records.actions import add, add_many, built, put, refuse_void, told, whole
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
    """Move a patient to another centre; the mover must be a data manager at both.

    Records, queries, the sign-off and second entries go along unchanged: what was signed off is what it was.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say why the patient is moved."}, code="reason")
    access.require(by, Act.MANAGE, patient.centre_id)
    access.require(by, Act.MANAGE, to)
    refuse_void(patient)
    if patient.centre_id == to.pk:
        raise ValidationError({"to": f"{patient} is a patient of {to} already."}, code="same")
    if patient.second_of_id is not None:
        raise ValidationError("A second entry moves with the chart that it repeats.", code="second")
    with whole(by, reason=reason):
        for row in Identity.objects.filter(patient=patient, voided_at=None):
            _refuse_number_taken(row, to)
            put(row, by=by, version=row.version, centre=to)
        for chart in Patient.objects.filter(second_of=patient, voided_at=None):
            put(chart, by=by, version=chart.version, centre=to)
        put(patient, by=by, version=version, centre=to)
    told([patient], by=by)
    patient.refresh_from_db()
    return patient


def _refuse_number_taken(identity: Identity, to: Centre) -> None:
    index = identity.hospital_number_index
    held = Identity.objects.filter(centre=to, hospital_number_index=index, voided_at=None).select_related("patient")
    if index and (other := held.first()):
        raise ValidationError(
            {
                "to": f"This hospital number belongs to another patient of the centre, {other.patient}. If the two are"
                " one person, merge them; if not, correct the number first."
            },
            code="number",
        )
