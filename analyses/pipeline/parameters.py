"""The parameters of derivation: every choice that turns records into analysis variables and endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from analyses.pipeline.errors import InvalidValueError

DAYS_PER_MONTH = 30.4375
TimeZero = Literal["diagnosis", "metastasis", "pct_start", "rt_start", "rt_end", "landmark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationParameters:
    """What derivation needs to know beyond the records; a dataset carries the parameters it was made with.

    `landmark_months` counts from metastasis and is given exactly when `time_zero` is 'landmark'. `period_breaks` are
    the first years of the diagnosis periods and, last, the first year after them. `oligo_threshold` is the largest
    number of lesions still called oligometastatic. `other_progression` says whether, for LRP and DP, progression of
    the other kind is ignored or competes as death does.
    """

    data_cutoff: date
    time_zero: TimeZero = "metastasis"
    landmark_months: float | None = None
    age_cut: int = 45
    period_breaks: tuple[int, ...] = (2000, 2006, 2012, 2018)
    oligo_threshold: int = 5
    de_novo_months: float = 3.0
    kps_window_days: int = 30
    rt_dose_cut_gy: float = 60.0
    pct_cycle_cuts: tuple[int, ...] = (3, 6)
    other_progression: Literal["ignored", "competes"] = "ignored"

    def __post_init__(self) -> None:
        if (self.time_zero == "landmark") != (self.landmark_months is not None):
            raise InvalidValueError(
                "landmark_months", self.landmark_months, "a number exactly when time_zero is 'landmark'"
            )
        for name, low in (("age_cut", 1), ("oligo_threshold", 1), ("kps_window_days", 0), ("de_novo_months", 0)):
            if getattr(self, name) < low:
                raise InvalidValueError(name, getattr(self, name), f"a number of at least {low}")
        for name, minimum in (("period_breaks", 2), ("pct_cycle_cuts", 1)):
            values = getattr(self, name)
            if len(values) < minimum or list(values) != sorted(set(values)):
                raise InvalidValueError(name, values, f"at least {minimum} ascending numbers")
