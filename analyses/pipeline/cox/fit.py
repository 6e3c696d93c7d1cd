"""Fitting Cox's proportional hazards model."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.cox.firth import climb_penalised, penalised_point
from analyses.pipeline.cox.inputs import read_risk_sets, standardise
from analyses.pipeline.cox.model import ChiSquare, CoxFit, Fitted
from analyses.pipeline.cox.newton import Maximum, Point, climb, null_point
from analyses.pipeline.cox.residuals import robust_covariance
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.linear import invert, quadratic

TIES = ("efron", "breslow")


def fit_cox(
    design: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    entry: ArrayLike | None = None,
    ties: str = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    firth: bool = False,
) -> CoxFit:
    """Maximum partial likelihood, or Firth's penalised one.

    `design` n x p, `time` n, `event` n of 0/1, `entry` n delayed entry times (at risk when entry < t <= time),
    `weights` n, `strata` n labels with a baseline hazard each, `cluster` n labels (pairs, centres) for robust standard
    errors. `ties` "efron" or "breslow". Times that differ by rounding only are one time.
    `firth` maximises l(b) + 0.5 log det I(b), which has a maximum where l has none: standard errors are those of I
    there, `lrt` compares penalised likelihoods, `score` is that of l, clusters are refused, and `profile_terms` has
    better intervals.
    Warns with Divergence, naming columns, where the likelihood has no maximum.
    Raises LengthMismatch, MissingValues, NegativeTime, NoEvents, ConstantColumn, Collinear, BadOption, NotConverged,
    NotSupported. Equals R's `coxph`; with `firth` and Breslow ties `coxphf`.
    Source: Cox, JRSS B 1972; Efron, JASA 1977; Therneau and Grambsch 2000; Heinze and Schemper, Biometrics 2001.
    """
    checks.option(ties, "ties", TIES)
    if firth and cluster is not None:
        raise checks.NotSupported("Firth's penalised likelihood has no cluster-robust standard errors; leave out one.")
    matrix, labels = checks.design_matrix(design, names)
    sets = read_risk_sets(matrix.shape[0], time, event, entry, weights, strata)
    standard, centre, scale = standardise(matrix, sets, labels)
    null = null_point(sets, standard, labels, ties)
    maximum, loglik = _maximise(sets, standard, scale, ties, null, firth)
    codes = None if cluster is None else checks.labels(cluster, "cluster", matrix.shape[0])[1]
    inner = None if codes is None else np.unique(codes[sets.order], return_inverse=True)[1]
    fitted = Fitted(sets, standard, centre, scale, maximum.end.state, maximum.end.information, inner, matrix.shape[0])
    return _summarise(null, maximum, fitted, labels, loglik, ties=ties, firth=firth)


def _maximise(
    sets: RiskSets, x: FloatArray, scale: FloatArray, ties: str, null: Point, firth: bool
) -> tuple[Maximum, tuple[float, float]]:
    """The maximum, and the likelihood (with `firth` penalised, in the units of the columns) at 0 and there."""
    if not firth:
        maximum = climb(sets, x, ties, null)
        return maximum, (null.state.loglik, maximum.end.state.loglik)
    start = penalised_point(sets, x, null.beta, ties)
    end = climb_penalised(sets, x, ties, start, np.ones(x.shape[1], dtype=bool))
    units = float(np.log(scale).sum())
    return Maximum(end.point, ()), (start.loglik + units, end.loglik + units)


def _summarise(
    null: Point,
    maximum: Maximum,
    fitted: Fitted,
    names: tuple[str, ...],
    loglik: tuple[float, float],
    *,
    ties: str,
    firth: bool,
) -> CoxFit:
    standard_covariance = invert(fitted.information)
    back = np.outer(1 / fitted.scale, 1 / fitted.scale)
    robust = None
    if fitted.cluster is not None:
        robust = robust_covariance(fitted.sets, fitted.x, fitted.state, standard_covariance, fitted.cluster)
    beta = maximum.end.beta
    diverging = tuple(names[column] for column in maximum.diverging)
    _warn_of(diverging)
    return CoxFit(
        names=names,
        coef=beta / fitted.scale,
        se=_errors(standard_covariance * back),
        robust_se=None if robust is None else _errors(robust * back),
        covariance=standard_covariance * back,
        robust_covariance=None if robust is None else robust * back,
        loglik=loglik,
        lrt=chi_square(2 * (loglik[1] - loglik[0]), beta.shape[0]),
        wald=chi_square(_wald(beta, fitted, robust), beta.shape[0]),
        score=chi_square(quadratic(null.score, null.information), beta.shape[0]),
        n=fitted.sets.order.shape[0],
        n_events=int(fitted.sets.event.sum()),
        ties=ties,
        firth=firth,
        diverging=diverging,
        fitted=fitted,
    )


def chi_square(statistic: float, df: int) -> ChiSquare:
    """A chi-square test; rounding below zero is zero."""
    return ChiSquare(max(statistic, 0.0), df, float(chdtrc(df, max(statistic, 0.0))))


def _errors(covariance: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.diag(covariance)))


def _wald(beta: FloatArray, fitted: Fitted, robust: FloatArray | None) -> float:
    if robust is None:
        return float(beta @ fitted.information @ beta)
    if np.linalg.matrix_rank(robust, hermitian=True) < beta.shape[0]:
        raise checks.BadValue("There are fewer clusters than covariates; robust standard errors need more clusters.")
    return quadratic(beta, robust)


def _warn_of(diverging: tuple[str, ...]) -> None:
    if diverging:
        warnings.warn(
            f"No finite estimate: {', '.join(diverging)} (no events on one side?). Its likelihood-ratio test stands, "
            "its hazard ratio and interval do not; join levels, leave it out, or penalise (Firth).",
            checks.Divergence,
            stacklevel=4,
        )
