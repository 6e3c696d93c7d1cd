"""Effects of the arm with the propensity score fitted anew in each replicate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.linear import dependent_columns
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.propensity import fit_propensity
from analyses.pipeline.resampling.arm import arm_log_hr
from analyses.pipeline.resampling.draws import Outcome, outcome_of
from analyses.pipeline.weighting import weights


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The drawn patients who can be compared (m): their `rows` in the data, the columns of the score that vary among
    them and do not follow from each other, and their score."""

    rows: IntArray
    design: FloatArray
    treated: BoolArray
    time: FloatArray
    event: BoolArray
    score: FloatArray


Estimator = Callable[[Sample], float]


@dataclass(frozen=True, slots=True, eq=False)
class RefittedEffects:
    """A statistic: one log hazard ratio per name in `estimators`. `levels` (n x any) marks every level of every
    categorical covariate, the reference included. Made by refitted_effects."""

    design: FloatArray
    treated: BoolArray
    time: FloatArray
    event: BoolArray
    levels: FloatArray
    estimators: Mapping[str, Estimator]

    @property
    def n(self) -> int:
        return int(self.treated.shape[0])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.estimators)

    def __call__(self, drawn: IntArray) -> Sequence[Outcome]:
        try:
            sample = self.sample(drawn)
        except checks.InputError as refusal:
            return [type(refusal).__name__] * len(self.estimators)
        return [outcome_of(estimate, sample) for estimate in self.estimators.values()]

    def sample(self, drawn: IntArray) -> Sample:
        """The drawn patients with their score; raises the errors of fit_propensity."""
        rows = self._overlapping(drawn)
        treated = checks.two_arms(self.treated[rows])
        design = _independent(self.design[rows])
        score = fit_propensity(design, treated).score
        return Sample(rows, design, treated, self.time[rows], self.event[rows], score)

    def _overlapping(self, rows: IntArray) -> IntArray:
        """Without patients at a level that only one arm has, until there are none."""
        while True:
            levels = self.levels[rows]
            treated, everybody = self.treated[rows] @ levels, levels.sum(axis=0)
            alone = (everybody > 0) & ((treated == 0) | (treated == everybody))
            if not alone.any():
                return rows
            rows = rows[~levels[:, alone].any(axis=1)]


def refitted_effects(
    design: ArrayLike,
    treated: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    estimators: Mapping[str, Estimator],
    blocks: Mapping[str, Sequence[int]] | None = None,
) -> RefittedEffects:
    """The statistic for the bootstrap of weighted and of matched effects.

    `design` n x p holds the terms of the score, `blocks` each covariate's column numbers (by default each column is a
    covariate), `treated` n of 0/1, `time` n, `event` n of 0/1. `estimators` turn a Sample into a log hazard ratio, e.g.
    `{"ate": weighted_log_hr, "overlap": partial(weighted_log_hr, estimand="overlap"), "rematched":
    partial(rematched_log_hr, caliper=0.1)}`.

    In a replicate, as in the study itself, drawn patients at a level that one arm does not have are set aside (0/1
    columns and their reference are levels); columns that no longer vary, or follow from others, are dropped. What then
    still separates the arms, or leaves an arm without patients or events, gives no estimate; the reason is counted
    (see bootstrap_chunk). The share of such replicates belongs beside the interval, which does not speak of them.
    Raises the errors of the checks of each input.
    """
    matrix, _ = checks.design_matrix(design)
    arm = checks.two_arms(treated, matrix.shape[0])
    groups = [[column] for column in range(matrix.shape[1])] if blocks is None else [list(b) for b in blocks.values()]
    marks = [mark for block in groups for mark in _marks(matrix[:, block])]
    return RefittedEffects(
        design=matrix,
        treated=arm,
        time=checks.times(time, length=arm.shape[0]),
        event=checks.events(event, arm.shape[0]),
        levels=np.column_stack(marks) if marks else np.empty((arm.shape[0], 0)),
        estimators=dict(estimators),
    )


def _marks(columns: FloatArray) -> list[FloatArray]:
    """Indicators of all levels of a factor; nothing for numbers."""
    if not np.isin(columns, (0, 1)).all():
        return []
    return [1 - columns.max(axis=1), *columns.T]


def _independent(matrix: FloatArray) -> FloatArray:
    """The columns that vary and are no linear combination of earlier ones."""
    varying = matrix[:, np.ptp(matrix, axis=0) > 0]
    standard = (varying - varying.mean(axis=0)) / varying.std(axis=0)
    return np.delete(varying, dependent_columns(standard.T @ standard), axis=1)


def weighted_log_hr(
    sample: Sample, *, estimand: str = "ate", stabilised: bool = False, adjusted: bool = False, ties: str = "efron"
) -> float:
    """Weighted by the score (see weights); `adjusted` adds the score's terms to the model (see weighted_effect)."""
    found = weights(sample.score, sample.treated, estimand=estimand, stabilised=stabilised).weights
    others = sample.design if adjusted else None
    return arm_log_hr(sample.treated, sample.time, sample.event, weights=found, covariates=others, ties=ties)


def rematched_log_hr(sample: Sample, *, exact: ArrayLike | None = None, ties: str = "efron", **options: Any) -> float:
    """After matching anew by match_nearest with `options` (caliper and so on); `exact` (one row per patient of the
    whole data) as there. Equal scores, and so the copies of a patient, keep the order in which they were drawn.

    A matched estimate is no smooth function of the data, for which the bootstrap is not valid: its spread shows how
    stable the estimate is and is no confidence interval. Source: Abadie and Imbens, Econometrica 2008.
    """
    labels = None if exact is None else np.asarray(exact)[sample.rows]
    found = match_nearest(sample.score, sample.treated, exact=labels, **options).weights
    kept = found > 0
    return arm_log_hr(sample.treated[kept], sample.time[kept], sample.event[kept], weights=found[kept], ties=ties)
