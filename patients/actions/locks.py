"""Sign-off of a chart: a live ``ChartLock`` locks it. A change needs a reason then, and ends the sign-off."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from patients.models import UNSETTLED, ChartLock, DataQuery, Patient
from records import access
from records.actions import add, put, refuse_void, void, whole
from records.models import Recorded, User
from records.quality import Severity
from records.roles import Act
from records.writes import Write

REASON_LENGTH = 200
CONTRADICTIONS = "Contradictions stand in this chart. Correct them, or have their queries settled, first."


def sign_off(patient: Patient, *, by: User, note: str = "") -> ChartLock:
    """Declare the chart complete and right, and lock it. Refused while it contradicts itself."""
    access.require(by, Act.ENTER, patient.centre_id)
    refuse_void(patient)
    with whole(by):
        hold({patient.pk})
        if lock := standing({patient.pk}).first():
            raise ValidationError(f"{signed(lock)} already.", code="signed")
        if unsettled := contradictions(patient):
            raise ValidationError([CONTRADICTIONS, *unsettled])
        return add(ChartLock, by=by, patient=patient, note=note)


def contradictions(patient: Patient) -> list[str]:
    """What stands against a sign-off, in the words of the queries."""
    unsettled = DataQuery.objects.filter(state__in=UNSETTLED, patient=patient, voided_at=None)
    return list(unsettled.filter(severity=Severity.ERROR).order_by("pk").values_list("text", flat=True))


def unlock(patient: Patient, *, by: User, reason: str) -> ChartLock:
    """End the sign-off without a change of the chart."""
    access.require(by, Act.MANAGE, patient.centre_id)
    with whole(by, reason=reason):
        hold({patient.pk})
        lock = standing({patient.pk}).first()
        if lock is None:
            raise ValidationError("This chart is not signed off.", code="open")
        return void(lock, by=by, version=lock.version, reason=reason)


def end_sign_off(write: Write) -> None:
    """Guard of every write: one to a chart that is signed off needs a reason, and ends the sign-off with it."""
    if is_free(write.model, write.adding):
        return
    hold(write.patients)
    for lock in standing(write.patients):
        if not write.reason.strip():
            raise ValidationError(sentence(lock), code="locked")
        ended = {
            "voided_at": timezone.now(),
            "voided_by": write.by,
            "void_reason": write.reason.strip()[:REASON_LENGTH],
        }
        put(lock, by=write.by, version=lock.version, **ended)


def hold(patients: Collection[int]) -> None:
    """Of a sign-off and a change at once the second waits here, and then sees the first."""
    held = Patient.objects.select_for_update(no_key=True).filter(pk__in=patients).order_by("pk")
    list(held.values_list("pk"))


def standing(patients: Collection[int]) -> QuerySet[ChartLock]:
    """The sign-offs of these patients' charts."""
    locks = ChartLock.objects.filter(patient__in=patients, voided_at=None)
    return locks.select_related("patient", "created_by").order_by("pk")


def is_free(model: type[Recorded], adding: bool) -> bool:
    """Follow-up goes on for years after a chart is signed off: what is new there may be added at any time."""
    return adding and model.written_under == Act.FOLLOW_UP


def why_reason(model: type[Recorded], patient: int, adding: bool) -> str:
    """What a form says where its save needs a reason; empty where it needs none."""
    if is_free(model, adding):
        return ""
    lock = standing({patient}).first()
    return sentence(lock) if lock else ""


def sentence(lock: ChartLock) -> str:
    return f"{signed(lock)}. Say why you change it; the sign-off then ends."


def signed(lock: ChartLock) -> str:
    who = lock.created_by.get_full_name() or lock.created_by.get_username()
    return f"{who} signed the chart of {lock.patient} off on {lock.signed_off_at:%Y-%m-%d}"
