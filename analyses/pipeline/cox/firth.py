"""Firth's penalised partial likelihood, l(b) + 0.5 log det I(b): finite where the likelihood itself has no maximum.

The slope of the penalty in b_j is half the trace of V dI/db_j with V the inverse of the information I. As I is a sum of
covariances of x over risk sets, dI/db_j is a sum of third central moments, and the slope is

    0.5 sum over steps m E[(x - mu)' V (x - mu) (x - mu)]
    = 0.5 sum over steps m (E[h x] - E[h] mu - 2 E[x x'] V mu + 2 mu mu' V mu),    h = x' V x,

where a step is one of Efron's l at an event time (`likelihood`), or an event time with Breslow's approximation, and E
and mu are means over those at risk. Sources: Firth, Biometrika 1993; Heinze and Schemper, Biometrics 2001.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analyses.pipeline.checks import BoolArray, FloatArray, IntArray, NotConverged
from analyses.pipeline.cox.likelihood import Evaluation
from analyses.pipeline.cox.newton import Point, evaluate_point
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.grouping import group_sums
from analyses.pipeline.linear import invert

LARGEST_ITERATIONS = 200
LARGEST_HALVINGS = 30
LARGEST_STEP = 2.0
SMALLEST_CURVATURE = 1e-10
PROMISE_KEPT = 1e-4
# squared distances from the maximum, in standard errors: met, and accepted where rounding lets no step rise
NEGLIGIBLE_DECREMENT = 1e-18
FLAT_DECREMENT = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class PenalisedPoint:
    """The penalised likelihood with its slope at a point of the plain one; `covariance` is the inverse information."""

    point: Point
    loglik: float
    slope: FloatArray
    covariance: FloatArray


class Steps(NamedTuple):
    """Event time, l / d, mean weight of the deaths and sum of risks at each step."""

    group: IntArray
    share: FloatArray
    weight: FloatArray
    risk: FloatArray


def penalised_point(sets: RiskSets, x: FloatArray, beta: FloatArray, ties: str) -> PenalisedPoint:
    """The penalised likelihood at `beta` (p); raises NotConverged where it is not defined."""
    point = evaluate_point(sets, x, beta, ties)
    found = None if point is None else _penalise(sets, x, ties, point)
    if found is None:
        raise NotConverged("Firth's penalised likelihood is not defined here; leave out or join covariates.")
    return found


def _penalise(sets: RiskSets, x: FloatArray, ties: str, point: Point) -> PenalisedPoint | None:
    sign, log_determinant = np.linalg.slogdet(point.information)
    if sign <= 0 or not np.isfinite(log_determinant):
        return None
    covariance = invert(point.information)
    slope = point.score + penalty_slope(sets, x, ties, point.state, covariance)
    return PenalisedPoint(point, point.state.loglik + 0.5 * float(log_determinant), slope, covariance)


def penalty_slope(sets: RiskSets, x: FloatArray, ties: str, state: Evaluation, covariance: FloatArray) -> FloatArray:
    """The slope of 0.5 log det I (p)."""
    steps = _steps(sets, ties, state.risk)
    leverage = np.einsum("ij,jk,ik->i", x, covariance, x)
    mean = _means(sets, steps, state.risk, x)
    moments = _means(sets, steps, state.risk, np.column_stack([leverage[:, np.newaxis] * x, leverage]))
    turned = mean @ covariance
    third = moments[:, :-1] - moments[:, -1:] * mean + 2 * mean * np.einsum("ij,ij->i", mean, turned)[:, np.newaxis]
    pull = turned * (steps.weight / steps.risk)[:, np.newaxis]
    size = sets.deaths.shape[0]
    hazard = sets.while_at_risk(_by_group(steps.group, pull, size))
    hazard[sets.event] -= _by_group(steps.group, pull * steps.share[:, np.newaxis], size)[sets.group]
    cross = (state.risk * np.einsum("ij,ij->i", x, hazard)) @ x
    return np.asarray(0.5 * (steps.weight @ third) - cross)


def _steps(sets: RiskSets, ties: str, risk: FloatArray) -> Steps:
    everyone = sets.total_over_sets(risk)
    if ties == "breslow":
        group = np.arange(everyone.shape[0])
        return Steps(group, np.zeros(everyone.shape[0]), sets.death_weight, everyone)
    _, group, share = sets.tied
    dying = sets.total_over_deaths(risk)
    return Steps(group, share, (sets.death_weight / sets.deaths)[group], everyone[group] - share * dying[group])


def _means(sets: RiskSets, steps: Steps, risk: FloatArray, values: FloatArray) -> FloatArray:
    """Mean of `values` (n x q) over those at risk at each step."""
    everyone, dying = sets.over_sets(risk, values), sets.over_deaths(risk, values)
    return np.asarray(
        (everyone[steps.group] - steps.share[:, np.newaxis] * dying[steps.group]) / steps.risk[:, np.newaxis]
    )


def _by_group(group: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.stack([group_sums(group, column, size) for column in values.T], axis=1)


def climb_penalised(sets: RiskSets, x: FloatArray, ties: str, start: PenalisedPoint, free: BoolArray) -> PenalisedPoint:
    """Maximise over the `free` coefficients (p) from `start`. Raises NotConverged.

    A quasi-Newton method (BFGS) that begins with the inverse information; steps with that alone arrive late, or never,
    where events are few.
    """
    here, step = start, np.zeros(free.shape[0])
    inverse = invert(here.point.information[np.ix_(free, free)])
    for _ in range(LARGEST_ITERATIONS):
        step[free] = inverse @ here.slope[free]
        decrement = float(step @ here.slope)
        if decrement < NEGLIGIBLE_DECREMENT:
            return here
        following = _forward(sets, x, ties, here, step * min(1.0, LARGEST_STEP / float(np.abs(step).max())))
        if following is None and decrement < FLAT_DECREMENT:
            return here
        if following is None:
            break
        moved = (following.point.beta - here.point.beta)[free]
        inverse = _learn(inverse, moved, (here.slope - following.slope)[free])
        here = following
    raise NotConverged("No maximum of Firth's penalised likelihood was found; leave out or join covariates.")


def _learn(inverse: FloatArray, moved: FloatArray, fallen: FloatArray) -> FloatArray:
    """The inverse curvature after a step `moved` along which the slope has `fallen`; as it was where it has risen."""
    product = float(moved @ fallen)
    if product <= SMALLEST_CURVATURE * float(np.linalg.norm(moved) * np.linalg.norm(fallen)):
        return inverse
    turn = np.eye(moved.shape[0]) - np.outer(moved, fallen) / product
    return np.asarray(turn @ inverse @ turn.T + np.outer(moved, moved) / product)


def _forward(sets: RiskSets, x: FloatArray, ties: str, here: PenalisedPoint, step: FloatArray) -> PenalisedPoint | None:
    """One step, halved until the penalised likelihood rises by some of what its slope promises; None where every step
    lowers it."""
    slack = 1e-12 * max(1.0, abs(here.loglik))
    for _ in range(LARGEST_HALVINGS):
        point = evaluate_point(sets, x, here.point.beta + step, ties)
        following = None if point is None else _penalise(sets, x, ties, point)
        if following is not None and following.loglik >= here.loglik + PROMISE_KEPT * float(step @ here.slope) - slack:
            return following
        step = step / 2
    return None
