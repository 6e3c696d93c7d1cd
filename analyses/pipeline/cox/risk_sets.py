"""Who is at risk when: the bookkeeping that all Cox models on one endpoint share.

Event times are numbered 0..K-1 through all strata. A row is at risk at the consecutive event times first <= j < last of
its own stratum, so sums over risk sets are reverse cumulative sums over `last` within strata, and only rows that enter
late need their intervals cut (`intervals`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.clock import Clock
from analyses.pipeline.cox.intervals import (
    Level,
    add_within_intervals,
    collect,
    cumulative,
    cut,
    gather,
    over_intervals,
)
from analyses.pipeline.grouping import group_sums


class TiedDeaths(NamedTuple):
    """Where each event time starts among the deaths, the event time of each death, and its l / d."""

    start: IntArray
    group: IntArray
    share: FloatArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows in the order of stratum and time (events before censorings), and K event times.

    Per row: `order` its number in the input, `event`, `weight`, `first`, `last`, `stratum`. Per event time: `deaths`
    (number), `death_weight` (sum of weights), `time` (its value).
    """

    order: IntArray
    event: BoolArray
    weight: FloatArray
    first: IntArray
    last: IntArray
    stratum: IntArray
    clock_code: IntArray
    clock_entry: IntArray | None
    deaths: IntArray
    death_weight: FloatArray
    time: FloatArray

    @cached_property
    def group(self) -> IntArray:
        """Event time of each row that has an event."""
        return self.last[self.event] - 1

    @cached_property
    def tied(self) -> TiedDeaths:
        """Efron's steps l = 0..d-1 at each event time, laid out one after the other."""
        start = np.cumsum(self.deaths) - self.deaths
        group = np.repeat(np.arange(self.deaths.shape[0]), self.deaths)
        share = (np.arange(group.shape[0]) - start[group]) / self.deaths[group]
        return TiedDeaths(start, group, share)

    @cached_property
    def openings(self) -> IntArray:
        """First row of each stratum."""
        return np.flatnonzero(np.diff(self.stratum, prepend=-1))

    @cached_property
    def joined(self) -> BoolArray:
        """Whether each event time and the next are of one stratum (K - 1)."""
        stratum = self.stratum[self.event][self.tied.start]
        return np.asarray(stratum[1:] == stratum[:-1])

    @cached_property
    def late(self) -> BoolArray:
        """Rows that are not yet at risk at the first event time of their stratum."""
        start = np.concatenate([[True], ~self.joined, [True]])
        return ~start[self.first]

    @cached_property
    def reached(self) -> IntArray:
        """One more than the last event time of each row that is at risk from the start; 0 for the others."""
        return np.where(self.late | (self.last == self.first), 0, self.last) if self.first.any() else self.last

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The intervals of the late rows."""
        return cut(self.first, self.last, self.late, self.deaths.shape[0])

    @cached_property
    def leaving(self) -> csr_matrix:
        """K x n: the rows that are at risk from the start, at the event time at which they are for the last time."""
        rows = np.flatnonzero(self.reached)
        return gather(rows, self.reached[rows], self.deaths.shape[0], self.order.shape[0])

    @cached_property
    def dying(self) -> csr_matrix:
        """K x n: the rows with an event at each event time."""
        rows = np.flatnonzero(self.event)
        return gather(rows, self.group + 1, self.deaths.shape[0], self.order.shape[0])

    def over_sets(self, weight: FloatArray, values: FloatArray) -> FloatArray:
        """sum over the risk set of weight * values at each event time; `values` n x p, result K x p."""
        total = cumulative(collect(self.leaving, weight, values), self.joined, backward=True)
        if self.levels:
            total += over_intervals(self.levels, weight, values, self.deaths.shape[0])
        return total

    def total_over_sets(self, weight: FloatArray) -> FloatArray:
        """sum over the risk set of weight at each event time (K)."""
        total = cumulative(group_sums(self.reached, weight, self.deaths.shape[0] + 1)[1:], self.joined, backward=True)
        if self.levels:
            total += over_intervals(self.levels, weight, None, self.deaths.shape[0])
        return total

    def total_over_deaths(self, weight: FloatArray) -> FloatArray:
        """sum over the deaths of weight at each event time (K)."""
        return group_sums(self.group, weight[self.event], self.deaths.shape[0])

    def over_deaths(self, weight: FloatArray, values: FloatArray) -> FloatArray:
        """sum over the deaths of weight * values at each event time."""
        return collect(self.dying, weight, values)

    def while_at_risk(self, hazard: FloatArray) -> FloatArray:
        """For each row, the sum over the event times at which it is at risk of `hazard` (K, or K x p)."""
        sums = np.concatenate([np.zeros((1, *hazard.shape[1:])), cumulative(hazard, self.joined, backward=False)])
        result = np.asarray(sums[self.reached])
        if self.levels:
            add_within_intervals(self.levels, hazard, result)
        return result


def arrange(clock: Clock, event: BoolArray, weight: FloatArray, stratum: IntArray, order: IntArray) -> RiskSets:
    """Sort once. `order` numbers the rows of the input that are kept (all other arrays have one entry per kept row)."""
    size = clock.distinct.shape[0]
    moment = stratum * size + clock.code
    sorting = _argsort(2 * moment + ~event)
    moment, happened = moment[sorting], event[sorting]
    points, deaths = np.unique(moment[happened], return_counts=True)
    last = np.searchsorted(points, moment, side="right")
    sorted_stratum = stratum[sorting] if stratum.any() else stratum
    entry = None if clock.entry is None else clock.entry[sorting]
    sorted_weight = weight[sorting]
    return RiskSets(
        order=order[sorting],
        event=happened,
        weight=sorted_weight,
        first=_first(points, sorted_stratum * size, entry, last),
        last=last,
        stratum=sorted_stratum,
        clock_code=clock.code[sorting],
        clock_entry=entry,
        deaths=deaths,
        death_weight=group_sums(last[happened] - 1, sorted_weight[happened], points.shape[0]),
        time=clock.distinct[points % size],
    )


def _first(points: IntArray, opening: IntArray, entry: IntArray | None, last: IntArray) -> IntArray:
    """The first event time at which each row is at risk, or its last where there is none."""
    if entry is not None:
        return np.minimum(np.searchsorted(points, opening + entry, side="right"), last)
    return np.minimum(np.searchsorted(points, opening), last) if opening.any() else np.zeros(last.shape, np.int64)


def _argsort(key: IntArray) -> IntArray:
    """Stable; keys below 65,536 are sorted by radix."""
    small = key.max() < 2**16
    return np.argsort(key.astype(np.uint16) if small else key, kind="stable")
