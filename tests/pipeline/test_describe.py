"""Table 1 tests against the published p-values, scipy, statsmodels and textbook numbers."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from analyses.pipeline.checks import BadOption, BadValue, EmptyArm, LengthMismatch, MissingValues
from analyses.pipeline.describe import categorical_test, numeric_test, smd, smd_of_counts
from analyses.pipeline.exact_test import fisher_p
from tests.pipeline.shared_data import close, published
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2, rossi

RNG = np.random.default_rng(20)


def agreements(when: str, yates: bool) -> list[str]:
    """Variables whose p-value is printed as we compute it."""
    rows = []
    for row in published()["table1"]:
        counts = np.array([row[when]["PCT+RT"], row[when]["PCT+CCRT"]]).T
        p, printed = categorical_test(counts, yates=yates).p, row[when]["p"]
        if p < 0.001 if printed == "<0.001" else round(p, 3) == printed:
            rows.append(row["variable"])
    return rows


def test_published_p_values_before_matching() -> None:
    found = agreements("before", yates=True)
    missed = {row["variable"] for row in published()["table1"]} - set(found)
    assert missed == {"response_to_pct"}


def test_published_p_values_after_matching() -> None:
    assert len(agreements("after", yates=False)) == 21


@pytest.mark.parametrize("yates", [True, False])
def test_chi_square_equals_scipy(yates: bool) -> None:
    table = [[102, 81], [90, 82]]
    found = categorical_test(table, yates=yates)
    expected = stats.chi2_contingency(table, correction=yates)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.df == 1
    assert ("Yates" in found.method) == yates


def test_no_yates_beyond_two_by_two() -> None:
    table = [[26, 12], [66, 45], [100, 106]]
    assert categorical_test(table).p == pytest.approx(stats.chi2_contingency(table).pvalue, rel=1e-12)
    assert categorical_test(table).method == "Pearson chi-square"


def test_one_small_expected_count_calls_for_the_exact_test() -> None:
    result = categorical_test([[10, 7], [3, 0], [179, 156]])
    assert result.method == "Fisher exact (Freeman-Halton)"
    assert result.statistic is None
    assert categorical_test([[10, 9], [2, 1]]).method == "Fisher exact"


def test_levels_that_nobody_has_are_left_out() -> None:
    assert categorical_test([[1, 2], [133, 132], [0, 0]]) == categorical_test([[1, 2], [133, 132]])
    assert categorical_test([[1, 2], [133, 132], [0, 0]], yates=False).p == pytest.approx(1.0)


def test_a_table_with_one_level_has_nothing_to_test() -> None:
    assert categorical_test([[5, 7], [0, 0]]).p == 1.0


@pytest.mark.parametrize(
    ("counts", "error"),
    [
        ([1, 2], LengthMismatch),
        ([[1, 2]], EmptyArm),
        ([[0, 0], [0, 0]], EmptyArm),
        ([[1, -2], [3, 4]], BadValue),
        ([[1, 2.5], [3, 4]], BadValue),
        ([[1, math.nan], [3, 4]], MissingValues),
    ],
)
def test_bad_counts_are_refused(counts: list[object], error: type[Exception]) -> None:
    with pytest.raises(error):
        categorical_test(counts)


def test_counts_equal_r() -> None:
    for expected in SURVIVAL_REFERENCE["describe"]["counts"]:
        counts = np.array(expected["counts"])
        found = categorical_test(counts)
        exact = found.method.startswith("Fisher")
        close(found.p, expected["fisher" if exact else "yates"])
        close(fisher_p(counts).p, expected["fisher"])
        if not exact:
            close(categorical_test(counts, yates=False).p, expected["pearson"])
    assert len(SURVIVAL_REFERENCE["describe"]["counts"]) == 5


@pytest.mark.parametrize("method", ["t", "t-equal", "wilcoxon"])
def test_numbers_equal_r(method: str) -> None:
    weeks, days, expected = rossi(), gbsg2(), SURVIVAL_REFERENCE["describe"]["numeric"]
    samples = {
        "rossi": (weeks["prio"], weeks["wexp"]),
        "gbsg2": (days["tsize"], days["horTh"]),
        "short": ([3.1, 4.7, 5.2, 0.4, 2.2], [0, 0, 1, 1, 1]),
        "rossi_many": (weeks["prio"], np.minimum(weeks["age"] // 8, 4)),
        "gbsg2_many": (days["pnodes"], days["tgrade"]),
    }
    for name, (values, group) in samples.items():
        close(numeric_test(values, group, method=method).p, expected[name][method])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("t", lambda a, b: stats.ttest_ind(a, b, equal_var=False).pvalue),
        ("t-equal", lambda a, b: stats.ttest_ind(a, b).pvalue),
        ("wilcoxon", lambda a, b: stats.mannwhitneyu(a, b).pvalue),
    ],
)
def test_two_groups_equal_scipy(method: str, expected: object) -> None:
    a, b = np.round(RNG.normal(50, 10, 60)), np.round(RNG.normal(54, 14, 45))
    found = numeric_test(np.concatenate([a, b]), ["a"] * 60 + ["b"] * 45, method=method)
    assert callable(expected)
    assert found.p == pytest.approx(expected(a, b), rel=1e-10)


def test_wilcoxon_of_small_samples_is_exact() -> None:
    """Hollander and Wolfe 1973, depression scores; R: wilcox.test(x, y) unpaired W = 58, p = 0.1359."""
    x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06001, 3.14, 1.29001]
    result = numeric_test([*x, *y], [0] * 9 + [1] * 9, method="wilcoxon")
    assert result.method.endswith("exact")
    assert result.statistic == 58
    assert round(result.p, 4) == 0.1359


def test_more_than_two_groups() -> None:
    samples = [RNG.normal(0, 1, 12), RNG.normal(0.5, 2, 15), RNG.normal(0, 1, 20)]
    values, group = np.concatenate(samples), np.repeat([0, 1, 2], [12, 15, 20])
    assert numeric_test(values, group, method="t-equal").p == pytest.approx(stats.f_oneway(*samples).pvalue, rel=1e-10)
    assert numeric_test(values, group, method="wilcoxon").p == pytest.approx(stats.kruskal(*samples).pvalue, rel=1e-10)
    welch = anova_oneway(samples, use_var="unequal", welch_correction=True)
    assert numeric_test(values, group).p == pytest.approx(welch.pvalue, rel=1e-10)
    assert numeric_test(values, group).statistic == pytest.approx(welch.statistic, rel=1e-10)


def test_bad_numeric_input_is_refused() -> None:
    with pytest.raises(BadOption):
        numeric_test([1, 2, 3], [0, 1, 1], method="median")
    with pytest.raises(EmptyArm):
        numeric_test([1, 2, 3], [1, 1, 1])
    with pytest.raises(BadValue):
        numeric_test([1, 1, 1, 1], [0, 0, 1, 1], method="wilcoxon")
    with pytest.raises(MissingValues):
        numeric_test([1, math.nan, 1, 1], [0, 0, 1, 1])
    with pytest.raises(MissingValues, match="not numbers"):
        numeric_test(["I", "II", "I", "I"], [0, 0, 1, 1])


def test_smd_of_numbers_and_proportions_by_hand() -> None:
    values, arm = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0], [0, 0, 0, 1, 1, 1]
    assert smd(values, arm) == pytest.approx((6 - 2) / math.sqrt((1 + 4) / 2))
    flags = [1, 0, 0, 1, 1, 0]
    assert smd(flags, arm) == pytest.approx((2 / 3 - 1 / 3) / math.sqrt(2 / 9))
    assert smd([True, False, False, True, True, False], arm) == smd(flags, arm)


def test_smd_of_levels_is_the_mahalanobis_distance_of_yang_and_dalton() -> None:
    counts = np.array([[7, 8], [33, 13], [95, 72], [57, 70]])
    share = counts / counts.sum(axis=0)
    c, t = share[1:, 0], share[1:, 1]
    covariance = (np.diag(c) - np.outer(c, c) + np.diag(t) - np.outer(t, t)) / 2
    expected = math.sqrt((t - c) @ np.linalg.inv(covariance) @ (t - c))
    assert smd_of_counts(counts) == pytest.approx(expected, rel=1e-12)
    assert smd_of_counts(np.vstack([counts, [0, 0]])) == pytest.approx(expected, rel=1e-12)
    assert smd_of_counts(counts[::-1]) == pytest.approx(expected, rel=1e-12)
    labels = np.repeat(["T1", "T2", "T3", "T4"] * 2, counts.T.ravel())
    assert smd(labels, np.repeat([0, 1], counts.sum(axis=0))) == pytest.approx(expected, rel=1e-12)


def test_smd_of_two_levels_is_that_of_a_proportion() -> None:
    assert smd_of_counts([[60, 40], [40, 60]]) == pytest.approx(
        smd([0] * 60 + [1] * 40 + [0] * 40 + [1] * 60, [0] * 100 + [1] * 100)
    )


def test_smd_weights_count_as_copies() -> None:
    arm, level, weight = [0, 0, 0, 1, 1, 1], ["a", "b", "c", "a", "b", "c"], [3, 2, 1, 1, 2, 3]
    copied = np.repeat(np.arange(6), weight)
    expected = smd(np.array(level)[copied], np.array(arm)[copied])
    assert smd(level, arm, weights=weight) == pytest.approx(expected, rel=1e-12)


def test_smd_without_spread() -> None:
    assert smd([1, 1, 1, 1], [0, 0, 1, 1]) == 0.0
    assert smd([0, 0, 1, 1], [0, 0, 1, 1]) == math.inf
    assert smd_of_counts([[10, 0], [0, 10]]) == math.inf
    assert smd_of_counts([[10, 0], [0, 6], [0, 4]]) == math.inf
