"""The effect of the arm in the weighted patients."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.cox import CoxFit, CoxTerm, fit_cox

SCORE_KNOWN = "robust, score treated as known"


@dataclass(frozen=True, slots=True, eq=False)
class WeightedEffect:
    """The hazard ratio of the treated arm (`term`, with the robust standard error that `standard_error` describes),
    the model it comes from, and the covariates that this model holds beside the arm (none for the marginal effect)."""

    term: CoxTerm
    fit: CoxFit = field(repr=False)
    adjusted_for: tuple[str, ...]
    standard_error: str = SCORE_KNOWN


def weighted_effect(
    treated: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    weights: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> WeightedEffect:
    """Weighted Cox model of the arm with the sandwich standard error, in which each patient is a cluster.

    `treated` n of 0/1, `time` n, `event` n of 0/1, `weights` n (0 leaves a patient out; see weights). The standard
    error treats the score as known, which makes it too large for `ate` as a rule and wrong either way for the others:
    the primary interval is that of a bootstrap which fits the score anew (resampling.WeightedHazardRatio).

    `covariates` (n x p, columns `names`) are added to the model of the arm: the outcome-regression-adjusted weighted
    estimate. It is protected against a wrong score by the outcome model and, as to the test of no effect, against a
    wrong outcome model by the weights. It is the ratio between patients with equal covariates, which is further from 1
    than the marginal ratio of the weights alone, even without confounding (hazard ratios do not collapse).
    Raises EmptyArm (also where an arm has weight 0) and the errors of fit_cox; warns as fit_cox.
    Equals R's `coxph(weights =, robust = TRUE)`. Source: Lin and Wei, JASA 1989; Binder, Biometrika 1992; Austin, Stat
    Med 2016 (bootstrap).
    """
    arm = checks.two_arms(treated)
    weight = checks.weights(weights, arm.shape[0])
    checks.two_arms(arm[weight > 0])
    design, others = arm.astype(np.float64)[:, np.newaxis], tuple[str, ...]()
    if covariates is not None:
        matrix, others = checks.design_matrix(covariates, names)
        if matrix.shape[0] != arm.shape[0]:
            raise checks.LengthMismatch(f"covariates has {matrix.shape[0]} rows where {arm.shape[0]} are needed.")
        design = np.hstack([design, matrix])
    rows, labels = np.arange(arm.shape[0]), ("treated", *others)
    fit = fit_cox(design, time, event, names=labels, ties=ties, weights=weight, cluster=rows)
    return WeightedEffect(term=fit.terms(level)[0], fit=fit, adjusted_for=others)
