"""The index date (time zero), from which every time of a dataset is measured."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analyses.derivation.course import Course, Dated
from analyses.derivation.dates import Days, Mask, known, months_between
from analyses.derivation.rows import Floats
from analyses.pipeline.dataset import Exclusion
from analyses.pipeline.parameters import DAYS_PER_MONTH

WORDS = {
    "diagnosis": "date of diagnosis",
    "metastasis": "date of metastasis",
    "pct_start": "start of PCT",
    "rt_start": "start of RT",
    "rt_end": "end of RT",
    "landmark": "date of metastasis, from which the landmark counts",
}


class TimeZeroDay(NamedTuple):
    """`origin` is the recorded day, `later_months` what the landmark adds to it."""

    name: str
    origin: Dated
    later_months: float

    @property
    def day(self) -> Days:
        """The first whole day that is not before time zero."""
        added = np.timedelta64(int(np.ceil(self.later_months * DAYS_PER_MONTH)), "D")
        return self.origin.day + added

    def months(self, days: Days) -> Floats:
        """Months from time zero to each day, negative before it; NaN where either is not known."""
        return months_between(self.origin.day, days) - self.later_months

    def usable(self, end: Dated) -> Mask:
        """Patients with an index date who were followed to it."""
        return np.asarray(self.months(end.day) >= 0)

    def exclusions(self, numbers: list[str], death: Dated, alive: Dated) -> list[Exclusion]:
        """Patients without any usable time, each with the reason, in the order of `numbers`."""
        end = death.or_else(alive)
        reasons = np.select(
            [
                ~known(self.origin.day),
                ~known(end.day),
                (self.months(end.day) < 0) & known(death.day),
                self.months(end.day) < 0,
            ],
            [
                f"The {WORDS[self.name]} is not known.",
                "No death and no day on which the patient is known to be alive is recorded.",
                "Died before the index date.",
                "Last known to be alive before the index date.",
            ],
            default="",
        )
        return [
            Exclusion(patient=number, reason=str(reason))
            for number, reason in zip(numbers, reasons, strict=True)
            if reason
        ]


def time_zero(course: Course) -> TimeZeroDay:
    """The index date that the parameters ask for."""
    name = course.parameters.time_zero
    origins = {
        "diagnosis": "diagnosed",
        "metastasis": "metastasis",
        "pct_start": "pct_start",
        "rt_start": "rt_start",
        "rt_end": "rt_end",
        "landmark": "metastasis",
    }
    origin: Dated = getattr(course, origins[name])
    return TimeZeroDay(name, origin, course.parameters.landmark_months or 0.0)
