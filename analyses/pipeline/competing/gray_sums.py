"""The sums of Gray's test in one stratum: event times (T, of any cause) by groups (G), without a loop over times."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.survival.kaplan_meier import product_limit


@dataclass(frozen=True, eq=False)
class GraySums:
    """Events of the cause (`own`) and of the other causes, and patients at risk (T x G), weighted with power `rho`.

    Only one group may be left at risk, or none of a group: then nothing is compared, or the group adds nothing.
    """

    own: FloatArray
    others: FloatArray
    at_risk: FloatArray
    rho: float

    @cached_property
    def events(self) -> FloatArray:
        """Events of the cause in all groups (T)."""
        return np.asarray(self.own.sum(axis=1))

    @cached_property
    def survival(self) -> FloatArray:
        """S_k(t), free of every cause (T x G)."""
        columns = zip((self.own + self.others).T, self.at_risk.T, strict=True)
        return np.column_stack([product_limit(events, at_risk)[0] for events, at_risk in columns])

    @cached_property
    def before(self) -> FloatArray:
        """S_k(t-)."""
        return _just_before(self.survival, 1.0)

    @cached_property
    def pseudo(self) -> FloatArray:
        """n_k / S_k(t-): as many as there would be at risk had censoring alone taken patients away (T x G)."""
        return _ratio(self.at_risk, self.before)

    @cached_property
    def total(self) -> FloatArray:
        """The same in all groups (T)."""
        return np.asarray(self.pseudo.sum(axis=1))

    @cached_property
    def shared(self) -> FloatArray:
        """F(t), the incidence of the cause that the groups would share (T)."""
        return np.cumsum(self.events / self.total)

    @cached_property
    def left(self) -> FloatArray:
        """1 - F(t-)."""
        return 1 - _just_before(self.shared, 0.0)

    @cached_property
    def comparable(self) -> BoolArray:
        """Whether more than one group is at risk (T)."""
        return np.asarray((self.at_risk > 0).sum(axis=1) > 1)

    @cached_property
    def weight(self) -> FloatArray:
        """(1 - F(t-))^rho (T); F may pass 1 once groups have died out."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.comparable, self.left, np.maximum(self.left, 0.0)) ** self.rho)

    @property
    def observed(self) -> FloatArray:
        return np.asarray((self.weight[:, np.newaxis] * self.own).sum(axis=0))

    @property
    def expected(self) -> FloatArray:
        incidence = np.cumsum(self.before * _ratio(self.own, self.at_risk), axis=0)
        free = self.pseudo * (1 - _just_before(incidence, 0.0))
        share = free / free.sum(axis=1, keepdims=True)
        return np.asarray(((self.weight * self.events)[:, np.newaxis] * share).sum(axis=0))

    @property
    def variance(self) -> FloatArray:
        """Gray's variance of O - E (G x G).

        An increment in group k moves the score of group i by a_ik = w h_i ([i = k] - h_k / sum h) at once, h the pseudo
        numbers at risk, and later by the sum of a_ik dF / (1 - F) to come, as the estimate of F_k stays moved.
        """
        at_once, to_come = self._moves()
        alive = self.survival > 0
        ratio = _ratio((1 - self.shared)[:, np.newaxis] * alive, self.survival)
        own = at_once + np.where(alive, 1 - ratio, 1.0)[:, np.newaxis, :] * to_come
        others = ratio[:, np.newaxis, :] * to_come
        return _weighted_squares(own, self._spread_of_own()) + _weighted_squares(others, self._spread_of_others())

    def _moves(self) -> tuple[FloatArray, FloatArray]:
        """a_ik, and the sum of a_ik dF / (1 - F) over the later times (T x G x G)."""
        share = (self.pseudo / self.total[:, np.newaxis])[:, np.newaxis, :]
        own = (self.weight[:, np.newaxis] * self.pseudo)[:, :, np.newaxis]
        at_once = own * (np.eye(self.pseudo.shape[1]) - share)
        with np.errstate(invalid="ignore", divide="ignore"):
            hazard = self.events / (self.total * np.where(self.comparable, self.left, 1.0))
            steps = at_once * hazard[:, np.newaxis, np.newaxis]
        to_come = np.zeros_like(steps)
        to_come[:-1] = np.cumsum(steps[:0:-1], axis=0)[::-1]
        return at_once, to_come

    def _spread_of_own(self) -> FloatArray:
        """Variance of the increments of F_k (T x G) with dF for dF_k; ties as in a draw of d from S_k(t-) sum h."""
        events = self.events[:, np.newaxis]
        drawn = np.where(self.at_risk > 0, self.total[:, np.newaxis] * self.before, 0.0)
        base = self.total[:, np.newaxis] * self.at_risk
        return _untied(drawn, events) * _ratio(self.before * events * (base > 0), base)

    def _spread_of_others(self) -> FloatArray:
        """Variance of the increments of the other causes' incidence in each group (T x G)."""
        return _untied(self.at_risk, self.others) * self.others * _ratio(self.before, self.at_risk) ** 2


def tabulate(cell: IntArray, codes: IntArray, cause: int, groups: int, rho: float) -> GraySums:
    """Count events and patients at risk; `cell` is time code * G + group of each row."""
    size = (int(cell.max()) // groups + 1) * groups
    own, every, leaving = (
        np.bincount(cell[chosen], minlength=size).reshape(-1, groups).astype(np.float64)
        for chosen in (codes == cause, codes > 0, codes >= 0)
    )
    seen = every.any(axis=1)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    return GraySums(own[seen], (every - own)[seen], at_risk[seen], rho)


def _untied(size: FloatArray, drawn: FloatArray) -> FloatArray:
    """(N - d) / (N - 1): what drawing d at once takes off the variance; 1 for d <= 1."""
    many = (drawn > 1) & (size > 0)
    return np.where(many, (size - drawn) / np.where(many, size - 1, 1.0), 1.0)


def _ratio(value: FloatArray, base: FloatArray) -> FloatArray:
    """value / base, 0 where the base is."""
    return np.where(base > 0, value / np.where(base > 0, base, 1.0), 0.0)


def _just_before(values: FloatArray, first: float) -> FloatArray:
    return np.concatenate([np.full((1, *values.shape[1:]), first), values[:-1]])


def _weighted_squares(values: FloatArray, weight: FloatArray) -> FloatArray:
    """sum over times t and groups k of weight_tk values_tik values_tjk."""
    return np.asarray(np.einsum("tk,tik,tjk->ij", weight, values, values))
