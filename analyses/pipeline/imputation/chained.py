"""Chained equations."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray
from analyses.pipeline.imputation.categories import draw_categories
from analyses.pipeline.imputation.columns import (
    Category,
    Column,
    Number,
    complete,
    indicators,
    missing,
    predictors,
    read_columns,
)
from analyses.pipeline.imputation.hazard import nelson_aalen
from analyses.pipeline.imputation.numbers import draw_numbers


def impute(
    columns: Mapping[str, Column],
    time: ArrayLike,
    event: ArrayLike,
    *,
    seed: int,
    number: int,
    iterations: int = 10,
) -> dict[str, Column]:
    """Completed set `number` (0, 1, ...) of `columns`: missing values drawn given all other columns and the outcome.

    `columns`: name -> Number or Category of n entries each, the exposure and auxiliary variables among them; complete
    ones are returned as they are. `time` n, `event` n of 0/1: the event and the Nelson-Aalen hazard are predictors in
    every model. Missing values start as random known ones; then each incomplete column, the fullest first, is drawn
    anew `iterations` times given the present state of all others: numbers by predictive mean matching, categories by
    multinomial logistic models. A level that nobody is known to have is never drawn.
    The result depends on `seed` and `number` alone, so that sets may be made anywhere and in any order.
    Raises EmptyArm, LengthMismatch, MissingValues, NegativeTime, NoEvents, BadValue, NotConverged.
    Source: van Buuren and Groothuis-Oudshoorn, J Stat Softw 2011; White and Royston, Stat Med 2009.
    """
    hazard = nelson_aalen(time, event)
    outcome = np.column_stack([checks.indicator(event, "event"), hazard])
    state = read_columns(columns, hazard.shape[0])
    checks.whole(iterations, "iterations", least=1)
    generator = np.random.default_rng([checks.whole(seed, "seed", least=0), checks.whole(number, "number", least=0)])
    gaps = {name: missing(column) for name, column in state.items()}
    order = sorted((name for name, gap in gaps.items() if gap.any()), key=lambda name: int(gaps[name].sum()))
    for name in order:
        state[name] = _begin(state[name], gaps[name], generator)
    blocks = {name: indicators(column) for name, column in state.items()}
    for _ in range(iterations if order else 0):
        for name in order:
            others = [block for other, block in blocks.items() if other != name]
            x = predictors([*others, outcome], ~gaps[name])
            state[name] = _draw(state[name], gaps[name], x, generator)
            blocks[name] = indicators(state[name])
    return state


def _begin(column: Column, gap: BoolArray, generator: np.random.Generator) -> Column:
    values = column.values if isinstance(column, Number) else column.codes
    return complete(column, gap, generator.choice(values[~gap], size=int(gap.sum())))


def _draw(column: Column, gap: BoolArray, x: FloatArray, generator: np.random.Generator) -> Column:
    if isinstance(column, Category):
        return complete(column, gap, draw_categories(x[~gap], column.codes[~gap], x[gap], generator))
    return complete(column, gap, draw_numbers(x[~gap], column.values[~gap], x[gap], generator))
