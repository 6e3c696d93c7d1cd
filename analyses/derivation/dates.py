"""Days of partial dates: the middle of the period in which the day must lie."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyses.pipeline.parameters import DAYS_PER_MONTH

Days: TypeAlias = npt.NDArray[np.datetime64]
Mask: TypeAlias = npt.NDArray[np.bool_]
# Earliest and latest day that a period can reach to; NaT and None are no bound.
Bounds: TypeAlias = tuple[Days | None, Days | None]
NEVER = np.datetime64("NaT", "D")


def to_days(column: pd.Series[Any]) -> Days:
    """A datetime64 column as days."""
    return np.asarray(column.to_numpy().astype("datetime64[D]"))


def no_days(n: int) -> Days:
    return np.full(n, NEVER)


def known(days: Days) -> Mask:
    return ~np.isnat(days)


def middle(first: Days, last: Days, *bounds: Bounds) -> Days:
    """The middle day of each period [`first`, `last`], after the part outside the known `bounds` is cut off.

    A full day stays as it is. A bound that would leave nothing of a period contradicts the record (a data query, not
    a matter of calculation) and is not applied to it.
    """
    low, high, missing = first, last, np.isnat(first)
    for earliest, latest in bounds:
        if earliest is not None:
            tighter = np.fmax(low, earliest)
            low = np.where(tighter <= high, tighter, low)
        if latest is not None:
            tighter = np.fmin(high, latest)
            high = np.where(tighter >= low, tighter, high)
    half = np.where(missing, 0, (high - low).astype(np.int64)) // 2
    return np.asarray(low + half.astype("timedelta64[D]"))


def day_of(value: date) -> np.datetime64:
    return np.datetime64(value, "D")


def months_between(start: Days, end: Days) -> npt.NDArray[np.float64]:
    """Months of 30.4375 days from `start` to `end`; NaN where either is missing."""
    return days_between(start, end) / DAYS_PER_MONTH


def days_between(start: Days, end: Days) -> npt.NDArray[np.float64]:
    """Days from `start` to `end`; NaN where either is missing."""
    missing = np.isnat(start) | np.isnat(end)
    return np.where(missing, np.nan, (end - start).astype(np.int64).astype(np.float64))


def completed_years(birth: Days, at: Days) -> npt.NDArray[np.float64]:
    """Age in completed years by the calendar; NaN where either is missing."""
    missing = np.isnat(birth) | np.isnat(at)
    years = at.astype("datetime64[Y]").astype(np.int64) - birth.astype("datetime64[Y]").astype(np.int64)
    not_yet = _day_in_year(at) < _day_in_year(birth)
    return np.where(missing, np.nan, (years - not_yet).astype(np.float64))


def _day_in_year(days: Days) -> npt.NDArray[np.int64]:
    """Month and day as one number, so that birthdays compare as on a calendar whatever the leap year."""
    month = days.astype("datetime64[M]")
    months = month.astype(np.int64) % 12
    in_month = (days - month.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(months * 31 + in_month)
