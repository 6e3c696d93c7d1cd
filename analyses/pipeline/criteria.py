"""Cohort criteria: a typed tree over declared variables, with a JSON form, a sentence, and a three-valued evaluation.

A comparison with a missing value is unknown; And, Or, Not follow Kleene's logic; a patient meets a criterion only
when it is true for certain. Unknown is kept apart from false, so that an attrition row can say why patients left.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyses.pipeline.dataset import Variable
from analyses.pipeline.errors import InvalidValueError

Mask: TypeAlias = npt.NDArray[np.bool_]
Value: TypeAlias = bool | float | str
Comparison = Literal["=", "!=", "<", "<=", ">", ">="]
_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"=": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """`variable` compared with one value. Levels of a categorical variable are ordered as declared; dates are ISO
    texts."""

    op: ClassVar[str] = "compare"
    variable: str
    comparison: Comparison
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class IsIn:
    """`variable` is one of `values`."""

    op: ClassVar[str] = "in"
    variable: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """`low` <= `variable` <= `high`, both ends included."""

    op: ClassVar[str] = "between"
    variable: str
    low: Value
    high: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class IsMissing:
    """`variable` has no value; never unknown."""

    op: ClassVar[str] = "missing"
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    op: ClassVar[str] = "not"
    of: Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    op: ClassVar[str] = "and"
    of: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    op: ClassVar[str] = "or"
    of: tuple[Criterion, ...]


Criterion: TypeAlias = And | Or | Not | Compare | IsIn | Between | IsMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Per patient: `met` (true for certain) and `unknown` (neither true nor false); never both."""

    met: Mask
    unknown: Mask


def variables_in(criterion: Criterion) -> frozenset[str]:
    """Names of the variables that the criterion asks about."""
    if isinstance(criterion, Not):
        return variables_in(criterion.of)
    if isinstance(criterion, (And, Or)):
        return frozenset().union(*(variables_in(part) for part in criterion.of))
    return frozenset({criterion.variable})


def evaluate(criterion: Criterion, frame: pd.DataFrame, variables: Mapping[str, Variable]) -> Truth:
    """The criterion's truth for each row of `frame`; `InvalidValueError` when it names what is not declared."""
    check(criterion, variables)
    return _evaluate(criterion, frame, variables)


def _evaluate(criterion: Criterion, frame: pd.DataFrame, variables: Mapping[str, Variable]) -> Truth:
    if isinstance(criterion, Not):
        inner = _evaluate(criterion.of, frame, variables)
        return Truth(met=~(inner.met | inner.unknown), unknown=inner.unknown)
    if isinstance(criterion, (And, Or)):
        parts = [_evaluate(part, frame, variables) for part in criterion.of]
        return _all(parts) if isinstance(criterion, And) else _any(parts)
    column, variable = frame[criterion.variable], variables[criterion.variable]
    missing = column.isna().to_numpy()
    if isinstance(criterion, IsMissing):
        return Truth(met=missing, unknown=np.zeros_like(missing))
    codes = _codes(column, variable)
    return Truth(met=_leaf(criterion, codes, variable) & ~missing, unknown=missing)


def _all(parts: list[Truth]) -> Truth:
    met = np.logical_and.reduce([part.met for part in parts])
    false = np.logical_or.reduce([~(part.met | part.unknown) for part in parts])
    return Truth(met=met, unknown=~(met | false))


def _any(parts: list[Truth]) -> Truth:
    met = np.logical_or.reduce([part.met for part in parts])
    false = np.logical_and.reduce([~(part.met | part.unknown) for part in parts])
    return Truth(met=met, unknown=~(met | false))


def _leaf(criterion: Compare | IsIn | Between, codes: npt.NDArray[np.float64], variable: Variable) -> Mask:
    if isinstance(criterion, IsIn):
        return np.isin(codes, [_code(value, variable) for value in criterion.values])
    if isinstance(criterion, Between):
        low, high = _code(criterion.low, variable), _code(criterion.high, variable)
        return np.asarray((codes >= low) & (codes <= high))
    value = _code(criterion.value, variable)
    return np.asarray(_COMPARE[criterion.comparison](codes, value))


