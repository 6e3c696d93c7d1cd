"""How far two people who abstract the same charts agree: shares, Cohen's kappa, differences of numbers and of dates."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray


@dataclass(frozen=True, slots=True)
class Share:
    """`low` and `high` are Wilson's limits of the share `agreeing / n`."""

    n: int
    agreeing: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance. `kappa` and what follows from it are None where it is not defined: both people gave one
    and the same value throughout, so that no agreement beyond chance can be seen."""

    n: int
    observed: float
    expected: float
    kappa: float | None
    standard_error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Differences:
    """Second minus first: the mean, and the limits between which that share of the differences lies; `sd` and the
    limits are None for a single pair."""

    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Apart:
    """How far apart, regardless of the direction."""

    n: int
    median: float
    largest: float


def agreeing_share(agreeing: int, n: int, *, level: float = 0.95) -> Share:
    """The share of `n` comparisons that agree, with Wilson's interval: all p with |share - p| <= z sqrt(p (1 - p) / n).

    Raises BadValue unless 0 <= agreeing <= n and n >= 1. Source: Wilson, JASA 1927.
    """
    n = checks.whole(n, "n", least=1)
    agreeing = checks.whole(agreeing, "agreeing", least=0)
    if agreeing > n:
        raise checks.BadValue(f"{agreeing} of {n} comparisons cannot agree.")
    z, share = _quantile(level), agreeing / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Share(n, agreeing, share, max(0.0, middle - half), min(1.0, middle + half))


def cohen_kappa(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Kappa:
    """Cohen's kappa of two columns of labels, kappa = (p_o - p_e) / (1 - p_e), with p_o the share of pairs that agree
    and p_e the sum of the products of the margins; standard error for large samples, limits kappa -+ z SE in [-1, 1].

    Var = (a + b - c) / (n (1 - p_e)^2) with a = sum p_ii (1 - (p_i. + p_.i)(1 - kappa))^2,
    b = (1 - kappa)^2 sum_(i != j) p_ij (p_.i + p_j.)^2, c = (kappa - p_e (1 - kappa))^2.
    Raises LengthMismatch, MissingValues, EmptyArm. Source: Cohen, Educ Psychol Meas 1960; Fleiss, Cohen and Everitt,
    Psychol Bull 1969.
    """
    table = _cross_table(first, second)
    n, shares = int(table.sum()), table / table.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(rows @ columns)
    if len(table) == 1:
        return Kappa(n, observed, expected, None, None, None, None)
    kappa = (observed - expected) / (1 - expected)
    error = _standard_error(shares, kappa, expected, n)
    z = _quantile(level)
    return Kappa(n, observed, expected, kappa, error, max(-1.0, kappa - z * error), min(1.0, kappa + z * error))


def _cross_table(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Counts of each pair of labels, both sides over the labels of both."""
    one, other = np.asarray(first), np.asarray(second)
    if one.shape != other.shape:
        raise checks.LengthMismatch(f"first has {one.size} entries and second has {other.size}.")
    if one.size == 0:
        raise checks.EmptyArm("There are no pairs to compare.")
    both, codes = checks.labels(np.concatenate([one, other]), "labels", 2 * one.size)
    table = np.zeros((len(both), len(both)))
    np.add.at(table, (codes[: one.size], codes[one.size :]), 1)
    return table


def _standard_error(shares: FloatArray, kappa: float, expected: float, n: int) -> float:
    rows, columns, agreed = shares.sum(axis=1), shares.sum(axis=0), np.diag(shares)
    a = float(agreed @ (1 - (rows + columns) * (1 - kappa)) ** 2)
    apart = shares - np.diag(agreed)
    b = (1 - kappa) ** 2 * float((apart * (columns[:, None] + rows[None, :]) ** 2).sum())
    c = (kappa - expected * (1 - kappa)) ** 2
    # Perfect agreement leaves a rounding error, which may lie below zero.
    return math.sqrt(max(0.0, a + b - c) / n) / (1 - expected)


def limits_of_agreement(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Differences:
    """Mean of the differences second - first of two columns of numbers, and mean -+ z SD, between which the share
    `level` of the differences lies where they are normal.

    Raises LengthMismatch, MissingValues, EmptyArm. Source: Bland and Altman, Lancet 1986.
    """
    one = checks.vector(first, "first")
    differences = checks.vector(second, "second", one.size) - one
    mean = float(differences.mean())
    if one.size == 1:
        return Differences(1, mean, None, None, None)
    sd, z = float(differences.std(ddof=1)), _quantile(level)
    return Differences(one.size, mean, sd, mean - z * sd, mean + z * sd)


def days_apart(first: ArrayLike, second: ArrayLike) -> Apart:
    """Median and largest distance of two columns of days.

    Raises LengthMismatch, MissingValues, EmptyArm.
    """
    one = checks.vector(first, "first")
    distance = np.abs(checks.vector(second, "second", one.size) - one)
    return Apart(one.size, float(np.median(distance)), float(distance.max()))


def _quantile(level: float) -> float:
    return float(ndtri((1 + checks.proportion(level, "level")) / 2))
