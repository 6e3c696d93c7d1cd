"""The partial likelihood, its score and its information, without a loop over rows.

At an event time with d deaths (weights w, mean weight m, r = exp(x b)), Efron's approximation uses, for l = 0..d-1,
phi_l = S0 - (l / d) D0 with S0 = sum of w r over the risk set and D0 over the deaths. With a = m sum 1 / phi,
b = m sum (l / d) / phi and A the sum of a over the time at risk,

    score        = X' (w event - w r (A - event b))
    information  = X' diag(w r (A - event b)) X - sum over event times of m sum_l mu_l mu_l'

where mu_l = (S1 - (l / d) D1) / phi_l. Breslow's approximation is l = 0 throughout. Only S0 and S1 need cumulative
sums.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analyses.pipeline.checks import FloatArray
from analyses.pipeline.cox.risk_sets import RiskSets

# rows at a time: few enough to stay in the cache, and for the linear algebra library to leave them to one thread
BLOCK, NARROW_BLOCK = 1024, 8192
# a risk set of less, in units of its greatest risk, can be squared and inverted no more
SMALLEST_RISK = 1e-140


@dataclass(frozen=True, slots=True, eq=False)
class EfronSums:
    """Per event time (K): m sum_l of 1/phi (`a`), f/phi (`b`), 1/phi^2 (`p`), f/phi^2 (`q`), f^2/phi^2 (`s`), f = l/d.

    `penalty` is the sum over event times of m sum_l log phi. `b`, `q`, `s` are None where nothing is tied.
    """

    a: FloatArray
    p: FloatArray
    b: FloatArray | None
    q: FloatArray | None
    s: FloatArray | None
    penalty: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The likelihood at one point: `risk` is w r per row, `exposure` is w r (A - event b) per row."""

    loglik: float
    risk: FloatArray
    exposure: FloatArray
    sums: EfronSums


def evaluate(sets: RiskSets, linear: FloatArray, ties: str) -> Evaluation | None:
    """Log-likelihood at the linear predictor `linear` (n, in the order of `sets`); None where it overflows."""
    risk = linear - _highest(sets, linear)
    gain = float(sets.weight[sets.event] @ risk[sets.event])
    np.exp(risk, out=risk)
    risk *= sets.weight
    sums = _sums(sets, risk, ties)
    if sums is None:
        return None
    exposure = hazard_of(sets, sums.a, sums.b)
    exposure *= risk
    return Evaluation(gain - sums.penalty, risk, exposure, sums)


def _highest(sets: RiskSets, linear: FloatArray) -> FloatArray | float:
    """The highest value in each row's stratum: strata are compared with themselves only, whatever lies between them."""
    if sets.openings.shape[0] == 1:
        return float(linear.max())
    highest = np.maximum.reduceat(linear, sets.openings)
    return np.repeat(highest, np.diff(sets.openings, append=linear.shape[0]))


def hazard_of(sets: RiskSets, a: FloatArray, b: FloatArray | None) -> FloatArray:
    """A - event b for each row."""
    hazard = sets.while_at_risk(a)
    if b is not None:
        hazard[sets.event] -= b[sets.group]
    return hazard


def _sums(sets: RiskSets, risk: FloatArray, ties: str) -> EfronSums | None:
    everyone = sets.total_over_sets(risk)
    if not everyone.min() > SMALLEST_RISK:
        return None
    weight = sets.death_weight
    if ties == "breslow" or sets.deaths.max() == 1:
        a = weight / everyone
        return EfronSums(a, a / everyone, None, None, None, float(weight @ np.log(everyone)))
    dying = sets.total_over_deaths(risk)
    start, group, share = sets.tied
    phi = everyone[group] - share * dying[group]
    if not phi.min() > SMALLEST_RISK:
        return None
    mean = weight / sets.deaths
    inverse = 1 / phi
    a, p = mean * np.add.reduceat(inverse, start), mean * np.add.reduceat(inverse**2, start)
    b, q = mean * np.add.reduceat(share * inverse, start), mean * np.add.reduceat(share * inverse**2, start)
    s = mean * np.add.reduceat((share * inverse) ** 2, start)
    return EfronSums(a, p, b, q, s, float(mean @ np.add.reduceat(np.log(phi), start)))


def derivatives(sets: RiskSets, x: FloatArray, state: Evaluation) -> tuple[FloatArray, FloatArray]:
    """Score (p) and information (p x p) of the log-likelihood."""
    score, gram = np.zeros(x.shape[1]), np.zeros((x.shape[1], x.shape[1]))
    for rows in _blocks(x):
        block, exposure = x[rows], state.exposure[rows]
        score += (sets.weight[rows] * sets.event[rows] - exposure) @ block
        scaled = block * np.sqrt(np.maximum(exposure, 0.0))[:, np.newaxis]
        gram += scaled.T @ scaled
    return score, gram - _between(sets, x, state, 1.0)


def information(sets: RiskSets, x: FloatArray, state: Evaluation, factor: FloatArray) -> FloatArray:
    """Minus the second derivative (p x p) with the share of each event time multiplied by `factor` (K)."""
    a, b = state.sums.a * factor, None if state.sums.b is None else state.sums.b * factor
    gram = weighted_gram(x, state.risk * hazard_of(sets, a, b))
    return gram - _between(sets, x, state, factor)


def _between(sets: RiskSets, x: FloatArray, state: Evaluation, factor: FloatArray | float) -> FloatArray:
    """sum over event times of factor m sum_l mu_l mu_l'."""
    sums = state.sums
    first = sets.over_sets(state.risk, x)
    result = weighted_gram(first, sums.p * factor)
    if sums.q is None or sums.s is None:
        return result
    dying = sets.over_deaths(state.risk, x)
    cross = first.T @ (dying * (sums.q * factor)[:, np.newaxis])
    return result - cross - cross.T + weighted_gram(dying, sums.s * factor)


def weighted_gram(x: FloatArray, weight: FloatArray) -> FloatArray:
    """X' diag(weight) X."""
    result = np.zeros((x.shape[1], x.shape[1]))
    for rows in _blocks(x):
        block = x[rows]
        result += block.T @ (block * weight[rows, np.newaxis])
    return result


def _blocks(x: FloatArray) -> Iterator[slice]:
    length = max(BLOCK, NARROW_BLOCK // x.shape[1])
    for start in range(0, x.shape[0], length):
        yield slice(start, start + length)
