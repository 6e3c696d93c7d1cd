"""How far a set of event times is from print: weighted Kaplan-Meier points and weighted Cox score equations.

Matching is done by others, later, and depends on the order of tied scores; so the matched population is stood for by
weights, each patient's share of being matched over all tie orders (``design``). A Cox model with coefficients beta is
the best fit exactly when its score vector at beta is zero; so scores at the published coefficients measure the distance
without a fit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.study_cohort.curves import DAYS_PER_MONTH

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


class Point(NamedTuple):
    """A Kaplan-Meier estimate wanted: among patients with these weights, ``survival`` at ``months``."""

    weights: Floats
    months: float
    survival: float
    tolerance: float
    of_follow_up: bool = False


class Model(NamedTuple):
    """A Cox model wanted: n x p indicator columns, p coefficients, weights (0 where a value is missing)."""

    columns: Floats
    coefficients: Floats
    weights: Floats
    tolerance: float


class Objective:
    """Sum of squared distances from all points and models, each in units of its tolerance."""

    def __init__(self, points: Sequence[Point], models: Sequence[Model] = ()) -> None:
        self._survival = _Curves([point for point in points if not point.of_follow_up])
        self._follow_up = _Curves([point for point in points if point.of_follow_up])
        self._scores = _Scores(models) if models else None

    def __call__(self, event: Floats, censoring: Floats) -> float:
        time = np.minimum(event, censoring)
        order = np.argsort(time)
        died = (event <= censoring)[order]
        distance = self._survival.distance(time[order], died, order)
        distance += self._follow_up.distance(time[order], ~died, order)
        return distance + (self._scores.distance(died, order) if self._scores else 0.0)


class _Curves:
    """Weighted Kaplan-Meier estimates, one column per point."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._weights = np.column_stack([point.weights for point in points]) if points else None
        self._days = np.array([point.months for point in points]) * DAYS_PER_MONTH
        self._wanted = np.array([point.survival for point in points])
        self._tolerance = np.array([point.tolerance for point in points])

    def distance(self, time: Floats, counted: Mask, order: Positions) -> float:
        """For ascending ``time`` of the patients in ``order``, of whom those ``counted`` have the event."""
        if self._weights is None:
            return 0.0
        weights = self._weights[order]
        at_risk = weights[::-1].cumsum(axis=0)[::-1][counted]
        factors = 1 - weights[counted] / np.maximum(at_risk, 1e-12)
        factors[time[counted][:, np.newaxis] > self._days] = 1.0
        return float((((factors.prod(axis=0) - self._wanted) / self._tolerance) ** 2).sum())


class _Scores:
    """All models at once: columns side by side, each with the relative hazards of its own model."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._model_of = np.repeat(np.arange(len(models)), [model.columns.shape[1] for model in models])
        self._columns = np.hstack([model.columns for model in models])
        self._hazard = np.column_stack([model.weights * np.exp(model.columns @ model.coefficients) for model in models])
        self._weights = np.column_stack([model.weights for model in models])
        self._weighted = self._hazard[:, self._model_of] * self._columns
        self._event_weight = self._weights[:, self._model_of]
        self._tolerance = np.array([model.tolerance for model in models])[self._model_of]

    def distance(self, died: Mask, order: Positions) -> float:
        return float(((self.steps(died, order) / self._tolerance) ** 2).sum())

    def steps(self, died: Mask, order: Positions) -> Floats:
        """One scoring step per coefficient (score over its own information): near the distance to the estimate."""
        total = self._hazard[order[::-1]].cumsum(axis=0)[::-1][died]
        part = self._weighted[order[::-1]].cumsum(axis=0)[::-1][died]
        mean = part / np.maximum(total[:, self._model_of], 1e-12)
        rows = order[died]
        weight = self._event_weight[rows]
        score = (weight * (self._columns[rows] - mean)).sum(axis=0)
        information = (weight * mean * (1 - mean)).sum(axis=0)
        return np.asarray(score / np.maximum(information, 1.0))