def _codes(column: pd.Series[Any], variable: Variable) -> npt.NDArray[np.float64]:
    """Each value as a number whose order is the variable's order; missing values as NaN."""
    if variable.kind == "categorical":
        return np.asarray(column.cat.codes, dtype=float)
    if variable.kind == "date":
        days = column.to_numpy(dtype="datetime64[D]")
        return np.where(np.isnat(days), np.nan, days.astype("int64").astype(float))
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def _code(value: Value, variable: Variable) -> float:
    if variable.kind == "categorical":
        return float(variable.levels.index(str(value)))
    if variable.kind == "date":
        return float(np.datetime64(str(value), "D").astype("int64"))
    return float(value)


def check(criterion: Criterion, variables: Mapping[str, Variable], path: str = "") -> None:
    """Raise `InvalidValueError` unless every variable is declared and every value fits its kind and levels."""
    prefix = f"{path}." if path else ""
    if isinstance(criterion, Not):
        return check(criterion.of, variables, f"{prefix}of")
    if isinstance(criterion, (And, Or)):
        if not criterion.of:
            raise InvalidValueError(f"{prefix}of", [], "at least one criterion")
        for index, part in enumerate(criterion.of):
            check(part, variables, f"{prefix}of[{index}]")
        return None
    if criterion.variable not in variables:
        raise InvalidValueError(f"{prefix}variable", criterion.variable, "one of " + ", ".join(sorted(variables)))
    variable = variables[criterion.variable]
    for name, value in _values(criterion):
        _check_value(value, variable, prefix + name)
    return None


def _values(criterion: Criterion) -> list[tuple[str, Value]]:
    if isinstance(criterion, Compare):
        return [("value", criterion.value)]
    if isinstance(criterion, IsIn):
        return [(f"values[{index}]", value) for index, value in enumerate(criterion.values)]
    if isinstance(criterion, Between):
        return [("low", criterion.low), ("high", criterion.high)]
    return []


def _check_value(value: Value, variable: Variable, path: str) -> None:
    if variable.kind == "categorical":
        if value not in variable.levels:
            raise InvalidValueError(path, value, f"a level of {variable.name}: " + ", ".join(variable.levels))
    elif variable.kind == "boolean":
        if not isinstance(value, bool):
            raise InvalidValueError(path, value, "true or false")
    elif variable.kind == "numeric":
        if isinstance(value, (bool, str)):
            raise InvalidValueError(path, value, f"a number ({variable.unit or variable.name})")
    else:
        try:
            np.datetime64(str(value), "D")
        except ValueError:
            raise InvalidValueError(path, value, "a date as YYYY-MM-DD") from None


def sentence(criterion: Criterion, variables: Mapping[str, Variable]) -> str:
    """The criterion in words: 'T category is T3 or T4 and not (age at diagnosis is below 18 years)'."""
    if isinstance(criterion, Not):
        if isinstance(criterion.of, IsMissing):
            return f"{variables[criterion.of.variable].label} is known"
        return f"not ({sentence(criterion.of, variables)})"
    if isinstance(criterion, (And, Or)):
        word = " and " if isinstance(criterion, And) else " or "
        return word.join(_grouped(part, variables) for part in criterion.of)
    variable = variables[criterion.variable]
    if isinstance(criterion, IsMissing):
        return f"{variable.label} is unknown"
    if isinstance(criterion, IsIn):
        return f"{variable.label} is " + (" or ".join(map(_said, criterion.values)) or "one of none")
    unit = f" {variable.unit}" if variable.unit else ""
    if isinstance(criterion, Between):
        return f"{variable.label} is from {_said(criterion.low)} to {_said(criterion.high)}{unit}"
    if isinstance(criterion.value, bool):
        is_true = criterion.value == (criterion.comparison == "=")
        return f"{variable.label}: {'yes' if is_true else 'no'}"
    return f"{variable.label} {_WORDS[criterion.comparison]} {_said(criterion.value)}{unit}"


def _grouped(part: Criterion, variables: Mapping[str, Variable]) -> str:
    text = sentence(part, variables)
    several = isinstance(part, (And, Or)) or (isinstance(part, IsIn) and len(part.values) > 1)
    return f"({text})" if several else text


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value
