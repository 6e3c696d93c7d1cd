"""Which times are the same time: distinct times and the code of each row, as R's `timefix` sees them."""

from typing import NamedTuple

import numpy as np

from analyses.pipeline.checks import FloatArray, IntArray, NegativeTime

TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
LARGEST_COUNTED = 2**22


class Clock(NamedTuple):
    """Sorted distinct times and, for each row, the index of its time (and of its entry) among them."""

    distinct: FloatArray
    code: IntArray
    entry: IntArray | None


def read_clock(time: FloatArray, entry: FloatArray | None = None) -> Clock:
    """Group times that differ by rounding only.

    Two neighbouring times are one when they differ by no more than sqrt(machine epsilon), absolutely or relative to
    the mean of the distinct times (survival::aeqSurv). Raises NegativeTime when an interval shrinks to nothing.
    """
    pooled = time if entry is None else np.concatenate([time, entry])
    distinct, codes = _counted(pooled) if _small_integers(pooled) else _sorted(pooled)
    if entry is None:
        return Clock(distinct, codes, None)
    stop, start = codes[: time.shape[0]], codes[time.shape[0] :]
    if (start >= stop).any():
        row = int(np.argmax(start >= stop))
        raise NegativeTime(f"Row {row} has an interval of no length once times are rounded; check its entry and time.")
    return Clock(distinct, stop, start)


def _small_integers(values: FloatArray) -> bool:
    return bool(values.max() < LARGEST_COUNTED) and bool((values == np.floor(values)).all())


def _counted(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Days are small integers: counting replaces sorting, and no rounding can be needed."""
    whole = values.astype(np.int64)
    present = np.bincount(whole) > 0
    position = np.cumsum(present) - 1
    return np.flatnonzero(present).astype(np.float64), position[whole]


def _sorted(values: FloatArray) -> tuple[FloatArray, IntArray]:
    distinct, codes = np.unique(values, return_inverse=True)
    steps = np.diff(distinct)
    same = (steps <= TOLERANCE) | (steps <= TOLERANCE * float(np.abs(distinct).mean()))
    if not same.any():
        return distinct, codes.astype(np.int64)
    first = np.concatenate([[True], ~same])
    return distinct[first], (np.cumsum(first) - 1)[codes].astype(np.int64)
