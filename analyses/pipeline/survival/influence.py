"""The robust variance of a weighted survival curve."""

import numpy as np

from analyses.pipeline.checks import BoolArray, FloatArray
from analyses.pipeline.clock import Clock
from analyses.pipeline.grouping import group_sums


def sampling_variance(
    clock: Clock, happened: BoolArray, weight: FloatArray, deaths: FloatArray, at_risk: FloatArray
) -> FloatArray:
    """Variance of log S(t) at each distinct time: sum_i w_i^2 (d log S(t) / d w_i)^2; infinite once S is 0.

    With H(t) = sum d / (n (n - d)), minus the derivative is a_i = [event at t_i] / (n_i - d_i) - H(t_i) + H(entry_i)
    once t >= t_i and -(H(t) - H(entry_i)) while i is under observation. Weights are taken as known.
    Source: infinitesimal jackknife, as R's survfit(robust = TRUE).
    """
    size = clock.distinct.shape[0]
    left = at_risk - deaths
    seen = deaths > 0
    empty = seen & (left <= 1e-12 * at_risk)
    regular = seen & ~empty
    divisor = np.where(regular, at_risk * left, 1.0)
    hazard = np.cumsum(np.where(regular, deaths, 0.0) / divisor)
    at_entry = np.zeros(weight.shape[0]) if clock.entry is None else hazard[clock.entry]
    jump = np.where(happened & regular[clock.code], 1 / np.where(left[clock.code] > 0, left[clock.code], 1.0), 0.0)
    final = jump - hazard[clock.code] + at_entry
    gone = np.cumsum(group_sums(clock.code, (weight * final) ** 2, size))
    square, cross, both = (_present(clock, weight**2 * at_entry**power, size) for power in (0, 1, 2))
    variance = np.maximum(gone + hazard**2 * square - 2 * hazard * cross + both, 0.0)
    return np.where(np.cumsum(empty) > 0, np.inf, variance)


def _present(clock: Clock, value: FloatArray, size: int) -> FloatArray:
    """Sum of `value` over those who have entered before, and leave after, each distinct time."""
    leaving = np.cumsum(group_sums(clock.code, value, size)[::-1])[::-1]
    after = np.concatenate([leaving[1:], [0.0]])
    if clock.entry is None:
        return after
    entering = np.cumsum(group_sums(clock.entry, value, size)[::-1])[::-1]
    return after - np.asarray(entering)
