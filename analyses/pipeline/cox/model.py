"""What a fitted Cox model holds."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.cox.concordance import Concordance, concordance_of
from analyses.pipeline.cox.likelihood import Evaluation
from analyses.pipeline.cox.risk_sets import RiskSets


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A chi-square test of all coefficients."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One row of a table of hazard ratios; `se` is the robust one where the model has clusters."""

    name: str
    coef: float
    se: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What later computations on a fit need: risk sets, standardised columns in their order, the state at the end."""

    sets: RiskSets
    x: FloatArray
    centre: FloatArray
    scale: FloatArray
    state: Evaluation
    information: FloatArray
    cluster: IntArray | None
    length: int


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted model. Arrays have one entry per column (p) of the design, matrices are p x p.

    `robust_se` and `robust_covariance` are None without clusters. `loglik` is (null, fitted), penalised with `firth`,
    as is `lrt`. `wald` uses the robust covariance where there is one, as R does. `diverging` names columns without a
    finite estimate.
    """

    names: tuple[str, ...]
    coef: FloatArray
    se: FloatArray
    robust_se: FloatArray | None
    covariance: FloatArray
    robust_covariance: FloatArray | None
    loglik: tuple[float, float]
    lrt: ChiSquare
    wald: ChiSquare
    score: ChiSquare
    n: int
    n_events: int
    ties: str
    firth: bool
    diverging: tuple[str, ...]
    fitted: Fitted = field(repr=False)

    @cached_property
    def concordance(self) -> Concordance:
        """Harrell's C with its infinitesimal-jackknife standard error (over clusters where there are any)."""
        return concordance_of(self.fitted.sets, self._sorted_linear, self.fitted.cluster)

    @property
    def _sorted_linear(self) -> FloatArray:
        return np.asarray(self.fitted.x @ (self.coef * self.fitted.scale))

    @property
    def linear_predictor(self) -> FloatArray:
        """x b, centred at the column means, one entry per row of the input (0 for rows of weight 0)."""
        result = np.zeros(self.fitted.length)
        result[self.fitted.sets.order] = self._sorted_linear
        return result

    def terms(self, level: float = 0.95) -> tuple[CoxTerm, ...]:
        """Hazard ratios with confidence limits exp(coef -+ z se) and Wald p-values."""
        return hazard_ratios(self.names, self.coef, self.se if self.robust_se is None else self.robust_se, level)


def hazard_ratios(names: tuple[str, ...], coef: FloatArray, se: FloatArray, level: float) -> tuple[CoxTerm, ...]:
    """One row per coefficient."""
    quantile = float(ndtri((1 + checks.proportion(level, "level")) / 2))
    return tuple(
        _term(name, float(beta), float(error), quantile) for name, beta, error in zip(names, coef, se, strict=True)
    )


def _term(name: str, coef: float, se: float, quantile: float) -> CoxTerm:
    hr, lower, upper = (float(np.exp(np.clip(coef + shift * se, -700, 700))) for shift in (0.0, -quantile, quantile))
    return CoxTerm(name, coef, se, hr, lower, upper, coef / se, float(2 * ndtr(-abs(coef / se))))
