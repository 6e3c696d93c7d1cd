"""What has to be known about a patient before anything is entered. An app registers what it knows at start."""

from collections.abc import Callable
from typing import Any

# Says a sentence about the patient, or nothing.
Notice = Callable[[Any], str | None]

_notices: list[Notice] = []


def register(notice: Notice) -> None:
    _notices.append(notice)


def about(patient: Any) -> list[str]:
    """The sentences to be shown above an entry form."""
    return [said for notice in _notices if (said := notice(patient))]
