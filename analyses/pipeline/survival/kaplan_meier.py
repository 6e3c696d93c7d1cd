"""The Kaplan-Meier estimator."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray
from analyses.pipeline.clock import TOLERANCE, Clock, read_clock
from analyses.pipeline.grouping import group_sums
from analyses.pipeline.survival.bands import CONF_TYPES, crossing, limits
from analyses.pipeline.survival.influence import sampling_variance

SPSS_STEP = 0.05


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its confidence limits; None where the data do not reach it."""

    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalAt:
    """The curve at given times (arrays of their length)."""

    time: FloatArray
    survival: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """A survival curve: one array entry per distinct follow-up time.

    `at_risk` counts those under observation just before `time`, `events` and `censored` what happens at it (sums of
    weights where there are weights); `se` is the standard error of `survival`. Where survival is 0, `se`, `lower` and
    `upper` are undefined (NaN), as in R.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    censored: FloatArray
    survival: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: int
    n_events: int
    conf_type: str
    level: float
    grid: FloatArray = field(repr=False)
    grid_at_risk: FloatArray = field(repr=False)

    def at(self, times: ArrayLike) -> SurvivalAt:
        """Survival, its standard error and limits, and the number at risk, at the given times.

        After the last follow-up time the curve is carried on flat with 0 at risk (R: `extend = TRUE`).
        """
        asked = checks.times(np.atleast_1d(np.asarray(times, dtype=np.float64)), "times")
        step = np.searchsorted(self.time, asked + TOLERANCE, side="right")
        return SurvivalAt(
            time=asked,
            survival=np.concatenate([[1.0], self.survival])[step],
            se=np.concatenate([[0.0], self.se])[step],
            lower=np.concatenate([[1.0], self.lower])[step],
            upper=np.concatenate([[1.0], self.upper])[step],
            at_risk=np.concatenate([self.grid_at_risk, [0.0]])[np.searchsorted(self.grid, asked - TOLERANCE)],
        )

    @property
    def median(self) -> Estimate:
        """Median time, with limits where the bands of the curve cross one half (R's `print(survfit)`)."""
        return self.quantile(0.5)

    def quantile(self, probability: float) -> Estimate:
        """Time by which the share `probability` has had the event."""
        left = 1 - checks.proportion(probability, "probability")
        return Estimate(*(crossing(curve, self.time, left) for curve in (self.survival, self.lower, self.upper)))

    @property
    def median_spss(self) -> Estimate:
        """Median with SPSS's symmetric limits, median -+ z se(S) / f.

        The density f is the slope of the curve between the last time with S >= .55 and the first with S <= .45; limits
        are None when the curve does not reach .45. Source: IBM SPSS Statistics Algorithms, KM; Collett, section 2.4.
        """
        median = crossing(self.survival, self.time)
        before = np.flatnonzero(self.survival >= 0.5 + SPSS_STEP)
        after = np.flatnonzero(self.survival <= 0.5 - SPSS_STEP)
        if median is None or before.size == 0 or after.size == 0:
            return Estimate(median, None, None)
        last, first = int(before[-1]), int(after[0])
        density = (self.survival[last] - self.survival[first]) / (self.time[first] - self.time[last])
        se = float(self.at([median]).se[0] / density)
        if not np.isfinite(se):
            return Estimate(median, None, None)
        z = float(ndtri((1 + self.level) / 2))
        return Estimate(median, median - z * se, median + z * se)


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    weight_type: str = "frequency",
    conf_type: str = "log",
    level: float = 0.95,
) -> KaplanMeier:
    """S(t) = product over event times u <= t of (1 - d(u) / n(u)).

    `time` n follow-up times, `event` n of 0/1, `entry` n delayed entry times (at risk when entry < t <= time).
    `weights` with `weight_type` "frequency" count patients: Greenwood's variance S^2 sum d / (n (n - d)); "sampling"
    (inverse probability) weights: the robust variance sum_i w_i^2 (dS / dw_i)^2, Greenwood's for equal weights.
    `conf_type` "log", "log-log" or "plain". Times that differ by rounding only are one time.
    Raises LengthMismatch, MissingValues, NegativeTime, BadValue, BadOption. Equals R's `survfit`.
    """
    checks.option(conf_type, "conf_type", CONF_TYPES)
    checks.option(weight_type, "weight_type", ("frequency", "sampling"))
    checks.proportion(level, "level")
    end = checks.times(time)
    happened = checks.indicator(event, "event", end.shape[0])
    weight = checks.weights(weights, end.shape[0])
    start = None if entry is None else checks.entries(entry, end)
    kept = weight > 0
    clock = read_clock(end[kept], None if start is None else start[kept])
    return _estimate(clock, happened[kept], weight[kept], weight_type, conf_type, level)


