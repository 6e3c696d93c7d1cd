"""Differences between two survival curves at given times, and restricted mean survival times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.clock import TOLERANCE
from analyses.pipeline.survival.kaplan_meier import KaplanMeier, kaplan_meier


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """Mean survival time up to `tau`."""

    estimate: float
    se: float
    lower: float
    upper: float
    tau: float


@dataclass(frozen=True, slots=True)
class Difference:
    """First minus second, with a normal confidence interval and test; `time` is the time or tau compared at."""

    time: float
    estimate: float
    se: float
    lower: float
    upper: float
    p: float


def rmst(time: ArrayLike, event: ArrayLike, *, tau: float, level: float = 0.95) -> RestrictedMean:
    """Restricted mean survival time: the area under the Kaplan-Meier curve from 0 to `tau` (in units of `time`).

    Variance: sum over event times u < tau of (area from u to tau)^2 d / (n (n - d)).
    Raises BeyondFollowUp when `tau` lies after the last follow-up time (of the smaller arm, in a comparison), and the
    errors of kaplan_meier. Equals R's `print(survfit, rmean = tau)`.
    """
    curve = kaplan_meier(time, event, level=level)
    return restricted_mean(curve, tau)


def restricted_mean(curve: KaplanMeier, tau: float) -> RestrictedMean:
    """The same from a curve."""
    if not 0 < tau < np.inf:
        raise checks.BadValue(f"tau must be a positive time; found {tau}.")
    if tau > curve.time[-1] + TOLERANCE and curve.survival[-1] > 0:
        raise checks.BeyondFollowUp(
            f"tau = {tau:g} lies after the last follow-up time {curve.time[-1]:g}; choose a tau that every arm reaches."
        )
    inside = curve.time < tau
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
    rest = np.cumsum(areas[::-1])[::-1][1:]
    d, n = curve.events[inside], curve.at_risk[inside]
    left = n - d
    terms = np.where(left > 0, d / np.where(left > 0, n * left, 1.0), 0.0)
    se = float(np.sqrt((rest**2 * terms).sum()))
    mean, z = float(areas.sum()), float(ndtri((1 + curve.level) / 2))
    return RestrictedMean(mean, se, mean - z * se, mean + z * se, float(tau))


def rmst_difference(first: RestrictedMean, second: RestrictedMean, *, level: float = 0.95) -> Difference:
    """Difference of two restricted means with the same tau in independent groups."""
    if first.tau != second.tau:
        raise checks.BadOption(f"The restricted means end at different times: {first.tau:g} and {second.tau:g}.")
    return _difference(first.tau, first.estimate - second.estimate, first.se, second.se, level)


def rate_difference(
    first: KaplanMeier, second: KaplanMeier, times: ArrayLike, *, level: float = 0.95
) -> tuple[Difference, ...]:
    """Difference of two survival curves at each of `times`, in independent groups; limits are estimate -+ z se.

    Raises BeyondFollowUp where a curve ends before, and BadValue where a curve is 0 (no standard error).
    """
    asked = checks.times(np.atleast_1d(np.asarray(times, dtype=np.float64)), "times")
    one, two = first.at(asked), second.at(asked)
    for values, curve in ((one, first), (two, second)):
        _refuse_undefined(asked, values.se, curve)
    return tuple(
        _difference(
            float(asked[k]), float(one.survival[k] - two.survival[k]), float(one.se[k]), float(two.se[k]), level
        )
        for k in range(asked.shape[0])
    )


def _refuse_undefined(asked: FloatArray, se: FloatArray, curve: KaplanMeier) -> None:
    late = asked > curve.time[-1] + TOLERANCE
    if late.any() and curve.survival[-1] > 0:
        raise checks.BeyondFollowUp(f"Time {asked[late][0]:g} lies after the last follow-up time {curve.time[-1]:g}.")
    if np.isnan(se).any():
        raise checks.BadValue(f"Survival is 0 at time {asked[np.isnan(se)][0]:g}; its standard error is undefined.")


def _difference(time: float, gap: float, se_first: float, se_second: float, level: float) -> Difference:
    checks.proportion(level, "level")
    se = float(np.hypot(se_first, se_second))
    z = float(ndtri((1 + level) / 2))
    p = 1.0 if gap == 0 else 0.0 if se == 0 else float(2 * ndtr(-abs(gap) / se))
    return Difference(time, gap, se, gap - z * se, gap + z * se, p)
