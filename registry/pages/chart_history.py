"""The history of a whole chart: every write of every record, with old and new values."""

from django.apps import apps

from patients.models import ChartLock, Patient
from records import trail
from records.models import Recorded
from records.trail import RowChange

A_PAGE = 50


def models_of_charts() -> list[type[Recorded]]:
    """The tables of a chart, and its sign-off."""
    recorded = [model for model in apps.get_models() if issubclass(model, Recorded)]
    return [model for model in recorded if model.of_chart or model is ChartLock]


def history_of(patient: Patient, *, page: int = 1, most: int = A_PAGE) -> list[RowChange]:
    """Latest first; one more than ``most`` where there are older ones."""
    return trail.of_patient(patient.pk, models_of_charts(), start=(page - 1) * most, most=most + 1)