def _estimate(
    clock: Clock, happened: BoolArray, weight: FloatArray, weight_type: str, conf_type: str, level: float
) -> KaplanMeier:
    size = clock.distinct.shape[0]
    deaths = group_sums(clock.code, weight * happened, size)
    leaving = group_sums(clock.code, weight, size)
    at_risk = _at_risk(clock, leaving, weight)
    survival, log_variance = product_limit(deaths, at_risk)
    if weight_type == "sampling":
        log_variance = sampling_variance(clock, happened, weight, deaths, at_risk)
    log_se = np.sqrt(log_variance)
    lower, upper = limits(survival, log_se, conf_type, level)
    here = slice(None) if clock.entry is None else leaving > 0
    with np.errstate(invalid="ignore"):
        se = np.where(survival > 0, survival * log_se, np.nan)
    return KaplanMeier(
        time=clock.distinct[here],
        at_risk=at_risk[here],
        events=deaths[here],
        censored=(leaving - deaths)[here],
        survival=survival[here],
        se=se[here],
        lower=lower[here],
        upper=upper[here],
        n=happened.shape[0],
        n_events=int(happened.sum()),
        conf_type=conf_type,
        level=level,
        grid=clock.distinct,
        grid_at_risk=at_risk,
    )


def _at_risk(clock: Clock, leaving: FloatArray, weight: FloatArray) -> FloatArray:
    """Weight under observation just before each distinct time."""
    here = np.cumsum(leaving[::-1])[::-1]
    if clock.entry is None:
        return here
    entering = group_sums(clock.entry, weight, leaving.shape[0])
    waiting = np.cumsum(entering[::-1])[::-1]
    difference = here - waiting
    return np.where(difference > 1e-12 * here[0], difference, 0.0)


def product_limit(deaths: FloatArray, at_risk: FloatArray) -> tuple[FloatArray, FloatArray]:
    """S(t) and the Greenwood variance of log S(t), along the distinct times; infinite once S is 0."""
    seen = deaths > 0
    everyone = seen & (deaths >= at_risk * (1 - 1e-12))
    safe = np.where(seen, at_risk, 1.0)
    factor = np.where(everyone, 0.0, 1 - np.where(seen, deaths, 0.0) / safe)
    divisor = np.where(seen & ~everyone, safe * (safe - deaths), 1.0)
    terms = np.where(everyone, np.inf, np.where(seen, deaths, 0.0) / divisor)
    return np.asarray(np.cumprod(factor), dtype=np.float64), np.cumsum(terms)


def median_follow_up(time: ArrayLike, event: ArrayLike, *, conf_type: str = "log", level: float = 0.95) -> Estimate:
    """Median follow-up by the reverse Kaplan-Meier method: censoring is the event, the event censors.

    Source: Schemper and Smith, Control Clin Trials 1996. Equals the median of R's `survfit(Surv(time, 1 - event) ~ 1)`.
    """
    end = checks.times(time)
    censored = ~checks.indicator(event, "event", end.shape[0])
    return kaplan_meier(end, censored, conf_type=conf_type, level=level).median
