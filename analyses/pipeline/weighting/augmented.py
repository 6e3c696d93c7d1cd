"""Doubly robust differences between the arms: survival at a time, and restricted mean survival time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray
from analyses.pipeline.clock import TOLERANCE
from analyses.pipeline.linear import refuse_dependent
from analyses.pipeline.weighting.pseudo_values import rmst_pseudo_values, survival_pseudo_values

MEASURES = {"survival": survival_pseudo_values, "rmst": rmst_pseudo_values}


@dataclass(frozen=True, slots=True)
class AugmentedDifference:
    """What survival at `tau`, or restricted mean survival time up to it, would be if all patients were controls and if
    all were treated, and `difference` treated - control with its standard error and normal limits."""

    measure: str
    tau: float
    control: float
    treated: float
    difference: float
    se: float
    lower: float
    upper: float


def augmented_difference(
    design: ArrayLike,
    treated: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    *,
    tau: float,
    measure: str = "survival",
    names: Sequence[str] | None = None,
    level: float = 0.95,
) -> AugmentedDifference:
    """Augmented inverse probability weighting of jackknife pseudo-values, for the effect in all patients.

    With y the pseudo-values (of each arm's Kaplan-Meier curve), e the score and m_a the least squares regression of y
    on the covariates in arm a, the mean of arm a is the mean over all patients of m_a + [in arm a] (y - m_a) / P(a),
    P(1) = e, P(0) = 1 - e; the standard error is that of the mean of the patients' differences of these terms. Right
    when either the score or the regressions are; the standard error then needs both. Censoring may depend on the arm,
    not on the covariates.

    `design` n x p covariates with column `names`, `treated` n of 0/1, `time` n, `event` n of 0/1, `score` n
    probabilities strictly between 0 and 1; `measure` "survival" (share alive at `tau`) or "rmst" (in units of `time`).
    Raises BadOption, BadValue, BeyondFollowUp (an arm ends before `tau`), ConstantColumn and Collinear (within an arm),
    EmptyArm, LengthMismatch, MissingValues, NegativeTime.
    Source: Andersen, Syriopoulou and Parner, Stat Med 2017; Wang, Pharm Stat 2018.
    """
    checks.option(measure, "measure", tuple(MEASURES))
    matrix, labels = checks.design_matrix(design, names)
    arm = checks.two_arms(treated, matrix.shape[0])
    end = checks.times(time, length=arm.shape[0])
    happened = checks.indicator(event, "event", arm.shape[0])
    e = checks.vector(score, "score", arm.shape[0])
    if e.min() <= 0 or e.max() >= 1:
        raise checks.BadValue("Weights need scores strictly between 0 and 1; leave out patients without overlap.")
    _refuse_late(end, arm, tau)
    z = float(ndtri((1 + checks.proportion(level, "level")) / 2))
    x = np.column_stack([np.ones(arm.shape[0]), matrix])
    terms = [
        _terms(x, rows, MEASURES[measure](end[rows], happened[rows], tau), probability, labels)
        for rows, probability in ((~arm, 1 - e), (arm, e))
    ]
    gap = terms[1] - terms[0]
    difference, se = float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(gap.shape[0]))
    return AugmentedDifference(
        measure=measure,
        tau=float(tau),
        control=float(terms[0].mean()),
        treated=float(terms[1].mean()),
        difference=difference,
        se=se,
        lower=difference - z * se,
        upper=difference + z * se,
    )


def _refuse_late(time: FloatArray, arm: BoolArray, tau: float) -> None:
    if not 0 < tau < np.inf:
        raise checks.BadValue(f"tau must be a positive time; found {tau}.")
    last = min(float(time[rows].max()) for rows in (arm, ~arm))
    if tau > last + TOLERANCE:
        raise checks.BeyondFollowUp(f"tau = {tau:g} lies after the last follow-up time {last:g} of an arm.")


def _terms(
    x: FloatArray, rows: BoolArray, values: FloatArray, probability: FloatArray, names: Sequence[str]
) -> FloatArray:
    """The regression's prediction for everybody, and for this arm's patients what it misses, weighted."""
    inside = x[rows]
    checks.refuse_constant(inside[:, 1:], names)
    centred = inside[:, 1:] - inside[:, 1:].mean(axis=0)
    refuse_dependent(centred.T @ centred, names)
    coefficients = np.linalg.lstsq(inside, values, rcond=None)[0]
    predicted = x @ coefficients
    result = predicted.copy()
    result[rows] += (values - predicted[rows]) / probability[rows]
    return np.asarray(result)
