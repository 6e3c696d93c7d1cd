"""Columns with missing values, and the predictors that other columns make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.linear import dependent_columns

BLOCK = 1024
# of a column's variance that its predecessors must leave over, as in mice
SMALLEST_OWN_SHARE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """Something measured: `values` n floats, NaN where missing."""

    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """A factor: `codes` n integers from 0 to `levels` - 1, -1 where missing."""

    codes: IntArray
    levels: int


Column: TypeAlias = Number | Category


def read_columns(columns: Mapping[str, Column], length: int) -> dict[str, Column]:
    """The columns as plain arrays of `length` entries."""
    return {name: _read(column, name, length) for name, column in columns.items()}


def _read(column: Column, name: str, length: int) -> Column:
    if isinstance(column, Number):
        return Number(checks.partial_vector(column.values, name, length))
    return Category(checks.partial_codes(column.codes, column.levels, name, length), column.levels)


def missing(column: Column) -> BoolArray:
    """The rows (n) without a value."""
    return np.isnan(column.values) if isinstance(column, Number) else column.codes < 0


def complete(column: Column, rows: BoolArray, values: FloatArray | IntArray) -> Column:
    """The column with `values` in `rows`."""
    if isinstance(column, Number):
        filled = column.values.copy()
        filled[rows] = values
        return Number(filled)
    codes = column.codes.copy()
    codes[rows] = values
    return Category(codes, column.levels)


def indicators(column: Column) -> FloatArray:
    """A completed column as predictors (n x q): the number itself, or indicators of all levels that occur but the
    first."""
    if isinstance(column, Number):
        return column.values[:, np.newaxis]
    return np.asarray(column.codes[:, np.newaxis] == np.unique(column.codes)[1:], dtype=np.float64)


def predictors(blocks: Sequence[FloatArray], observed: BoolArray) -> FloatArray:
    """An intercept and the standardised columns of `blocks` (n x p), less those that the `observed` rows can hardly
    tell from the ones before them (R^2 > 0.9999)."""
    columns = np.column_stack(blocks)
    spread = columns.std(axis=0)
    varying = columns[:, spread > 0]
    standard = (varying - varying.mean(axis=0)) / spread[spread > 0]
    x = np.column_stack([np.ones(observed.shape[0]), standard])
    known = x[observed]
    return np.delete(x, dependent_columns(product(known, known), SMALLEST_OWN_SHARE), axis=1)


def product(x: FloatArray, y: FloatArray) -> FloatArray:
    """X' Y, summed in blocks so that the last bit does not depend on the number of threads."""
    result = np.zeros((x.shape[1], y.shape[1]))
    for start in range(0, x.shape[0], BLOCK):
        result += x[start : start + BLOCK].T @ y[start : start + BLOCK]
    return result
