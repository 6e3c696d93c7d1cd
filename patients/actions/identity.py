"""Who a patient is: entered encrypted, erased for good."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from patients import identity
from patients.models import Identity, IdentityKey, Patient
from records import access
from records.actions import add, amend, put, whole
from records.models import Source, User
from records.roles import Act

ENCRYPTED = ("name", "hospital_number", "national_id", "phone", "address")
INDEXED = ("hospital_number", "national_id")


def record_identity(
    patient: Patient,
    *,
    by: User,
    version: int | None = None,
    reason: str = "",
    source: str = Source.CHART,
    **values: str,
) -> Identity:
    """Enter or change who the patient is; ``values`` are plain text and are stored encrypted."""
    unknown = set(values) - set(ENCRYPTED)
    if unknown:
        raise ValidationError(f"No such identity field: {', '.join(sorted(unknown))}.")
    access.require(by, Act.EDIT_IDENTITY, patient.centre_id)
    how: dict[str, Any] = {"by": by, "reason": reason, "source": source}
    with whole(**how):
        key, _ = IdentityKey.objects.get_or_create(patient=patient, defaults={"wrapped": identity.new_wrapped_key()})
        stored = _encrypted(values, bytes(key.wrapped))
        row = Identity.objects.filter(patient=patient, voided_at=None).first()
        if row is None:
            return add(Identity, **how, patient=patient, centre=patient.centre, **stored)
        return amend(row, **how, version=row.version if version is None else version, **stored)


def _encrypted(values: dict[str, str], wrapped: bytes) -> dict[str, Any]:
    """Columns of ``Identity`` for texts: tokens under the person's key, and the indexes of the numbers."""
    tokens = {field: identity.encrypt(text, wrapped) if text else None for field, text in values.items()}
    indexes = {
        f"{field}_index": identity.blind_index(text) if text else None
        for field, text in values.items()
        if field in INDEXED
    }
    return tokens | indexes


def erase_identity(patient: Patient, *, by: User, reason: str) -> None:
    """Destroy the person's key: identity here, in the trail and in backups becomes unreadable for good."""
    if not reason.strip():
        raise ValidationError("Say why the identity is erased.", code="reason")
    access.require(by, Act.MANAGE, patient.centre_id)
    # Tokens that nobody can read are no use, and the indexes are hashes of the numbers: they go with the key.
    nothing = dict.fromkeys([*ENCRYPTED, *(f"{field}_index" for field in INDEXED)])
    with whole(by, reason=reason):
        persons = _with_merged(patient)
        IdentityKey.objects.filter(patient__in=persons).delete()
        for row in Identity.objects.filter(patient__in=persons):
            put(row, by=by, version=row.version, **nothing)


def _with_merged(patient: Patient) -> list[int]:
    """Primary keys of the patient and of all that were merged into it, who are the same person under other keys."""
    found, latest = [patient.pk], [patient.pk]
    while latest := list(Patient.objects.filter(merged_into__in=latest).values_list("pk", flat=True)):
        found += latest
    return found


def rewrap_identity_keys() -> int:
    """Wrap every person's key by the first of the field keys, after which the older ones are needed no more.

    The operator's, on the server: no record changes, and the trail holds no key.
    """
    with transaction.atomic():
        keys = list(IdentityKey.objects.select_for_update())
        for key in keys:
            key.wrapped = identity.rewrap(bytes(key.wrapped))
        IdentityKey.objects.bulk_update(keys, ["wrapped"], batch_size=1000)
    return len(keys)
