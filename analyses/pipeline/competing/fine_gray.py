"""Fine and Gray's model of the subdistribution hazard."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.clock import read_clock
from analyses.pipeline.competing.subdistribution import SubdistributionSets, arrange_subdistribution, backward_sums
from analyses.pipeline.cox.inputs import standardise
from analyses.pipeline.cox.likelihood import Evaluation, weighted_gram
from analyses.pipeline.cox.model import CoxTerm, hazard_ratios
from analyses.pipeline.cox.newton import Maximum, Point, climb, evaluate_point, null_point
from analyses.pipeline.cox.residuals import score_residuals
from analyses.pipeline.grouping import group_sums
from analyses.pipeline.linear import invert

TIES = "breslow"


@dataclass(frozen=True, slots=True, eq=False)
class FineGrayFit:
    """A fitted model. Arrays have one entry per column (p) of the design; `covariance` (p x p) is the sandwich.

    `loglik` is (null, fitted), of a pseudo-likelihood: its differences are not chi-square. `diverging` names columns
    without a finite estimate.
    """

    cause: int
    names: tuple[str, ...]
    coef: FloatArray
    se: FloatArray
    covariance: FloatArray
    loglik: tuple[float, float]
    n: int
    n_events: int
    diverging: tuple[str, ...]

    def terms(self, level: float = 0.95) -> tuple[CoxTerm, ...]:
        """Subdistribution hazard ratios with confidence limits exp(coef -+ z se) and Wald p-values."""
        return hazard_ratios(self.names, self.coef, self.se, level)


def fine_gray(
    design: ArrayLike, time: ArrayLike, event: ArrayLike, *, cause: int, names: Sequence[str] | None = None
) -> FineGrayFit:
    """Proportional hazards of the subdistribution, -log(1 - F(t | x)) = H(t) exp(x b), F the incidence of `cause`.

    `design` n x p, `time` n, `event` n of 0 (censored) or the number of a cause. The score is sum over events of
    x - S1 / S0 with tied events as Breslow has them; risk sets hold who is under observation and, with weight
    G(t-) / G(T-), who had another event at T < t, G the Kaplan-Meier curve of censoring in all patients. The covariance
    is I^-1 sum (eta + psi)(eta + psi)' I^-1, eta the score residuals, psi the part of the estimate of G.
    Times that differ by rounding only are one time. Warns with Divergence, naming columns, where there is no maximum.
    Raises LengthMismatch, MissingValues, NegativeTime, BadValue, BadOption, NoEvents, ConstantColumn, Collinear,
    NotConverged. Equals R's `cmprsk::crr`; survival's `finegray` with `coxph` has another standard error.
    Source: Fine and Gray, JASA 1999.
    """
    matrix, labels = checks.design_matrix(design, names)
    end = checks.times(time, length=matrix.shape[0])
    codes = checks.causes(event, end.shape[0], cause)
    sets = arrange_subdistribution(read_clock(end), codes, cause)
    x, _, scale = standardise(matrix, sets, labels)
    null = null_point(sets, x, labels, TIES)
    return _summarise(sets, x, scale, labels, cause, null, climb(sets, x, TIES, null))


def _summarise(
    sets: SubdistributionSets,
    x: FloatArray,
    scale: FloatArray,
    names: tuple[str, ...],
    cause: int,
    null: Point,
    maximum: Maximum,
) -> FineGrayFit:
    # A sandwich needs the derivatives at the maximum itself, not at the point before its last small step.
    end = evaluate_point(sets, x, maximum.end.beta, TIES) or maximum.end
    covariance = _sandwich(sets, x, end) / np.outer(scale, scale)
    diverging = tuple(names[column] for column in maximum.diverging)
    _warn_of(diverging)
    return FineGrayFit(
        cause=cause,
        names=names,
        coef=end.beta / scale,
        se=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        loglik=(null.state.loglik, end.state.loglik),
        n=sets.order.shape[0],
        n_events=int(sets.event.sum()),
        diverging=diverging,
    )


def _sandwich(sets: SubdistributionSets, x: FloatArray, end: Point) -> FloatArray:
    influence = score_residuals(sets, x, end.state) + censoring_residuals(sets, x, end.state)
    bread = invert(end.information)
    return np.asarray(bread @ weighted_gram(influence, np.ones(influence.shape[0])) @ bread)


def censoring_residuals(sets: SubdistributionSets, x: FloatArray, state: Evaluation) -> FloatArray:
    """What the estimate of G adds to the influence of each row (n x p, rows in the order of `sets`).

    psi_i = [i censored] q(T_i) / Y(T_i) - sum over censoring times u <= T_i of q(u) c(u) / Y(u)^2 with Y at risk, c
    censored, and q(u) = sum over t >= u of d(t) / S0(t) sum of w_k(t) r_k (x_k - S1 / S0) over k with another event
    before u. Source: Fine and Gray 1999, section 3.
    """
    size = int(sets.clock_code.max()) + 1
    stayed = state.risk * sets.staying
    weights = state.sums.a * sets.uncensored_at_events
    mean = sets.over_sets(state.risk, x) * (state.sums.a / sets.death_weight)[:, np.newaxis]
    following = np.searchsorted(sets.clock_code[sets.event][sets.tied.start], np.arange(size))
    hazard = backward_sums(weights)[following]
    moved = backward_sums(weights[:, np.newaxis] * mean)[following]
    q = _before(_by_time(sets, stayed[:, np.newaxis] * x)) * hazard[:, np.newaxis]
    q -= _before(_by_time(sets, stayed[:, np.newaxis])) * moved
    at_risk = np.cumsum(np.bincount(sets.clock_code, minlength=size)[::-1])[::-1][:, np.newaxis]
    censored = sets.code == 0
    count = group_sums(sets.clock_code, censored, size)[:, np.newaxis]
    result = -np.cumsum(q * count / at_risk**2, axis=0)[sets.clock_code]
    result[censored] += (q / at_risk)[sets.clock_code[censored]]
    return np.asarray(result)


def _by_time(sets: SubdistributionSets, values: FloatArray) -> FloatArray:
    """Sums of the rows of `values` at each distinct time."""
    size = int(sets.clock_code.max()) + 1
    return np.stack([group_sums(sets.clock_code, column, size) for column in values.T], axis=1)


def _before(values: FloatArray) -> FloatArray:
    """Sums along the first axis of all earlier entries."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)[:-1]])


def _warn_of(diverging: tuple[str, ...]) -> None:
    if diverging:
        warnings.warn(
            f"No finite estimate: {', '.join(diverging)} (no events of the cause on one side?). Its hazard ratio and "
            "interval do not stand; join levels or leave it out.",
            checks.Divergence,
            stacklevel=4,
        )
