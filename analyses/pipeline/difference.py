"""Standardised mean differences between two arms."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray
from analyses.pipeline.grouping import group_sums


def is_numeric(values: NDArray[Any]) -> bool:
    """Numbers are measured; booleans, strings and objects are levels."""
    return values.dtype.kind in "iuf"


def is_binary(values: NDArray[Any]) -> bool:
    """Booleans, and numbers that are 0 or 1 throughout."""
    return values.dtype.kind == "b" or (is_numeric(values) and bool(np.isin(values, (0, 1)).all()))


def smd(values: ArrayLike, treated: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Standardised difference treated - control with the pooled denominator sqrt((v1 + v0) / 2).

    Numbers: means and sample variances. 0/1 and booleans: proportions and p (1 - p). Any other labels: Yang and
    Dalton's distance over all levels but one, empty levels dropped (two levels: signed difference of the second).
    No difference gives 0 even without spread; two constants that differ give infinity.
    `weights` (one per patient) replace counts by sums of weights.
    Source: Yang and Dalton, SAS Global Forum 2012, paper 335; Austin, Stat Med 2009.
    """
    array = np.asarray(values)
    arm = checks.two_arms(treated, array.shape[0] if array.ndim else None)
    weight = checks.weights(weights, arm.shape[0])
    if not is_numeric(array) and array.dtype.kind != "b":
        return smd_of_counts(_level_sums(array, arm, weight))
    numbers = checks.vector(array, "values", arm.shape[0])
    spread = binary_variance if is_binary(array) else weighted_variance
    variance = (spread(numbers[arm], weight[arm]) + spread(numbers[~arm], weight[~arm])) / 2
    return standardise(weighted_mean(numbers[arm], weight[arm]) - weighted_mean(numbers[~arm], weight[~arm]), variance)


def smd_of_counts(counts: ArrayLike) -> float:
    """The same from a table of levels (rows) by two arms (columns: control, treated), counts or sums of weights."""
    table = checks.counts(counts)
    if table.shape[1] != 2:
        raise checks.LengthMismatch("counts must have one row per level and two columns: control, treated.")
    table = table[table.sum(axis=1) > 0]
    if table.size == 0 or (table.sum(axis=0) == 0).any():
        raise checks.EmptyArm("counts has an arm without patients.")
    share = table / table.sum(axis=0)
    gap = (share[:, 1] - share[:, 0])[1:]
    if gap.size < 2:
        variance = float((share[1:] * (1 - share[1:])).mean()) if gap.size else 0.0
        return standardise(float(gap.sum()), variance)
    return _mahalanobis(gap, share[1:])


def _mahalanobis(gap: FloatArray, share: FloatArray) -> float:
    covariance = (np.diag(share.sum(axis=1)) - share @ share.T) / 2
    values, vectors = np.linalg.eigh(covariance)
    projected = vectors.T @ gap
    flat = values < 1e-12
    if np.abs(projected[flat]).max(initial=0.0) > 1e-9:
        return math.inf
    return float(np.sqrt((projected[~flat] ** 2 / values[~flat]).sum()))


def _level_sums(array: NDArray[Any], arm: BoolArray, weight: FloatArray) -> FloatArray:
    names, codes = checks.labels(array, "values", arm.shape[0])
    columns = [group_sums(codes[rows], weight[rows], len(names)) for rows in (~arm, arm)]
    return np.stack(columns, axis=1)


def standardise(gap: float, variance: float) -> float:
    """A difference in units of a standard deviation."""
    if gap == 0:
        return 0.0
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap)


def weighted_mean(values: FloatArray, weight: FloatArray) -> float:
    """Mean with case weights; EmptyArm when no weight is left."""
    total = float(weight.sum())
    if total <= 0:
        raise checks.EmptyArm("An arm has no patients, or only patients of weight 0.")
    return float(weight @ values) / total


def weighted_variance(values: FloatArray, weight: FloatArray) -> float:
    """Sample variance with case weights: sum w (x - m)^2 / (W - sum w^2 / W); n - 1 below when all weights are 1."""
    total = float(weight.sum())
    divisor = total - float(weight @ weight) / total
    if divisor <= 0:
        return 0.0
    return float(weight @ (values - weighted_mean(values, weight)) ** 2) / divisor


def binary_variance(values: FloatArray, weight: FloatArray) -> float:
    """p (1 - p)."""
    share = weighted_mean(values, weight)
    return share * (1 - share)
