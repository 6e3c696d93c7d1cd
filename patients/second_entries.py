"""Reads about second entries: who follows which, and whose charts they hide while they go on."""

from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from patients import identity
from patients.models import EntryState, SecondEntry
from records import access
from records.access import Actor
from records.models import User
from records.roles import Act

LIVE = SecondEntry.objects.filter(voided_at=None)
GOING_ON = LIVE.filter(state=EntryState.ENTERING)


def hidden_from(user: User) -> QuerySet[Any, Any]:
    """Primary keys of the patients whose charts are hidden while a second abstraction goes on: from its abstractor the
    first chart, from everybody else the second."""
    hidden = Case(When(abstractor=user, then=F("patient")), default=F("chart"))
    return GOING_ON.annotate(hidden=hidden).order_by().values("hidden")


def entries(user: Actor) -> QuerySet[SecondEntry]:
    """The second entries that the user follows: a data manager those of the centre, an abstractor the own ones and,
    once compared, those of charts that they wrote first."""
    if not isinstance(user, User):
        return LIVE.none()
    managed = access.centres_of(user, Act.MANAGE)
    if managed is None:
        return LIVE
    seen = Q(patient__centre__in=access.centres_of(user) or ())
    theirs = Q(abstractor=user) | Q(compared__by__contains=[user.pk])
    return LIVE.filter(Q(patient__centre__in=managed) | seen & theirs)


def to_do(user: Actor) -> QuerySet[SecondEntry]:
    """Those that wait for the user: to be entered, or, at the centres of a data manager, to be settled."""
    if not isinstance(user, User):
        return LIVE.none()
    managed = access.centres_of(user, Act.MANAGE)
    at = Q() if managed is None else Q(patient__centre__in=managed)
    return LIVE.filter(Q(state=EntryState.ENTERING, abstractor=user) | Q(at, state=EntryState.FINISHED))


def own_entry(user: Actor, **patient: Any) -> SecondEntry | None:
    """The entry for which the chart of ``patient`` (conditions on it) is hidden from the user, who abstracts it."""
    if not isinstance(user, User):
        return None
    conditions = {f"patient__{name}": value for name, value in patient.items()}
    return (
        entries(user).filter(state=EntryState.ENTERING, abstractor=user, **conditions).select_related("chart").first()
    )


def own_entry_by_hospital_number(user: Actor, number: str) -> SecondEntry | None:
    """As ``own_entry``, of the patient with this hospital number."""
    index = identity.blind_index(number)
    entry = own_entry(user, identity_set__hospital_number_index=index, identity_set__voided_at=None)
    return entry if entry and access.may(user, Act.SEE_IDENTITY, entry.patient.centre_id) else None
