"""Risk sets of a subdistribution: who had another event stays, with the probability of not being censored since."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.clock import Clock
from analyses.pipeline.cox.intervals import collect, gather
from analyses.pipeline.cox.risk_sets import RiskSets, arrange
from analyses.pipeline.grouping import group_sums
from analyses.pipeline.survival.kaplan_meier import product_limit


@dataclass(frozen=True, eq=False)
class SubdistributionSets(RiskSets):
    """Risk sets in which a row with another event at T stays at risk at later event times t with weight G(t-) / G(T-).

    `code` says what ended each row (0 censored), `uncensored` is G(t-) at each row's own time t, G the Kaplan-Meier
    curve of censoring. Source: Fine and Gray, JASA 1999.
    """

    code: IntArray
    uncensored: FloatArray

    @cached_property
    def staying(self) -> FloatArray:
        """1 / G(T-) of the rows that stay, 0 for all others."""
        return np.where((self.code > 0) & ~self.event, 1 / self.uncensored, 0.0)

    @cached_property
    def uncensored_at_events(self) -> FloatArray:
        """G(t-) at each event time (K)."""
        return self.uncensored[self.event][self.tied.start]

    @cached_property
    def stayers(self) -> csr_matrix:
        """K x n: the rows that stay, at the first event time after their own."""
        rows = np.flatnonzero((self.staying > 0) & (self.last < self.deaths.shape[0]))
        return gather(rows, self.last[rows] + 1, self.deaths.shape[0], self.order.shape[0])

    def over_sets(self, weight: FloatArray, values: FloatArray) -> FloatArray:
        stayed = np.cumsum(collect(self.stayers, weight * self.staying, values), axis=0)
        return super().over_sets(weight, values) + self.uncensored_at_events[:, np.newaxis] * stayed

    def total_over_sets(self, weight: FloatArray) -> FloatArray:
        stayed = np.cumsum(group_sums(self.last, weight * self.staying, self.deaths.shape[0] + 1)[:-1])
        return super().total_over_sets(weight) + self.uncensored_at_events * stayed

    def while_at_risk(self, hazard: FloatArray) -> FloatArray:
        result = super().while_at_risk(hazard)
        later = backward_sums((hazard.T * self.uncensored_at_events).T)[self.last]
        return result + (later.T * self.staying).T


def backward_sums(values: FloatArray) -> FloatArray:
    """Sums along the first axis from each entry to the end, and a last 0."""
    return np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], np.zeros((1, *values.shape[1:]))])


def arrange_subdistribution(clock: Clock, codes: IntArray, cause: int) -> SubdistributionSets:
    """Sort once. `codes` 0 censored, `cause` the event, all others those who stay."""
    length = codes.shape[0]
    sets = arrange(clock, codes == cause, np.ones(length), np.zeros(length, dtype=np.int64), np.arange(length))
    size = clock.distinct.shape[0]
    censorings = group_sums(clock.code, codes == 0, size)
    at_risk = np.cumsum(np.bincount(clock.code, minlength=size)[::-1])[::-1].astype(np.float64)
    before = np.concatenate([[1.0], product_limit(censorings, at_risk)[0][:-1]])
    return SubdistributionSets(**vars(sets), code=codes[sets.order], uncensored=before[sets.clock_code])
