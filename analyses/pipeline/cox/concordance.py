"""Harrell's concordance of a risk score with censored times, in O(n log n)."""

from dataclasses import dataclass

import numpy as np

from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.grouping import group_sums

SCORE_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which the one who has the event first has the higher risk (ties count one half).

    None when no pair is comparable.
    """

    value: float | None
    se: float | None


def concordance_of(sets: RiskSets, linear: FloatArray, cluster: IntArray | None) -> Concordance:
    """Pairs are comparable when one has an event while the other is under observation and goes on after it.

    With N and D the (weighted) concordant and comparable pairs, the standard error is the root of the sum over rows
    (or clusters) of (w_i (dN / dw_i - C dD / dw_i) / D)^2. Source: R survival, concordance(); Therneau 2021.
    """
    rank = _ranks(linear)
    good, pairs = _as_first(sets, rank)
    total = float(sets.weight @ pairs)
    if total <= 0:
        return Concordance(None, None)
    value = float(sets.weight @ good) / total
    later_good, later_pairs = _as_second(sets, rank)
    influence = sets.weight * (good + later_good - value * (pairs + later_pairs)) / total
    if cluster is not None:
        influence = group_sums(cluster, influence, int(cluster.max()) + 1)
    return Concordance(value, float(np.sqrt((influence**2).sum())))


def _ranks(linear: FloatArray) -> IntArray:
    """Dense ranks; scores that differ by rounding only are tied."""
    distinct, codes = np.unique(linear, return_inverse=True)
    gap = SCORE_TOLERANCE * max(1.0, float(np.abs(distinct).max()))
    return np.asarray(np.concatenate([[0], np.cumsum(np.diff(distinct) > gap)])[codes], dtype=np.int64)


def _moments(sets: RiskSets) -> IntArray:
    """Stratum and time of each row as one number; rows are sorted by it, events first."""
    return sets.stratum * (int(sets.clock_code.max()) + 1) + sets.clock_code


def _as_first(sets: RiskSets, rank: IntArray) -> tuple[FloatArray, FloatArray]:
    """For each event: weight of lower (and half of equal) scores, and of all, among those who go on after it."""
    moment, n = _moments(sets), rank.shape[0]
    rows = np.flatnonzero(sets.event)
    deaths_until = np.searchsorted(2 * moment + ~sets.event, 2 * moment[rows], side="right")
    ends = np.searchsorted(sets.stratum, sets.stratum[rows], side="right")
    good, pairs = _count(rank, sets.weight, deaths_until, ends, rank[rows])
    if sets.clock_entry is not None:
        size = int(sets.clock_code.max()) + 1
        entry = sets.stratum * size + sets.clock_entry
        order = np.argsort(entry, kind="stable")
        late = np.searchsorted(entry[order], moment[rows])
        less, fewer = _count(rank[order], sets.weight[order], late, ends, rank[rows])
        someone = late > deaths_until  # else the differences are nothing but rounding
        good, pairs = np.where(someone, good - less, 0.0), np.where(someone, pairs - fewer, 0.0)
    return _spread(rows, good, n), _spread(rows, pairs, n)


def _as_second(sets: RiskSets, rank: IntArray) -> tuple[FloatArray, FloatArray]:
    """For each row: weight of higher (and half of equal) scores, and of all, among events it goes on after."""
    moment = _moments(sets)
    events = np.flatnonzero(sets.event)
    when = moment[events]
    start = np.searchsorted(sets.stratum[events], sets.stratum)
    if sets.clock_entry is not None:
        size = int(sets.clock_code.max()) + 1
        start = np.searchsorted(when, sets.stratum * size + sets.clock_entry, side="right")
    stop = np.where(sets.event, np.searchsorted(when, moment), np.searchsorted(when, moment, side="right"))
    stop = np.maximum(start, stop)
    lower, pairs = _count(rank[events], sets.weight[events], start, stop, rank)
    return pairs - lower, pairs


def _spread(rows: IntArray, values: FloatArray, length: int) -> FloatArray:
    result = np.zeros(length)
    result[rows] = values
    return result


def _count(
    rank: IntArray, weight: FloatArray, start: IntArray, stop: IntArray, threshold: IntArray
) -> tuple[FloatArray, FloatArray]:
    """For each query: weight of positions start..stop-1 with rank below `threshold` plus half of equal, and of all.

    A wavelet matrix: from the highest bit of the rank down, positions are partitioned stably by that bit, and each
    query follows its own half, collecting the weight of the other one when its threshold has the bit set.
    """
    cumulative = np.concatenate([[0.0], np.cumsum(weight)])
    every = cumulative[stop] - cumulative[start]
    below = np.zeros(start.shape[0])
    for bit in range(int(max(rank.max(), threshold.max())).bit_length() - 1, -1, -1):
        zero = (rank >> bit) & 1 == 0
        before = np.concatenate([[0], np.cumsum(zero)])
        light = np.concatenate([[0.0], np.cumsum(weight * zero)])
        up = (threshold >> bit) & 1 == 1
        below += np.where(up, light[stop] - light[start], 0.0)
        ones = before[-1]
        start = np.where(up, ones + start - before[start], before[start])
        stop = np.where(up, ones + stop - before[stop], before[stop])
        rank = np.concatenate([rank[zero], rank[~zero]])
        weight = np.concatenate([weight[zero], weight[~zero]])
    cumulative = np.concatenate([[0.0], np.cumsum(weight)])
    return below + (cumulative[stop] - cumulative[start]) / 2, every
