"""Reads about patients. Each takes the user and returns what that user may see."""

from typing import TypeVar

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from patients import identity
from patients.models import ClinicalRow, Death, FollowUp, Identity, IdentityKey, Patient
from records import access
from records.access import Actor, visible_to
from records.roles import Act

Row = TypeVar("Row", bound=ClinicalRow)


def patients(user: Actor) -> QuerySet[Patient]:
    """The live, unmerged patients of the user's centres."""
    return visible_to(user, Patient.objects.filter(voided_at=None, merged_into=None))


def live(user: Actor, model: type[Row]) -> QuerySet[Row]:
    """The live rows of ``model`` of patients the user may see."""
    return visible_to(user, model._default_manager.filter(voided_at=None, patient__voided_at=None))


def with_vital_status(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Annotate ``vital_status`` (dead, lost, alive, unknown), ``died_on`` and ``last_contact``: derived, never typed.

    Dead follows from a ``Death`` alone; alive and lost from the latest contact.
    """
    latest = FollowUp.objects.filter(patient=OuterRef("pk"), voided_at=None).order_by("-date_last", "-pk")
    death = Death.objects.filter(patient=OuterRef("pk"), voided_at=None)
    return patients.annotate(
        died_on=Subquery(death.values("date")[:1]),
        last_contact=Subquery(latest.values("date")[:1]),
        latest_status=Subquery(latest.values("status")[:1]),
    ).annotate(
        vital_status=Case(
            When(Exists(death), then=Value("dead")),
            When(latest_status__isnull=False, then=F("latest_status")),
            default=Value("unknown"),
            output_field=CharField(),
        )
    )


def of_vital_status(patients: QuerySet[Patient], status: str) -> QuerySet[Patient]:
    """The patients of one vital status, as ``with_vital_status`` derives it, by conditions that an index answers."""
    dead = Exists(Death.objects.filter(patient=OuterRef("pk"), voided_at=None))
    if status == "dead":
        return patients.filter(dead)
    contacts = FollowUp.objects.filter(patient=OuterRef("pk"), voided_at=None)
    if status == "unknown":
        return patients.filter(~dead, ~Exists(contacts))
    latest = contacts.order_by("-date_last", "-pk").values("status")[:1]
    return patients.filter(~dead).alias(_latest=Subquery(latest)).filter(_latest=status)


def identity_of(user: Actor, patient: Patient) -> dict[str, str]:
    """Who the patient is, in plain text, for those who may see it; empty where nothing is recorded or all is erased."""
    access.require(user, Act.SEE_IDENTITY, patient.centre_id)
    row = Identity.objects.filter(patient=patient, voided_at=None).first()
    key = IdentityKey.objects.filter(patient=patient).first()
    if row is None or key is None:
        return {}
    stored = {field: getattr(row, field) for field in ("name", "hospital_number", "national_id", "phone", "address")}
    return {field: identity.decrypt(bytes(token), bytes(key.wrapped)) for field, token in stored.items() if token}


def by_hospital_number(user: Actor, number: str) -> QuerySet[Patient]:
    """Exact look-up by hospital number through the blind index, at the centres where the user may see identity."""
    index = identity.blind_index(number)
    return visible_to(
        user,
        patients(user).filter(Q(identity_set__hospital_number_index=index, identity_set__voided_at=None)),
        Act.SEE_IDENTITY,
    )
