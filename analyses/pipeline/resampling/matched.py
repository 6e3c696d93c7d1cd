"""The matched effect with matched sets as the units that are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.resampling.arm import arm_log_hr
from analyses.pipeline.resampling.draws import Outcome, outcome_of


@dataclass(frozen=True, slots=True, eq=False)
class MatchedPairs:
    """A statistic: the log hazard ratio in drawn matched sets. `sets` holds the row numbers of each set; the other
    arrays have one entry per patient. Made by matched_pairs."""

    sets: tuple[IntArray, ...]
    treated: BoolArray
    time: FloatArray
    event: BoolArray
    weights: FloatArray
    ties: str

    @property
    def n(self) -> int:
        return len(self.sets)

    @property
    def names(self) -> tuple[str, ...]:
        return ("matched",)

    def __call__(self, drawn: IntArray) -> Sequence[Outcome]:
        return [outcome_of(self._log_hr, drawn)]

    def _log_hr(self, drawn: IntArray) -> float:
        rows = np.concatenate([self.sets[unit] for unit in drawn.tolist()])
        return arm_log_hr(
            self.treated[rows], self.time[rows], self.event[rows], weights=self.weights[rows], ties=self.ties
        )


def matched_pairs(
    pairs: ArrayLike, time: ArrayLike, event: ArrayLike, *, weights: ArrayLike | None = None, ties: str = "efron"
) -> MatchedPairs:
    """The statistic for the interval of the matched estimate: sets are drawn whole, score and pairs stay as they are.

    `pairs` (k x 2) are row numbers (treated, control) as in Matching; `time`, `event` (n) and `weights` (n, needed
    where a treated patient has several controls: `Matching.weights`) have one entry per patient.
    Raises NotSupported when a control serves in two sets (matching with replacement), EmptyArm without pairs,
    BadValue for row numbers that do not exist, and the errors of the checks of each input.
    Source: Austin and Small, Stat Med 2014.
    """
    end = checks.times(time)
    numbers = np.asarray(pairs)
    if numbers.ndim != 2 or numbers.shape[1] != 2:
        raise checks.LengthMismatch("pairs must have two columns: treated, control.")
    if numbers.shape[0] == 0:
        raise checks.EmptyArm("There are no pairs to draw from.")
    if numbers.dtype.kind not in "iu" or numbers.min() < 0 or numbers.max() >= end.shape[0]:
        raise checks.BadValue(f"pairs must hold row numbers from 0 to {end.shape[0] - 1}.")
    if np.unique(numbers[:, 1]).shape[0] < numbers.shape[0] or np.isin(numbers[:, 0], numbers[:, 1]).any():
        raise checks.NotSupported(
            "A patient stands in two matched sets; sets can be drawn only when they are disjoint."
        )
    treated = np.zeros(end.shape[0], dtype=np.bool_)
    treated[numbers[:, 0]] = True
    return MatchedPairs(
        sets=_sets(numbers.astype(np.int64)),
        treated=treated,
        time=end,
        event=checks.events(event, end.shape[0]),
        weights=checks.weights(weights, end.shape[0]),
        ties=ties,
    )


def _sets(pairs: IntArray) -> tuple[IntArray, ...]:
    """Each treated patient with his controls, in the order of row numbers."""
    ordered = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    starts = np.flatnonzero(np.diff(ordered[:, 0], prepend=-1))
    groups = np.split(ordered, starts[1:])
    return tuple(np.concatenate([group[:1, 0], group[:, 1]]) for group in groups)
