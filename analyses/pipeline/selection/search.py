"""Models over subsets of variables on one arrangement of the data, and the tests that compare them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

from analyses.pipeline.checks import FloatArray, NotConverged
from analyses.pipeline.cox.likelihood import Evaluation, derivatives, evaluate
from analyses.pipeline.cox.newton import climb, evaluate_point
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.linear import dependent_columns, invert, quadratic


@dataclass(frozen=True, slots=True)
class SelectionStep:
    """One move: `variable` enters or leaves because of `test`; `model`, its `loglik` and its `aic` are what follows.

    For the method aic `statistic` is the change of AIC and `p` is None.
    """

    number: int
    action: str
    variable: str
    test: str
    statistic: float
    df: int
    p: float | None
    loglik: float
    aic: float
    model: tuple[str, ...]


class Trial(NamedTuple):
    """A variable and the test of entering or removing it; `log_p` orders p-values that underflow."""

    variable: str
    statistic: float
    df: int
    log_p: float


class Model(NamedTuple):
    """A fitted subset: coefficients of all columns (0 outside), the state there, the covariance of its own columns."""

    columns: list[int]
    beta: FloatArray
    state: Evaluation
    information: FloatArray


class Search:
    """Fits each subset once, starting from the coefficients of the model it grew from."""

    def __init__(self, sets: RiskSets, x: FloatArray, blocks: Mapping[str, Sequence[int]], ties: str) -> None:
        self.sets, self.x, self.ties = sets, x, ties
        self.blocks = {name: list(columns) for name, columns in blocks.items()}
        self.redundant: set[str] = set()
        self._models: dict[frozenset[str], Model] = {}

    def ordered(self, names: frozenset[str]) -> tuple[str, ...]:
        return tuple(name for name in self.blocks if name in names)

    def columns(self, names: frozenset[str]) -> list[int]:
        return [column for name in self.ordered(names) for column in self.blocks[name]]

    def model(self, names: frozenset[str], near: frozenset[str] | None = None) -> Model:
        if names not in self._models:
            columns, parent = self.columns(names), self._models.get(near) if near is not None else None
            start = np.zeros(len(columns)) if parent is None else _start(parent, columns)
            self._models[names] = self._fit(columns, start)
        return self._models[names]

    def loglik(self, names: frozenset[str], near: frozenset[str] | None = None) -> float:
        return self.model(names, near).state.loglik

    def aic(self, names: frozenset[str], near: frozenset[str] | None = None) -> float:
        return -2 * self.loglik(names, near) + 2 * len(self.columns(names))

    def _fit(self, columns: list[int], start: FloatArray) -> Model:
        beta = np.zeros(self.x.shape[1])
        if not columns:
            state = evaluate(self.sets, np.zeros(self.x.shape[0]), self.ties)
            if state is None:
                raise NotConverged("The partial likelihood cannot be evaluated; look for weights that are very small.")
            return Model(columns, beta, state, np.zeros((0, 0)))
        x = np.ascontiguousarray(self.x[:, columns])
        point = evaluate_point(self.sets, x, start, self.ties)
        point = point or evaluate_point(self.sets, x, np.zeros(len(columns)), self.ties)
        if point is None:
            raise NotConverged("The partial likelihood cannot be evaluated; look for extreme covariates.")
        end = climb(self.sets, x, self.ties, point).end
        beta[columns] = end.beta
        return Model(columns, beta, end.state, end.information)

    def entry_tests(self, names: frozenset[str]) -> list[Trial]:
        """Score tests of all variables outside the model, from one information matrix of all columns."""
        model = self.model(names)
        score, matrix = derivatives(self.sets, self.x, model.state)
        trials = [self._entry(name, model.columns, score, matrix) for name in self.blocks if name not in names]
        return [trial for trial in trials if trial is not None]

    def _entry(self, name: str, inside: list[int], score: FloatArray, matrix: FloatArray) -> Trial | None:
        block = self.blocks[name]
        joint = [*inside, *block]
        if any(position >= len(inside) for position in dependent_columns(matrix[np.ix_(joint, joint)])):
            self.redundant.add(name)
            return None
        rest = matrix[np.ix_(block, block)]
        if inside:
            cross = matrix[np.ix_(inside, block)]
            rest = rest - cross.T @ np.linalg.solve(matrix[np.ix_(inside, inside)], cross)
        return _trial(name, quadratic(score[block], rest), len(block))

    def removal_tests(self, names: frozenset[str], candidates: frozenset[str]) -> list[Trial]:
        """Likelihood-ratio tests of leaving out each candidate."""
        full = self.loglik(names)
        return [
            _trial(name, 2 * (full - self.loglik(names - {name}, names)), len(self.blocks[name]))
            for name in self.ordered(candidates)
        ]

    def wald_tests(self, names: frozenset[str], candidates: frozenset[str]) -> list[Trial]:
        """Wald tests of each candidate."""
        model = self.model(names)
        covariance = invert(model.information)
        trials = []
        for name in self.ordered(candidates):
            position = [model.columns.index(column) for column in self.blocks[name]]
            beta = model.beta[self.blocks[name]]
            trials.append(_trial(name, quadratic(beta, covariance[np.ix_(position, position)]), len(position)))
        return trials


def _start(parent: Model, columns: list[int]) -> FloatArray:
    """The parent's coefficients; where some leave, those that maximise the parent's quadratic without them."""
    staying = [position for position, column in enumerate(parent.columns) if column in columns]
    leaving = [position for position, column in enumerate(parent.columns) if column not in columns]
    beta = parent.beta.copy()
    if staying and leaving:
        inner, cross = parent.information[np.ix_(staying, staying)], parent.information[np.ix_(staying, leaving)]
        own = np.array(parent.columns)
        beta[own[staying]] += invert(inner) @ cross @ beta[own[leaving]]
    return np.asarray(beta[columns])


def _trial(name: str, statistic: float, df: int) -> Trial:
    statistic = max(statistic, 0.0)
    return Trial(name, statistic, df, float(chi2.logsf(statistic, df)))
