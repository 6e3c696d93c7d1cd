"""Cumulative incidence of each of several causes that end follow-up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.clock import TOLERANCE, read_clock
from analyses.pipeline.grouping import group_sums
from analyses.pipeline.survival.bands import limits
from analyses.pipeline.survival.kaplan_meier import product_limit


@dataclass(frozen=True, slots=True, eq=False)
class CauseCurveAt:
    """The curve at given times (arrays of their length)."""

    time: FloatArray
    incidence: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CauseCurve:
    """The cumulative incidence of one cause in one group: one array entry per distinct follow-up time of the group.

    `at_risk` counts those under observation just before `time`, `events` those who have an event of the cause at it;
    `se` is the standard error of `incidence`. Before the first event all of `incidence`, `se`, `lower`, `upper` are 0;
    where the incidence is 1 the limits are undefined (NaN).
    """

    cause: int
    group: Any
    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    incidence: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: int
    n_events: int

    def at(self, times: ArrayLike) -> CauseCurveAt:
        """Incidence, its standard error and limits, and the number at risk, at the given times.

        After the last follow-up time of the group the curve is carried on flat with 0 at risk.
        """
        asked = checks.times(np.atleast_1d(np.asarray(times, dtype=np.float64)), "times")
        step = np.searchsorted(self.time, asked + TOLERANCE, side="right")
        return CauseCurveAt(
            time=asked,
            incidence=np.concatenate([[0.0], self.incidence])[step],
            se=np.concatenate([[0.0], self.se])[step],
            lower=np.concatenate([[0.0], self.lower])[step],
            upper=np.concatenate([[0.0], self.upper])[step],
            at_risk=np.concatenate([self.at_risk, [0.0]])[np.searchsorted(self.time, asked - TOLERANCE)],
        )


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """The curves of all causes in all groups; `groups` is (None,) where no groups were given."""

    causes: tuple[int, ...]
    groups: tuple[Any, ...]
    level: float
    curves: tuple[CauseCurve, ...]

    def curve(self, cause: int, group: Any = None) -> CauseCurve:
        """The curve of one cause in one group. Raises BadOption where there is none."""
        for found in self.curves:
            if found.cause == cause and found.group == group:
                return found
        raise checks.BadOption(
            f"No curve of cause {cause!r} in group {group!r}; causes {self.causes}, groups {self.groups}."
        )


def cumulative_incidence(
    time: ArrayLike, event: ArrayLike, *, group: ArrayLike | None = None, level: float = 0.95
) -> CumulativeIncidence:
    """F_k(t) = sum over event times u <= t of S(u-) d_k(u) / n(u), S the Kaplan-Meier curve of any event.

    `time` n follow-up times, `event` n of 0 (censored) or the number of a cause (1, 2, ...), `group` n labels whose
    curves are estimated apart. Times that differ by rounding only are one time; tied causes share their risk set.
    With d the other events, the variance of F_k(t) is the sum over u <= t of

        S(u-)^2 / n^2 [d_k (n - d_k) / (n - 1) (1 - G)^2 + d (n - d) / (n - 1) G^2],  G = (F_k(t) - F_k(u)) / S(u)

    and the limits are F^exp(-+ z se / (F log F)), "log-log". Estimate and variance equal R's `cmprsk::cuminc`, limits
    those of survival's "log-log" from them (`survfit` itself has another variance, the infinitesimal jackknife).
    Raises LengthMismatch, MissingValues, NegativeTime, BadValue, NoEvents. Source: Aalen and Johansen, Scand J Stat
    1978; Aalen, Ann Stat 1978 (variance); Kalbfleisch and Prentice 2002, section 8.2.
    """
    checks.proportion(level, "level")
    end = checks.times(time)
    codes = checks.causes(event, end.shape[0])
    names, members = ([None], np.zeros_like(codes)) if group is None else checks.labels(group, "group", end.shape[0])
    clock = read_clock(end)
    causes = [int(cause) for cause in np.unique(codes[codes > 0])]
    curves: list[CauseCurve] = []
    for number, name in enumerate(names):
        rows = members == number
        steps = _Steps(clock.distinct, clock.code[rows], codes[rows])
        curves += [steps.curve(cause, name, level) for cause in causes]
    return CumulativeIncidence(tuple(causes), tuple(names), level, tuple(curves))


class _Steps:
    """What the curves of one group share, at each of its distinct follow-up times."""

    def __init__(self, distinct: FloatArray, moment: IntArray, codes: IntArray) -> None:
        size = distinct.shape[0]
        leaving = group_sums(moment, np.ones(moment.shape[0]), size)
        here = leaving > 0
        self.position = (np.cumsum(here) - 1)[moment]
        self.codes = codes
        self.time = distinct[here]
        self.at_risk = np.cumsum(leaving[here][::-1])[::-1]
        self.events = self._count(codes > 0)
        self.survival, _ = product_limit(self.events, self.at_risk)
        self.before = np.concatenate([[1.0], self.survival[:-1]])

    def _count(self, chosen: checks.BoolArray) -> FloatArray:
        return group_sums(self.position[chosen], np.ones(int(chosen.sum())), self.time.shape[0])

    def curve(self, cause: int, group: Any, level: float) -> CauseCurve:
        events = self._count(self.codes == cause)
        jumps = self.before * events / self.at_risk
        incidence = np.cumsum(jumps)
        se = np.sqrt(self._variance(events, jumps))
        lower, upper = _limits(incidence, se, level)
        return CauseCurve(
            cause=cause,
            group=group,
            time=self.time,
            at_risk=self.at_risk,
            events=events,
            incidence=incidence,
            se=se,
            lower=lower,
            upper=upper,
            n=self.codes.shape[0],
            n_events=int(events.sum()),
        )

    def _variance(self, events: FloatArray, jumps: FloatArray) -> FloatArray:
        """Variance at each time. With C(t) = F(infinity) - F(t), G is (C(u) - C(t)) / S(u): C is of the size of S, so
        the square can be multiplied out without losing digits. Where S(u) = 0 nothing follows, and G is 0."""
        to_come = np.concatenate([np.cumsum(jumps[:0:-1])[::-1], [0.0]])
        regular = self.survival > 0
        inverse = np.where(regular, 1 / np.where(regular, self.survival, 1.0), 0.0)
        own, others = (self._scatter(count) for count in (events, self.events - events))
        share = to_come * inverse
        constant = np.cumsum(own * (1 - share) ** 2 + others * share**2)
        linear = np.cumsum((own * (1 - share) - others * share) * inverse)
        square = np.cumsum((own + others) * inverse**2)
        return np.asarray(np.maximum(constant + 2 * to_come * linear + to_come**2 * square, 0.0))

    def _scatter(self, count: FloatArray) -> FloatArray:
        """S(u-)^2 d (n - d) / (n^2 (n - 1)); for the last patient, n = d = 1, the ratio (n - d) / (n - 1) is 1."""
        single = self.at_risk <= 1
        ratio = np.where(single, 1.0, (self.at_risk - count) / np.where(single, 1.0, self.at_risk - 1))
        return np.asarray((self.before / self.at_risk) ** 2 * count * ratio)


def _limits(incidence: FloatArray, se: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    inner = (incidence > 0) & (incidence < 1 - TOLERANCE)
    safe = np.where(inner, incidence, 0.5)
    lower, upper = limits(safe, np.where(inner, se, 0.0) / safe, "log-log", level)
    edge = np.where(incidence > 0, np.nan, 0.0)
    return np.where(inner, lower, edge), np.where(inner, upper, edge)
