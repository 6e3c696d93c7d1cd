"""Profile likelihood intervals and tests of Firth's penalised fits, whose likelihoods are too skewed for Wald's."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.cox.firth import climb_penalised, penalised_point
from analyses.pipeline.cox.model import CoxFit, CoxTerm

FARTHEST_LOG_RATIO = 300.0
LIMIT_TOLERANCE = 1e-11


def profile_terms(fit: CoxFit, level: float = 0.95) -> tuple[CoxTerm, ...]:
    """Hazard ratios of a fit with `firth=True`, limits and p-values from the profile of the penalised likelihood.

    The limits of b_j are where twice the fall of max over the others of l(b) + 0.5 log det I(b) reaches the chi-square
    quantile of `level`; the test compares b_j = 0 likewise (1 df), and `z` is its signed root. The determinant is that
    of all columns throughout. A limit that the profile does not reach is 0 or infinity.
    Raises BadOption for a fit without `firth`. Equals R's coxphf(pl = TRUE).
    Source: Heinze and Schemper, Biometrics 2001.
    """
    quantile = float(chdtri(1, 1 - checks.proportion(level, "level")))
    if not fit.firth:
        raise checks.BadOption("profile_terms needs a fit with firth=True.")
    return tuple(_term(fit, column, quantile) for column in range(len(fit.names)))


def _term(fit: CoxFit, column: int, quantile: float) -> CoxTerm:
    fall, best, scale = _fall(fit, column), float(fit.coef[column]), float(fit.fitted.scale[column])
    lower, upper = (_limit(fall, best * scale, side * fit.se[column] * scale, quantile) for side in (-1.0, 1.0))
    statistic = max(fall(0.0), 0.0)
    hr, low, high = (float(np.exp(np.clip(value, -700, 700))) for value in (best, lower / scale, upper / scale))
    return CoxTerm(
        name=fit.names[column],
        coef=float(best),
        se=float(fit.se[column]),
        hr=hr,
        lower=0.0 if np.isinf(lower) else low,
        upper=np.inf if np.isinf(upper) else high,
        z=float(np.copysign(np.sqrt(statistic), best)),
        p=float(chdtrc(1, statistic)),
    )


def _fall(fit: CoxFit, column: int) -> Callable[[float], float]:
    """Twice the fall of the profile from the maximum, as a function of the standardised coefficient of `column`.

    Each search starts from the nearest end of an earlier one, so that the profile is followed without a jump.
    """
    sets, x = fit.fitted.sets, fit.fitted.x
    end = fit.coef * fit.fitted.scale
    free = np.arange(end.shape[0]) != column
    top = fit.loglik[1] - float(np.log(fit.fitted.scale).sum())
    known = {float(end[column]): (0.0, end)}

    def fall(value: float) -> float:
        if value not in known:
            beta = known[min(known, key=lambda other: abs(other - value))][1]
            start = penalised_point(sets, x, _with(beta, column, value), fit.ties)
            found = climb_penalised(sets, x, fit.ties, start, free)
            known[value] = (2 * (top - found.loglik), found.point.beta)
        return known[value][0]

    return fall


def _with(beta: FloatArray, column: int, value: float) -> FloatArray:
    result = beta.copy()
    result[column] = value
    return result


def _limit(fall: Callable[[float], float], best: float, step: float, quantile: float) -> float:
    """Where the fall reaches `quantile` on the side of `step`; infinite where it does not within any hazard ratio."""
    near, far = best, best + step
    while fall(far) < quantile:
        near, step = far, 1.5 * step
        far = near + step
        if abs(far) > FARTHEST_LOG_RATIO:
            return float(np.copysign(np.inf, step))
    return float(brentq(lambda value: fall(value) - quantile, near, far, xtol=LIMIT_TOLERANCE * max(1.0, abs(far))))
