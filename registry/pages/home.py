"""What the home page says: figures of the user's centres, and what to do next by role."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from patients import selectors
from patients.models import DataQuery, Death, Diagnosis, FollowUp, QueryState
from records import access
from records.models import Centre
from records.roles import Act


@dataclass(frozen=True)
class Figure:
    label: str
    value: int
    url: str


@dataclass(frozen=True)
class Suggestion:
    """One thing to do next; ``main`` ones come first and filled."""

    title: str
    text: str
    url: str
    action: str


def figures_for(user: Any) -> list[Figure]:
    """Counts over the user's centres: three small queries."""
    patients = reverse("admin:patients_patient_changelist")
    queries = reverse("admin:patients_dataquery_changelist")
    rows = selectors.patients(user)
    undiagnosed = ~Exists(Diagnosis.objects.filter(patient=OuterRef("pk"), voided_at=None))
    unheard = ~Exists(FollowUp.objects.filter(patient=OuterRef("pk"), voided_at=None))
    alive = ~Exists(Death.objects.filter(patient=OuterRef("pk"), voided_at=None))
    return [
        Figure("Patients", rows.count(), patients),
        Figure("Without a diagnosis", rows.filter(undiagnosed).count(), f"{patients}?diagnosis=no"),
        Figure("Without a contact", rows.filter(alive, unheard).count(), f"{patients}?status=unknown"),
        Figure(
            "Open queries",
            selectors.live(user, DataQuery).filter(state=QueryState.OPEN).count(),
            f"{queries}?state__exact=open",
        ),
    ]


def suggestions_for(user: Any) -> list[Suggestion]:
    """What the user's roles allow, most usual first."""
    found = []
    if user.is_superuser and not Centre.objects.aggregate(n=Count("pk"))["n"]:
        found.append(
            Suggestion(
                "Set up",
                "No centre exists yet. Patients and roles belong to one.",
                reverse("admin:records_centre_add"),
                "Add a centre",
            )
        )
    if access.may(user, Act.ENTER):
        found.append(
            Suggestion(
                "Enter a chart",
                "Take a patient into the registry; the number is given on saving.",
                reverse("admin:patients_patient_add"),
                "Add a patient",
            )
        )
    if access.may(user, Act.FOLLOW_UP):
        found.append(
            Suggestion(
                "Follow-up",
                "Contacts, progressions and deaths, latest first.",
                reverse("admin:patients_followup_changelist"),
                "Open follow-up",
            )
        )
    if access.may(user, Act.VIEW):
        found.append(
            Suggestion(
                "Read charts",
                "Search by registry number; filter by vital status.",
                reverse("admin:patients_patient_changelist"),
                "Open the patient list",
            )
        )
    if access.may(user, Act.ANALYSE):
        found.append(
            Suggestion(
                "Analyse",
                "Saved plans, their runs and results.",
                reverse("analyses:index"),
                "Open analyses",
            )
        )
    if access.may(user, Act.MANAGE):
        found.append(
            Suggestion(
                "Roles",
                "Who may do what at your centres.",
                reverse("admin:records_membership_changelist"),
                "Open roles",
            )
        )
    return found
