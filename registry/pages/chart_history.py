"""The history of a whole chart: every write of every record, with old and new values."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.apps import apps

from patients.models import ChartLock, Patient
from records import trail
from records.models import Recorded
from records.trail import RowChange

A_PAGE = 50
# The chart shows so many groups out of so many writes.
LATEST_GROUPS, LATEST_WRITES = 6, 30


@dataclass(frozen=True)
class Group:
    """Writes of one person and moment that say no more than that records were added, told as one; or a single write."""

    first: RowChange
    others: int


def models_of_charts() -> list[type[Recorded]]:
    """The tables of a chart, and its sign-off."""
    recorded = [model for model in apps.get_models() if issubclass(model, Recorded)]
    return [model for model in recorded if model.of_chart or model is ChartLock]


def history_of(patient: Patient, *, page: int = 1, most: int = A_PAGE) -> list[RowChange]:
    """Latest first; one more than ``most`` where there are older ones."""
    return trail.of_patient(patient.pk, models_of_charts(), start=(page - 1) * most, most=most + 1)


def latest_of(patient: Patient) -> list[Group]:
    """The latest writes; records that came in together, as by an import, count as one."""
    changes = history_of(patient, most=LATEST_WRITES)
    together = [list(group) for _, group in groupby(changes, key=moment_of)]
    return [Group(group[0], len(group) - 1) for group in together][:LATEST_GROUPS]


def moment_of(item: RowChange) -> tuple[Any, ...]:
    change = item.change
    if change.what == "added":
        return change.at, change.who, change.reason
    return change.at, item.model, item.row
