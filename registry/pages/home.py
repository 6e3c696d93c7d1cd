"""What 'my work' says: what waits for the user, and what to do next by role."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from patients import selectors
from records import access
from records.models import Centre
from records.roles import Act

# So many of a kind are listed, and counted no further than that.
LISTED, COUNTED = 6, 1000


@dataclass(frozen=True)
class Figure:
    label: str
    value: int
    url: str
    more: bool = False


@dataclass(frozen=True)
class Suggestion:
    """One thing to do next; ``main`` ones come first and filled."""

    title: str
    text: str
    url: str
    action: str


def figures_for(user: Any) -> list[Figure]:
    """How much there is and how much waits."""
    patients = selectors.patients(user)
    found = [Figure("Patients", patients.count(), reverse("admin:patients_patient_changelist"))]
    waiting = selectors.queries_waiting_for(user)
    return [
        *found,
        counted("Queries waiting for you", waiting, f"{reverse('admin:patients_dataquery_changelist')}?state=waiting"),
    ]


def counted(label: str, rows: QuerySet[Any], url: str) -> Figure:
    n = rows.order_by()[: COUNTED + 1].count()
    return Figure(label, min(n, COUNTED), url, more=n > COUNTED)


def work_of(user: Any) -> dict[str, Iterable[Any]]:
    """What the user can go on with, by list; a list that the user's roles leave empty is left out."""
    work: dict[str, Iterable[Any]] = {"waiting": selectors.queries_waiting_for(user).select_related("patient")[:LISTED]}
    if access.may(user, Act.ENTER):
        work["in_hand"] = selectors.charts_in_hand(user)[:LISTED]
        work["incomplete"] = selectors.most_incomplete(user, LISTED)
    return work


def due_for(user: Any) -> QuerySet[Any]:
    """Patients who are overdue for a contact; a part of its own, since it looks at every patient's latest contact."""
    return selectors.follow_up_due(user, timezone.localdate())


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
