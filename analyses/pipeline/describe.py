"""Table 1: does a characteristic differ between groups, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.difference import smd, smd_of_counts
from analyses.pipeline.exact_test import fisher_p

__all__ = ["Comparison", "categorical_test", "numeric_test", "smd", "smd_of_counts"]

SMALLEST_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A p-value with the test that gave it; exact tests have no statistic and no degrees of freedom."""

    p: float
    statistic: float | None
    df: float | None
    method: str


def categorical_test(counts: ArrayLike, *, yates: bool = True, seed: int = 0) -> Comparison:
    """Do the groups (one dimension) differ in their levels (the other)?

    `counts` is an r x c table; empty rows and columns are left out. Pearson's chi-square, with Yates' correction on a
    2 x 2 table when `yates` (|O - E| lowered by min(.5, |O - E|), as R); Fisher's exact test (Freeman-Halton) as soon
    as one expected count is below 5; beyond its size cap a Monte Carlo with `seed`, labelled in `method`.
    Raises EmptyArm when fewer than two groups or no counts are left. A table with one level gives p = 1.
    """
    table = _counts(counts)
    if min(table.shape) < 2:
        return Comparison(1.0, None, None, "one level only, no test")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if expected.min() < SMALLEST_EXPECTED:
        return _exact(table, seed)
    return _pearson(table, expected, yates and table.shape == (2, 2))


def _counts(counts: ArrayLike) -> IntArray:
    table = checks.counts(counts)
    if (table != np.floor(table)).any():
        raise checks.BadValue("counts must be whole numbers.")
    if min(table.shape) < 2:
        raise checks.EmptyArm("A comparison needs at least two groups and two levels.")
    kept: IntArray = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(np.int64)
    if kept.size == 0:
        raise checks.EmptyArm("counts has no patients.")
    return kept


def _pearson(table: IntArray, expected: FloatArray, corrected: bool) -> Comparison:
    distance = np.abs(table - expected)
    if corrected:
        distance = distance - np.minimum(0.5, distance)
    statistic = float((distance**2 / expected).sum())
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    method = "Pearson chi-square with Yates correction" if corrected else "Pearson chi-square"
    return Comparison(float(stats.chi2.sf(statistic, df)), statistic, df, method)


def _exact(table: IntArray, seed: int) -> Comparison:
    p, simulated = fisher_p(table, seed=seed)
    name = "Fisher exact" if table.shape == (2, 2) else "Fisher exact (Freeman-Halton)"
    method = f"{name}, Monte Carlo, {simulated:,} tables, seed {seed}" if simulated else name
    return Comparison(p, None, None, method)


def numeric_test(values: ArrayLike, group: ArrayLike, *, method: str = "t") -> Comparison:
    """Does a number differ between groups?

    `method`: `t` (Welch for two groups, as R's `t.test`; Welch's one-way test for more), `t-equal` (one common
    variance; analysis of variance for more), `wilcoxon` (rank sum for two groups, exact below 50 per group without
    ties, otherwise normal with correction for ties and continuity, as R's `wilcox.test`; Kruskal-Wallis for more).
    Raises EmptyArm for fewer than two groups, BadValue where a group is too small or all values are equal.
    """
    checks.option(method, "method", ("t", "t-equal", "wilcoxon"))
    numbers = checks.vector(values, "values")
    names, codes = checks.labels(group, "group", numbers.shape[0])
    samples = [numbers[codes == code] for code in range(len(names))]
    if len(samples) < 2:
        raise checks.EmptyArm("group has one label only; a comparison needs two groups.")
    if method == "wilcoxon":
        return _rank_test(samples)
    if min(sample.size for sample in samples) < 2 or all(np.ptp(sample) == 0 for sample in samples):
        raise checks.BadValue("A t-test needs two patients per group and some spread in the values.")
    return _equal_variance(samples) if method == "t-equal" else _welch(samples)


def _equal_variance(samples: Sequence[FloatArray]) -> Comparison:
    if len(samples) == 2:
        result = stats.ttest_ind(samples[0], samples[1])
        return Comparison(float(result.pvalue), float(result.statistic), float(result.df), "t-test, equal variances")
    statistic, p = stats.f_oneway(*samples)
    return Comparison(float(p), float(statistic), len(samples) - 1, "analysis of variance")


def _welch(samples: Sequence[FloatArray]) -> Comparison:
    if len(samples) == 2:
        result = stats.ttest_ind(samples[0], samples[1], equal_var=False)
        return Comparison(float(result.pvalue), float(result.statistic), float(result.df), "Welch t-test")
    if min(float(np.ptp(sample)) for sample in samples) == 0:
        raise checks.BadValue("Welch's test needs some spread in each group; use t-equal or wilcoxon.")
    return _welch_one_way(samples)


def _welch_one_way(samples: Sequence[FloatArray]) -> Comparison:
    """Welch, Biometrika 1951; R's `oneway.test`."""
    size = np.array([sample.size for sample in samples])
    mean = np.array([sample.mean() for sample in samples])
    weight = size / np.array([sample.var(ddof=1) for sample in samples])
    k, total = len(samples), weight.sum()
    spread = float(((1 - weight / total) ** 2 / (size - 1)).sum()) / (k**2 - 1)
    between = float((weight * (mean - (weight * mean).sum() / total) ** 2).sum()) / (k - 1)
    statistic = between / (1 + 2 * (k - 2) * spread)
    return Comparison(float(stats.f.sf(statistic, k - 1, 1 / (3 * spread))), statistic, k - 1, "Welch one-way test")


def _rank_test(samples: Sequence[FloatArray]) -> Comparison:
    pooled = np.concatenate(samples)
    if np.ptp(pooled) == 0:
        raise checks.BadValue("All values are equal; ranks cannot differ.")
    if len(samples) > 2:
        statistic, p = stats.kruskal(*samples)
        return Comparison(float(p), float(statistic), len(samples) - 1, "Kruskal-Wallis")
    exact = max(sample.size for sample in samples) < 50 and np.unique(pooled).size == pooled.size
    result = stats.mannwhitneyu(samples[0], samples[1], method="exact" if exact else "asymptotic")
    name = "Wilcoxon rank sum, exact" if exact else "Wilcoxon rank sum"
    return Comparison(float(result.pvalue), float(result.statistic), None, name)
