"""What else may be done with a chart than entering into it, and what has to be known before: beside its title."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from patients.models import Consent, Patient
from records import access
from records.access import Actor
from records.roles import Act


@dataclass(frozen=True)
class Action:
    title: str
    url: str


def with_standing(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Annotate ``withdrawn_on``, the latest withdrawal of a consent, and ``merged_numbers``."""
    withdrawn = Consent.objects.filter(patient=OuterRef("pk"), voided_at=None, withdrawn_on__isnull=False)
    merged = Patient.objects.filter(merged_into=OuterRef("pk")).order_by("number").values("number")
    return patients.annotate(
        withdrawn_on=Subquery(withdrawn.order_by("-withdrawn_on_last").values("withdrawn_on")[:1]),
        merged_numbers=ArraySubquery(merged),
    )


def actions_of(user: Actor, patient: Any) -> list[Action]:
    """Links for those who may follow them; ``patient`` comes from ``with_standing``."""
    if patient.second_of_id is not None:
        return []
    found = []
    if access.may(user, Act.MANAGE, patient.centre_id):
        found.append(Action("Transfer", reverse("transfer", args=[patient.number])))
    if access.may(user, Consent.written_under, patient.centre_id) and not patient.withdrawn_on:
        found.append(Action("Withdraw consent", reverse("withdrawal", args=[patient.number])))
    return found
