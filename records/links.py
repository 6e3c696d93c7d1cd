"""Links from a lower floor to a page of a higher one, which the higher one sets at start."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

_pages: dict[str, Callable[[Any], str]] = {}


def serve_chart(url_of: Callable[[Any], str]) -> None:
    """Let ``url_of(patient)`` be the page of one patient."""
    _pages["chart"] = url_of


def chart(patient: Any) -> str:
    """Address of the page that shows one patient: the chart, or the patient's entry form where no app serves charts."""
    url_of = _pages.get("chart", lambda row: reverse("admin:patients_patient_change", args=[row.pk]))
    return url_of(patient)


def serve_questions(url_of: Callable[[Any], str]) -> None:
    """Let ``url_of(row)`` be the page on which a question about one record is asked; empty where none is."""
    _pages["question"] = url_of


def question(row: Any) -> str:
    """Address of the page that asks about one record; empty where nothing is asked about it."""
    url_of = _pages.get("question", lambda row: "")
    return url_of(row)
