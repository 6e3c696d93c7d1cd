"""Named writes about patients. Rows that need no more than their own columns are written by ``records.actions``."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from patients import identity
from patients.models import Identity, IdentityKey, Patient
from records import access
from records.actions import add, add_many, amend, built, whole
from records.models import Centre, Registry, Source, User
from records.roles import Act

ENCRYPTED = ("name", "hospital_number", "national_id", "phone", "address")
INDEXED = ("hospital_number", "national_id")


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


def record_identity(patient: Patient, *, by: User, version: int | None = None, **values: str) -> Identity:
    """Enter or change who the patient is; ``values`` are plain text and are stored encrypted."""
    unknown = set(values) - set(ENCRYPTED)
    if unknown:
        raise ValidationError(f"No such identity field: {', '.join(sorted(unknown))}.")
    access.require(by, Act.EDIT_IDENTITY, patient.centre_id)
    with transaction.atomic():
        key, _ = IdentityKey.objects.get_or_create(patient=patient, defaults={"wrapped": identity.new_wrapped_key()})
        stored: dict[str, Any] = {
            field: identity.encrypt(text, bytes(key.wrapped)) if text else None for field, text in values.items()
        }
        stored |= {
            f"{field}_index": identity.blind_index(values[field]) if values[field] else None
            for field in INDEXED
            if field in values
        }
        row = Identity.objects.filter(patient=patient, voided_at=None).first()
        if row is None:
            return add(Identity, by=by, patient=patient, centre=patient.centre, **stored)
        return amend(row, by=by, version=row.version if version is None else version, **stored)


def erase_identity(patient: Patient, *, by: User, reason: str) -> None:
    """Destroy the person's key: identity here, in the trail and in backups becomes unreadable for good."""
    if not reason.strip():
        raise ValidationError("Say why the identity is erased.", code="reason")
    access.require(by, Act.MANAGE, patient.centre_id)
    with whole(by, reason=reason):
        IdentityKey.objects.filter(patient=patient).delete()
        row = Identity.objects.filter(patient=patient, voided_at=None).first()
        if row is not None:
            # The indexes are hashes of the numbers; they must go with the key.
            amend(row, by=by, version=row.version, reason=reason, hospital_number_index=None, national_id_index=None)


def transfer(patient: Patient, *, by: User, version: int, to: Centre, reason: str) -> Patient:
    """Move a patient to another centre; the mover must be a data manager at both."""
    if not reason.strip():
        raise ValidationError("Say why the patient is moved.", code="reason")
    access.require(by, Act.MANAGE, patient.centre_id)
    access.require(by, Act.MANAGE, to)
    with whole(by, reason=reason):
        for row in Identity.objects.filter(patient=patient, voided_at=None):
            amend(row, by=by, version=row.version, reason=reason, centre=to)
        return amend(patient, by=by, version=version, reason=reason, centre=to)
