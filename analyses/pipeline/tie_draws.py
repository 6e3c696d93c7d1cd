"""Who else could have been matched: the sets that greedy matching takes under other orders of equal scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, IntArray

KEY_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class TieDraws:
    """`certain` rows are matched in every order. Of the `open` rows, sorted by `group`, an order takes as many per
    group as `taken` marks there."""

    certain: IntArray
    open: IntArray
    group: IntArray
    taken: BoolArray

    def draw(self, generator: np.random.Generator) -> IntArray:
        """The rows matched under one random order."""
        keys = (self.group << KEY_BITS) + generator.integers(2**KEY_BITS, size=self.open.shape[0])
        return np.concatenate([self.certain, self.open[np.argsort(keys)[self.taken]]])


def tie_draws(score: ArrayLike, treated: ArrayLike, matched: ArrayLike, *, exact: ArrayLike | None = None) -> TieDraws:
    """What a random order of equal scores leaves open in greedy 1:1 matching by the nearest score.

    `score` n, `treated` and `matched` n of 0/1 (matched in one order, whichever), `exact` n x m labels within which
    pairs were sought. Patients are served by score, and all controls of one score are
    equally near: so each order takes the same number of patients of one score, arm and stratum, and a random order
    takes each subset of that size with the same probability, whatever it takes elsewhere. Not so where patients are
    served, or controls taken, at random.
    Raises LengthMismatch, MissingValues, BadValue, EmptyArm.
    """
    arm = checks.two_arms(treated)
    length = arm.shape[0]
    taken = checks.indicator(matched, "matched", length)
    group = 2 * np.unique(checks.vector(score, "score", length), return_inverse=True)[1] + arm
    for labels in () if exact is None else np.asarray(exact).T:
        names, code = checks.labels(labels, "exact", length)
        group = np.unique(group * len(names) + code, return_inverse=True)[1]
    size, quota = np.bincount(group), np.bincount(group[taken], minlength=int(group.max()) + 1)
    undecided = np.flatnonzero((quota[group] > 0) & (quota[group] < size[group]))
    rows = undecided[np.argsort(group[undecided], kind="stable")]
    sorted_group = group[rows]
    opening = np.flatnonzero(np.diff(sorted_group, prepend=-1))
    rank = np.arange(rows.shape[0]) - np.repeat(opening, size[sorted_group[opening]])
    certain = np.flatnonzero(taken & (quota[group] == size[group]))
    return TieDraws(certain, rows, sorted_group, rank < quota[sorted_group])
