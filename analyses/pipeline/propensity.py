"""The propensity score: the probability of treatment given the covariates, by unpenalised logistic regression."""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.linear import invert, refuse_dependent
from analyses.pipeline.separation import refuse_separated_columns, refuse_separation

LARGEST_ITERATIONS = 200
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
    centre, scale = matrix.mean(axis=0), matrix.std(axis=0)
    standard = (matrix - centre) / scale
    refuse_dependent(standard.T @ standard, labels)
    beta, alpha = _newton(standard, arm, matrix, labels)
    logit = np.round(_linear(standard, beta, alpha), LOGIT_DECIMALS)
    score = expit(logit)
    covariance = _covariance(standard, score, centre, scale)
    return PropensityFit(
        score=score,
        logit=logit,
        names=labels,
        intercept=float(alpha - (beta / scale) @ centre),
        coef=beta / scale,
        se=np.sqrt(np.diag(covariance))[1:],
        covariance=covariance,
        loglik=(_null_loglik(arm), _loglik(logit, arm)),
        n=arm.shape[0],
        n_treated=int(arm.sum()),
    )


def _newton(standard: FloatArray, arm: BoolArray, matrix: FloatArray, names: Sequence[str]) -> tuple[FloatArray, float]:
    model = LogisticRegression(C=math.inf, solver="newton-cholesky", tol=1e-10, max_iter=LARGEST_ITERATIONS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(standard, arm)
    beta, alpha = np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])
    if np.abs(standard @ beta + alpha).max() > SUSPICIOUS_LOGIT:
        refuse_separation(matrix, arm, names)
    if any(issubclass(item.category, ConvergenceWarning) for item in caught):
        raise checks.NotConverged("The propensity model did not converge; look for extreme or redundant covariates.")
    return beta, alpha


def _linear(standard: FloatArray, beta: FloatArray, alpha: float) -> FloatArray:
    """Column by column, so that equal patients get equal scores to the last bit wherever they stand in the table."""
    result = np.full(standard.shape[0], alpha)
    for column, value in enumerate(beta.tolist()):
        result += standard[:, column] * value
    return result


def _covariance(standard: FloatArray, score: FloatArray, centre: FloatArray, scale: FloatArray) -> FloatArray:
    """Inverse information on the scale of the original columns, intercept first."""
    weight = score * (1 - score)
    weighted = standard * weight[:, np.newaxis]
    size = standard.shape[1] + 1
    information = np.empty((size, size))
    information[0, 0] = weight.sum()
    information[0, 1:] = information[1:, 0] = weighted.sum(axis=0)
    information[1:, 1:] = standard.T @ weighted
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
