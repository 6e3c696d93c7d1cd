"""Covariate balance between the arms, before and after matching or weighting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.difference import (
    binary_variance,
    is_binary,
    is_numeric,
    standardise,
    weighted_mean,
    weighted_variance,
)
from analyses.pipeline.grouping import group_sums

SMD_THRESHOLD = 0.1
VARIANCE_RATIO_RANGE = (0.5, 2.0)
DENOMINATORS = ("treated", "pooled")


@dataclass(frozen=True, slots=True)
class ArmMeans:
    """Means (proportions for levels) of the arms, their standardised difference treated - control, and the variance
    ratio treated / control (None for levels, and where the controls have no spread)."""

    treated: float
    control: float
    smd: float
    variance_ratio: float | None


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One number, or one level of a factor (`level` is None for numbers and for 0/1 variables)."""

    variable: str
    level: str | None
    binary: bool
    before: ArmMeans
    after: ArmMeans | None


@dataclass(frozen=True, slots=True)
class BalanceTable:
    """All rows, and the denominator of the standardised differences (of the sample before matching, always)."""

    rows: tuple[BalanceRow, ...]
    denominator: str

    def imbalanced(
        self, smd: float = SMD_THRESHOLD, variance_ratio: tuple[float, float] = VARIANCE_RATIO_RANGE
    ) -> tuple[BalanceRow, ...]:
        """Rows beyond the thresholds after matching (before it, where there is no after)."""
        return tuple(row for row in self.rows if _fails(row.after or row.before, smd, variance_ratio))


def _fails(means: ArmMeans, smd: float, allowed: tuple[float, float]) -> bool:
    ratio = means.variance_ratio
    return abs(means.smd) > smd or (ratio is not None and not allowed[0] <= ratio <= allowed[1])


def balance_table(
    variables: Mapping[str, ArrayLike],
    treated: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    denominator: str = "treated",
    levels: Mapping[str, Sequence[Any]] | None = None,
) -> BalanceTable:
    """Standardised mean difference of every number and every level.

    `variables`: name -> n values; numbers are numeric (0/1 binary), anything else is a factor with one row per level,
    in the order of `levels` where given; levels that nobody has are left out. `treated` n of 0/1. `weights` (n; 0 for
    the unmatched, e.g. `Matching.weights`) give the columns 'after'.
    `denominator`, always of the unweighted sample: `treated` is the SD of the treated, sqrt(p (1 - p)) for levels
    (MatchIt; if that is 0, the pooled one); `pooled` is sqrt((v1 + v0) / 2).
    Raises EmptyArm, MissingValues, LengthMismatch, BadOption, BadValue. Equals `summary(matchit(...))`.
    """
    arm = checks.two_arms(treated)
    checks.option(denominator, "denominator", DENOMINATORS)
    after = None if weights is None else checks.weights(weights, arm.shape[0])
    if after is not None and not (after[arm].any() and after[~arm].any()):
        raise checks.EmptyArm("After matching one arm is empty; there is nothing to compare.")
    rows = [
        row
        for variable, values in variables.items()
        for row in _rows(variable, np.asarray(values), arm, after, denominator, (levels or {}).get(variable))
    ]
    return BalanceTable(tuple(rows), denominator)


def _rows(
    variable: str,
    values: NDArray[Any],
    arm: BoolArray,
    after: FloatArray | None,
    denominator: str,
    order: Sequence[Any] | None,
) -> Iterator[BalanceRow]:
    if order is None and (is_numeric(values) or values.dtype.kind == "b"):
        yield _number_row(variable, checks.vector(values, variable, arm.shape[0]), arm, after, denominator)
        return
    names, codes = checks.labels(values, variable, arm.shape[0])
    unknown = [name for name in names if order is not None and name not in order]
    if unknown:
        raise checks.BadValue(f"{variable} has levels that are not declared: {', '.join(map(str, unknown))}.")
    before = _shares(codes, len(names), arm, np.ones(arm.shape[0]))
    matched = None if after is None else _shares(codes, len(names), arm, after)
    for name in names if order is None else [name for name in order if name in names]:
        level = names.index(name)
        treated, control = (share * (1 - share) for share in before[level].tolist())
        variance = _denominator_variance(treated, control, denominator)
        means_after = None if matched is None else _level_means(matched[level], variance)
        yield BalanceRow(variable, str(name), True, _level_means(before[level], variance), means_after)


def _shares(codes: IntArray, size: int, arm: BoolArray, weight: FloatArray) -> FloatArray:
    """The share of each level (lines) among the treated and the controls (columns)."""
    sums = group_sums(2 * codes + ~arm, weight, 2 * size).reshape(size, 2)
    return np.asarray(sums / sums.sum(axis=0))


def _level_means(share: FloatArray, variance: float) -> ArmMeans:
    treated, control = share.tolist()
    return ArmMeans(treated, control, standardise(treated - control, variance), None)


def _number_row(
    variable: str, column: FloatArray, arm: BoolArray, after: FloatArray | None, denominator: str
) -> BalanceRow:
    binary, ones = is_binary(column), np.ones(column.shape[0])
    spread = binary_variance if binary else weighted_variance
    variance = _denominator_variance(spread(column[arm], ones[arm]), spread(column[~arm], ones[~arm]), denominator)
    before = _means(column, binary, arm, ones, variance)
    matched = None if after is None else _means(column, binary, arm, after, variance)
    return BalanceRow(variable, None, binary, before, matched)


def _denominator_variance(treated: float, control: float, denominator: str) -> float:
    if denominator == "treated" and treated > 0:
        return treated
    return (treated + control) / 2


def _means(column: FloatArray, binary: bool, arm: BoolArray, weight: FloatArray, variance: float) -> ArmMeans:
    treated, control = weighted_mean(column[arm], weight[arm]), weighted_mean(column[~arm], weight[~arm])
    ratio = None
    if not binary:
        below = weighted_variance(column[~arm], weight[~arm])
        ratio = weighted_variance(column[arm], weight[arm]) / below if below > 0 else None
    return ArmMeans(treated, control, standardise(treated - control, variance), ratio)
