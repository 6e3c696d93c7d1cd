"""Newton's method for the partial likelihood, with the signs of a likelihood that has no maximum."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyses.pipeline.checks import BoolArray, ConstantColumn, FloatArray, NotConverged
from analyses.pipeline.cox.likelihood import Evaluation, derivatives, evaluate
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.extremes import extremes
from analyses.pipeline.linear import invert, refuse_dependent

LARGEST_ITERATIONS = 50
LARGEST_HALVINGS = 30
NEGLIGIBLE_DECREMENT = 1e-12
FLAT_LIKELIHOOD = 1e-9
DIVERGING_STEP = 0.1
EXTREME_LOG_RATIO = 10.0
# Shares of a standardised column's variance within the risk sets: of the best informed column's, of a whole column's.
SMALLEST_RELATIVE_VARIATION = 1e-10
SMALLEST_VARIATION = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The likelihood with its derivatives at `beta`."""

    beta: FloatArray
    state: Evaluation
    score: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """The end of the iterations, and the columns along which the likelihood still grows there."""

    end: Point
    diverging: tuple[int, ...]


def null_point(sets: RiskSets, x: FloatArray, names: Sequence[str], ties: str) -> Point:
    """The likelihood with all coefficients 0; raises ConstantColumn or Collinear, naming columns."""
    point = evaluate_point(sets, x, np.zeros(x.shape[1]), ties)
    if point is None:
        raise NotConverged("The partial likelihood cannot be evaluated; look for weights that are extremely small.")
    _refuse_uninformative(point.information, float(sets.death_weight.sum()), names)
    return point


def climb(sets: RiskSets, x: FloatArray, ties: str, start: Point) -> Maximum:
    """Maximise over beta (p) for standardised columns `x` (n x p, in the order of `sets`) from `start`.

    Ends when the next step would gain nothing, or, as a diverging one, when the likelihood has become flat while
    coefficients still move, or rounding lets no step rise from coefficients that are beyond any hazard ratio.
    Raises NotConverged.
    """
    low, high = extremes(x)
    reach = high - low
    point, before = start, -np.inf
    for _ in range(LARGEST_ITERATIONS):
        step = _newton_step(point)
        decrement = float(step @ point.score)
        settled = decrement < NEGLIGIBLE_DECREMENT
        flat = point.state.loglik - before <= FLAT_LIKELIHOOD * max(1.0, abs(point.state.loglik))
        diverging = _columns(np.abs(step) * reach > DIVERGING_STEP)
        if settled:
            # The step at hand still sharpens a coefficient far below its standard error; the derivatives stay.
            return Maximum(replace(point, beta=point.beta + step), diverging)
        if flat and diverging:
            return Maximum(point, diverging)
        before = point.state.loglik
        following = _forward(sets, x, ties, point, step)
        if following is None:
            extreme = _columns(np.abs(point.beta) * reach > EXTREME_LOG_RATIO)
            if extreme:
                return Maximum(point, extreme)
            raise NotConverged("No step raises the Cox likelihood; look for extreme or nearly redundant covariates.")
        point = following
    raise NotConverged(f"The Cox model did not converge in {LARGEST_ITERATIONS} steps; look for extreme covariates.")


def _columns(chosen: BoolArray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(chosen).tolist())


def _newton_step(point: Point) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(point.information, point.score))
    except np.linalg.LinAlgError:
        return np.asarray(invert(point.information) @ point.score)


def _forward(sets: RiskSets, x: FloatArray, ties: str, point: Point, step: FloatArray) -> Point | None:
    """One step, halved until the likelihood does not fall; None where every step lowers it."""
    slack = 1e-11 * abs(point.state.loglik)
    for _ in range(LARGEST_HALVINGS):
        beta = point.beta + step
        state = evaluate(sets, x @ beta, ties)
        if state is not None and state.loglik >= point.state.loglik - slack:
            return Point(beta, state, *derivatives(sets, x, state))
        step = step / 2
    return None


def evaluate_point(sets: RiskSets, x: FloatArray, beta: FloatArray, ties: str) -> Point | None:
    """The likelihood and its derivatives at `beta`; None where it overflows."""
    state = evaluate(sets, x @ beta, ties)
    if state is None:
        return None
    return Point(beta, state, *derivatives(sets, x, state))


def _refuse_uninformative(matrix: FloatArray, deaths: float, names: Sequence[str]) -> None:
    diagonal = np.diag(matrix)
    # Rounding alone leaves some 1e-16 of a column's variance at each of the (weighted) deaths.
    flat = diagonal <= max(SMALLEST_RELATIVE_VARIATION * diagonal.max(), SMALLEST_VARIATION * deaths)
    if flat.any():
        listed = ", ".join(name for name, bad in zip(names, flat, strict=True) if bad)
        raise ConstantColumn(f"No variation among the patients at risk at any event time: {listed}. Leave it out.")
    refuse_dependent(matrix, names)
