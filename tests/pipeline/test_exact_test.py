"""Fisher's exact test against full enumeration, scipy and its own Monte Carlo."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analyses.pipeline import exact_test
from analyses.pipeline.exact_test import fisher_p


def all_tables(rows: list[int], columns: list[int]) -> Iterator[list[list[int]]]:
    if len(rows) == 1:
        yield [columns]
        return
    for first in product(*(range(min(rows[0], column) + 1) for column in columns)):
        if sum(first) == rows[0]:
            for rest in all_tables(rows[1:], [c - x for c, x in zip(columns, first, strict=True)]):
                yield [list(first), *rest]


def weight(table: list[list[int]]) -> Fraction:
    result = Fraction(1)
    for row in table:
        for cell in row:
            result /= factorial(cell)
    return result


def slow_p(table: np.ndarray) -> float:
    observed = weight(table.tolist())
    limit = observed * (1 + Fraction(1, 10**7))
    weights = [weight(other) for other in all_tables(table.sum(axis=1).tolist(), table.sum(axis=0).tolist())]
    return float(sum((w for w in weights if w <= limit), Fraction(0)) / sum(weights, Fraction(0)))


shapes = st.sampled_from([(2, 2), (3, 2), (4, 2), (2, 3), (3, 3)])


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(shapes)
    cells = draw(st.lists(st.integers(0, 4), min_size=rows * columns, max_size=rows * columns))
    table = np.array(cells).reshape(rows, columns)
    table[:, 0] += table.sum(axis=1) == 0
    table[0] += table.sum(axis=0) == 0
    return table


@settings(max_examples=40)
@given(tables())
def test_equals_full_enumeration(table: np.ndarray) -> None:
    assert fisher_p(table).p == pytest.approx(slow_p(table), rel=1e-9)


@pytest.mark.parametrize("table", [[[8, 2], [1, 5]], [[120, 3], [98, 11]], [[3, 4000], [9, 5000]]])
def test_two_by_two_equals_scipy(table: list[list[int]]) -> None:
    assert fisher_p(np.array(table)).p == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        # Agresti, Categorical Data Analysis, job satisfaction (the example of R's fisher.test): 0.7827
        ([[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]], 0.7827),
        # Fisher's tea tasting, two-sided: 0.4857
        ([[3, 1], [1, 3]], 0.4857),
    ],
)
def test_published_examples(table: list[list[int]], p: float) -> None:
    assert round(fisher_p(np.array(table)).p, 4) == p


def test_transposing_changes_nothing() -> None:
    table = np.array([[6, 3], [123, 96], [18, 27], [45, 37]])
    assert fisher_p(table).p == pytest.approx(fisher_p(table.T).p, rel=1e-12)


def test_beyond_the_cap_a_labelled_simulation_near_the_exact_value(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.array([[6, 3], [123, 96], [18, 27], [45, 37]])
    exact = fisher_p(table)
    monkeypatch.setattr(exact_test, "LARGEST_STATE", 10)
    simulated = fisher_p(table, seed=3)
    assert exact.simulated == 0
    assert simulated.simulated == exact_test.MONTE_CARLO_TABLES
    assert simulated.p == pytest.approx(exact.p, abs=4 * np.sqrt(exact.p * (1 - exact.p) / simulated.simulated))
    assert fisher_p(table, seed=3) == simulated
    assert fisher_p(table, seed=4) != simulated
