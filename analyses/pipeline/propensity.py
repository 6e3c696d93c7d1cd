"""The propensity score: the probability of treatment given the covariates, by unpenalised logistic regression."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.linear import invert, refuse_dependent
from analyses.pipeline.separation import refuse_separated_columns, refuse_separation

LARGEST_ITERATIONS = 50
LARGEST_HALVINGS = 30
NEGLIGIBLE_DECREMENT = 1e-12
# rows that are summed at once: few enough to stay in the cache, and for sums not to depend on the number of threads
BLOCK = 1024
SUSPICIOUS_LOGIT = 15.0
LOGIT_DECIMALS = 11


@dataclass(frozen=True, slots=True, eq=False)
class PropensityFit:
    """A fitted score. `score` (n) is the probability of treatment, `logit` (n) its log odds; `coef`, `se` (p) belong to
    `names`; `covariance` is (p + 1) x (p + 1) with the intercept first; `loglik` is (intercept only, fitted)."""

    score: FloatArray
    logit: FloatArray
    names: tuple[str, ...]
    intercept: float
    coef: FloatArray
    se: FloatArray
    covariance: FloatArray
    loglik: tuple[float, float]
    n: int
    n_treated: int


@dataclass(frozen=True, slots=True, eq=False)
class NonOverlap:
    """Patients whose level of a characteristic occurs in one arm only: nobody to compare them with."""

    variable: str
    level: str
    rows: IntArray
    arm: str


def fit_propensity(design: ArrayLike, treated: ArrayLike, *, names: Sequence[str] | None = None) -> PropensityFit:
    """Maximum likelihood logit P(treated) = intercept + design @ coef.

    `design` n x p without an intercept (factors as indicator columns), `treated` n of 0/1. Columns are standardised for
    the iterations only. Equals R's `glm(family = binomial)`; scikit-learn's defaults (penalised) would not.
    Raises ConstantColumn, Collinear, Separation (naming columns), EmptyArm, MissingValues, NotConverged.
    """
    matrix, labels = checks.design_matrix(design, names)
    arm = checks.two_arms(treated, matrix.shape[0])
    checks.refuse_constant(matrix, labels)
    refuse_separated_columns(matrix, arm, labels)
    x, centre, scale = _standardised(matrix)
    refuse_dependent((x.T @ x)[1:, 1:], labels)
    beta = _maximise(x, arm)
    logit = np.round(_linear(x, beta), LOGIT_DECIMALS)
    if np.abs(logit).max() > SUSPICIOUS_LOGIT:
        refuse_separation(matrix, arm, labels)
    score = expit(logit)
    covariance = _covariance(_derivatives(x, arm, score)[1], centre, scale)
    coef = beta[1:] / scale
    return PropensityFit(
        score=score,
        logit=logit,
        names=labels,
        intercept=float(beta[0] - coef @ centre),
        coef=coef,
        se=np.sqrt(np.diag(covariance))[1:],
        covariance=covariance,
        loglik=(_null_loglik(arm), _loglik(logit, arm)),
        n=arm.shape[0],
        n_treated=int(arm.sum()),
    )


def _standardised(matrix: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A column of ones, then the columns with mean 0 and variance 1; and what was subtracted and divided by."""
    centre = matrix.mean(axis=0)
    x = np.empty((matrix.shape[0], matrix.shape[1] + 1))
    x[:, 0] = 1.0
    np.subtract(matrix, centre, out=x[:, 1:])
    scale = np.sqrt(np.einsum("ij,ij->j", x[:, 1:], x[:, 1:]) / matrix.shape[0])
    x[:, 1:] /= scale
    return x, centre, scale


def _maximise(x: FloatArray, arm: BoolArray) -> FloatArray:
    """Newton's method from the score of an intercept alone; under separation it ends far out, where the likelihood is
    flat."""
    share = float(arm.mean())
    beta = np.zeros(x.shape[1])
    beta[0] = math.log(share / (1 - share))
    logit = x @ beta
    loglik = _loglik(logit, arm)
    for _ in range(LARGEST_ITERATIONS):
        gradient, information = _derivatives(x, arm, expit(logit))
        step = _newton_step(information, gradient)
        if float(step @ gradient) < NEGLIGIBLE_DECREMENT:
            return np.asarray(beta + step)
        factor, logit, loglik = _rising(arm, logit, x @ step, loglik)
        beta = beta + factor * step
    raise checks.NotConverged("The propensity model did not converge; look for extreme or redundant covariates.")


def _derivatives(x: FloatArray, arm: BoolArray, score: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradient and information of the log-likelihood."""
    residual, root = arm - score, np.sqrt(score * (1 - score))[:, np.newaxis]
    gradient, information = np.zeros(x.shape[1]), np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, x.shape[0], BLOCK):
        block = x[start : start + BLOCK]
        gradient += residual[start : start + BLOCK] @ block
        scaled = block * root[start : start + BLOCK]
        information += scaled.T @ scaled
    return gradient, information


def _newton_step(information: FloatArray, gradient: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(information, gradient))
    except np.linalg.LinAlgError:
        return np.asarray(invert(information) @ gradient)


def _rising(arm: BoolArray, logit: FloatArray, change: FloatArray, loglik: float) -> tuple[float, FloatArray, float]:
    """The share of the step, halved until the likelihood does not fall, with the logit and the likelihood there."""
    for halving in range(LARGEST_HALVINGS):
        factor = 0.5**halving
        there = logit + factor * change
        found = _loglik(there, arm)
        if found >= loglik - 1e-11 * abs(loglik):
            return factor, there, found
    raise checks.NotConverged("No step raises the likelihood of the propensity model; look for extreme covariates.")


def _linear(x: FloatArray, beta: FloatArray) -> FloatArray:
    """Column by column, so that equal patients get equal scores to the last bit wherever they stand in the table."""
    result = np.zeros(x.shape[0])
    for column, value in enumerate(beta.tolist()):
        result += x[:, column] * value
    return result


def _covariance(information: FloatArray, centre: FloatArray, scale: FloatArray) -> FloatArray:
    """Inverse information on the scale of the original columns, intercept first."""
    back = np.diag(np.concatenate([[1.0], 1 / scale]))
    back[0, 1:] = -centre / scale
    return np.asarray(back @ invert(information) @ back.T)


def _loglik(logit: FloatArray, arm: BoolArray) -> float:
    return -float(np.logaddexp(0, np.where(arm, -logit, logit)).sum())


def _null_loglik(arm: BoolArray) -> float:
    n, k = arm.shape[0], int(arm.sum())
    return float(k * math.log(k / n) + (n - k) * math.log(1 - k / n))


def find_non_overlap(variables: Mapping[str, ArrayLike], treated: ArrayLike) -> tuple[NonOverlap, ...]:
    """Levels of the given categorical variables that occur in one arm only, with the row numbers of their patients."""
    arm = checks.two_arms(treated)
    found: list[NonOverlap] = []
    for variable, values in variables.items():
        levels, codes = checks.labels(values, variable, arm.shape[0])
        in_treated = np.bincount(codes[arm], minlength=len(levels))
        in_control = np.bincount(codes[~arm], minlength=len(levels))
        for code in np.flatnonzero((in_treated == 0) | (in_control == 0)).tolist():
            where = "control" if in_treated[code] == 0 else "treated"
            found.append(NonOverlap(variable, str(levels[code]), np.flatnonzero(codes == code), where))
    return tuple(found)
