"""The Nelson-Aalen estimator at each patient's own time."""

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.clock import read_clock
from analyses.pipeline.grouping import group_sums


def nelson_aalen(time: ArrayLike, event: ArrayLike) -> FloatArray:
    """H(t_i) = sum over event times u <= t_i of d(u) / n(u), for each of n patients.

    With the event it carries the outcome into a model that imputes a covariate of a Cox model; without, imputed values
    would know nothing of the outcome and pull hazard ratios towards 1. Times that differ by rounding only are one time.
    Raises LengthMismatch, MissingValues, NegativeTime, NoEvents. Equals R's `survfit(Surv(time, event) ~ 1)$cumhaz`.
    Source: White and Royston, Stat Med 2009.
    """
    end = checks.times(time)
    happened = checks.events(event, end.shape[0])
    clock = read_clock(end)
    size = clock.distinct.shape[0]
    at_risk = np.cumsum(np.bincount(clock.code, minlength=size)[::-1])[::-1]
    return np.asarray(np.cumsum(group_sums(clock.code, happened, size) / at_risk)[clock.code])
