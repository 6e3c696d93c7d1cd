"""One patient's course as the chart writers need it: characteristics and days, and the dates they stand for."""

from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from exchange.study_cohort.records import Records, iso


class Story(NamedTuple):
    """One patient. ``row`` are the characteristics (a row of ``profiles``); days count from ``zero``, the day on which
    metastasis was shown; a day that never comes is infinite. Nothing is recorded after ``last``, the day of death or of
    the last contact alive."""

    position: int
    row: Any
    zero: np.datetime64
    death: float
    censoring: float
    locoregional: float
    distant: float

    @property
    def dead(self) -> bool:
        return self.death <= self.censoring

    @property
    def last(self) -> int:
        return round(min(self.death, self.censoring))

    @property
    def progressed(self) -> float:
        return min(self.locoregional, self.distant)

    @property
    def treated_until(self) -> int:
        """Last day of PCT or RT; 0 without either."""
        return max(int(self.row.last_cycle) + 4 if self.row.pct else 0, int(self.row.rt_end) if self.row.rt else 0)

    def day(self, offset: float) -> np.datetime64:
        return self.zero + np.timedelta64(round(offset), "D")

    def date(self, offset: float) -> str:
        return iso(self.day(offset))


class Writer(NamedTuple):
    """Where rows go, and the chance they are drawn by."""

    records: Records
    rng: Generator

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one_of(self, shares: dict[Any, float]) -> Any:
        """A key, with its share as probability (the shares need not sum to 1)."""
        drawn = self.rng.random() * sum(shares.values())
        for key, share in shares.items():
            drawn -= share
            if drawn < 0:
                return key
        return key

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))
