"""Agreement of two abstractors, against scikit-learn and statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from analyses.pipeline import checks
from analyses.pipeline.agreement import agreeing_share, cohen_kappa, days_apart, limits_of_agreement

EXACT = {"rel": 1e-9, "abs": 1e-12}


def raters(seed: int) -> tuple[list[str], list[str]]:
    """Two columns of labels that agree more or less often, some of a label that only one of them uses."""
    draw = np.random.default_rng(seed)
    labels = np.array(["T1", "T2", "T3", "T4", "not given"])[: 2 + seed % 4]
    first = draw.choice(labels, size=20 + 13 * (seed % 7), p=draw.dirichlet(np.ones(len(labels))))
    second = np.where(draw.random(first.size) < draw.uniform(0.2, 0.98), first, draw.choice(labels, size=first.size))
    first[0], second[0], first[1], second[1] = labels[0], labels[0], labels[0], labels[1]
    return first.tolist(), second.tolist()


@pytest.mark.parametrize("seed", range(40))
def test_kappa_is_that_of_scikit_learn_and_its_error_that_of_statsmodels(seed: int) -> None:
    first, second = raters(seed)
    labels = sorted({*first, *second})
    table = np.array(
        [[sum(pair == (a, b) for pair in zip(first, second, strict=True)) for b in labels] for a in labels]
    )
    ours, theirs = cohen_kappa(first, second), cohens_kappa(table)
    assert ours.kappa == pytest.approx(cohen_kappa_score(first, second), **EXACT)
    assert ours.kappa == pytest.approx(theirs.kappa, **EXACT)
    assert ours.standard_error == pytest.approx(theirs.std_kappa, **EXACT)
    assert (ours.low, ours.high) == (
        pytest.approx(max(-1, theirs.kappa_low), **EXACT),
        pytest.approx(min(1, theirs.kappa_upp), **EXACT),
    )
    assert ours.observed == pytest.approx(np.mean(np.array(first) == np.array(second)), **EXACT)


def test_kappa_of_a_printed_table() -> None:
    """20 and 15 pairs agree on yes and no, 5 and 10 do not: 0.70 observed, 0.50 expected."""
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = cohen_kappa(first, second)
    assert (found.n, found.observed, found.expected) == (50, pytest.approx(0.7), pytest.approx(0.5))
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_not_defined_where_one_value_is_given_throughout() -> None:
    found = cohen_kappa(["M1"] * 9, ["M1"] * 9)
    assert (found.n, found.observed, found.expected) == (9, 1.0, 1.0)
    assert found.kappa is found.standard_error is found.low is found.high is None


def test_kappa_is_zero_where_each_gives_one_value_and_another_than_the_other() -> None:
    found = cohen_kappa(["M0"] * 5, ["M1"] * 5)
    assert (found.kappa, found.observed) == (0.0, 0.0)


def test_perfect_agreement_on_several_values_has_no_error() -> None:
    found = cohen_kappa(["a", "b", "c"] * 7, ["a", "b", "c"] * 7)
    assert (found.kappa, found.low, found.high) == (1.0, pytest.approx(1.0), 1.0)


@pytest.mark.parametrize(("agreeing", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (27, 30), (1, 1000), (999, 1000)])
def test_the_interval_of_a_share_is_wilsons(agreeing: int, n: int) -> None:
    found = agreeing_share(agreeing, n)
    low, high = proportion_confint(agreeing, n, method="wilson")
    assert (found.share, found.low, found.high) == (
        agreeing / n,
        pytest.approx(low, rel=1e-9, abs=1e-12),
        pytest.approx(high, rel=1e-9, abs=1e-12),
    )


def test_limits_of_agreement_by_hand() -> None:
    found = limits_of_agreement([70, 66, 68, 72], [70, 68, 67, 75])
    assert (found.n, found.mean) == (4, 1.0)
    assert found.sd == pytest.approx(np.sqrt((1 + 1 + 4 + 4) / 3))
    assert found.high == pytest.approx(1 + 1.959963984540054 * np.sqrt(10 / 3))
    assert found.low == pytest.approx(1 - 1.959963984540054 * np.sqrt(10 / 3))
    single = limits_of_agreement([70], [72])
    assert (single.mean, single.sd, single.low) == (2.0, None, None)


def test_dates_are_so_many_days_apart() -> None:
    found = days_apart([0, 10, 20, 30], [0, 11, 15, 330])
    assert (found.n, found.median, found.largest) == (4, 3.0, 300.0)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(checks.LengthMismatch):
        cohen_kappa(["a"], ["a", "b"])
    with pytest.raises(checks.EmptyArm):
        cohen_kappa([], [])
    with pytest.raises(checks.MissingValues):
        cohen_kappa(["a", None], ["a", "b"])
    with pytest.raises(checks.MissingValues):
        limits_of_agreement([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(checks.BadValue):
        agreeing_share(3, 2)
