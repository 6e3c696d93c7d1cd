"""Optimal matching against R's assignment solver and against looking at every possible set of pairs."""

import math
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline import optimal
from analyses.pipeline.checks import NotSupported
from analyses.pipeline.matching import PRESETS, match_nearest
from analyses.pipeline.propensity import fit_propensity
from tests.pipeline.shared_data import close
from tests.pipeline.weighting_data import TABLES, covariates, gbsg2, golden

CALIPERS = [0.02, 0.1, None]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("position", range(3))
def test_number_of_pairs_and_total_distance_equal_r(name: str, position: int) -> None:
    table, expected = TABLES[name](), golden()[name]["optimal"][position]
    score = fit_propensity(covariates(table), table["treat"]).score
    found = match_nearest(score, table["treat"], caliper=CALIPERS[position], rule="optimal")
    assert len(found.pairs) == expected["pairs"]
    close(found.distance.sum(), expected["total"])
    if CALIPERS[position] is not None:
        close(found.caliper_width, expected["width"])


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[float], list[bool], float | None]:
    n = draw(st.integers(3, 9))
    levels = draw(st.sampled_from([3, 8, 1000]))
    score = [draw(st.integers(1, levels)) / (levels + 1) for _ in range(n)]
    treated = [draw(st.booleans()) for _ in range(n)]
    treated[:2] = [True, False]
    return score, treated, draw(st.sampled_from([0.0, 0.1, 0.3, None]))


def slow_optimum(score: list[float], treated: list[bool], width: float) -> tuple[int, float]:
    """The largest number of pairs, and the smallest total distance of that many."""
    units = [row for row, arm in enumerate(treated) if arm]
    controls = [row for row, arm in enumerate(treated) if not arm]
    for size in range(min(len(units), len(controls)), 0, -1):
        totals = [
            sum(distances)
            for chosen in combinations(units, size)
            for partners in permutations(controls, size)
            if max(distances := [abs(score[a] - score[b]) for a, b in zip(chosen, partners, strict=True)]) <= width
        ]
        if totals:
            return size, min(totals)
    return 0, 0.0


@settings(max_examples=150)
@given(problems())
def test_nothing_better_exists(problem: tuple[list[float], list[bool], float | None]) -> None:
    score, treated, caliper = problem
    found = match_nearest(score, treated, caliper=caliper, caliper_scale="absolute", rule="optimal")
    width = math.inf if caliper is None else caliper
    size, total = slow_optimum(score, treated, width)
    assert len(found.pairs) == size
    assert found.distance.sum() == pytest.approx(total, abs=1e-12)
    assert (found.distance <= width).all()
    assert len(set(found.pairs.ravel().tolist())) == 2 * size
    assert all(treated[row] for row in found.pairs[:, 0])
    assert not any(treated[row] for row in found.pairs[:, 1])


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([5, 40, 10_000]), st.sampled_from([0.0, 0.05, 0.5, None]), st.booleans())
def test_never_worse_than_greedy(seed: int, levels: int, caliper: float | None, grouped: bool) -> None:
    rng = np.random.default_rng(seed)
    treated = rng.random(150) < 0.4
    score = (rng.integers(1, levels + 1, 150) + levels * 0.2 * treated) / (2 * levels)
    site = rng.integers(0, 2, 150)
    exact = site if grouped else None
    best = match_nearest(score, treated, caliper=caliper, rule="optimal", exact=exact)
    greedy = match_nearest(score, treated, caliper=caliper, exact=exact)
    assert len(best.pairs) >= len(greedy.pairs)
    if len(best.pairs) == len(greedy.pairs):
        assert best.distance.sum() <= greedy.distance.sum() + 1e-9
    if grouped:
        np.testing.assert_array_equal(site[best.pairs[:, 0]], site[best.pairs[:, 1]])


def test_a_greedy_choice_that_costs_a_pair_is_not_made() -> None:
    score, treated = [0.50, 0.58, 0.56, 0.66], [1, 1, 0, 0]
    greedy = match_nearest(score, treated, caliper=0.09, caliper_scale="absolute")
    best = match_nearest(score, treated, caliper=0.09, caliper_scale="absolute", rule="optimal")
    assert greedy.pairs.tolist() == [[1, 2]]
    assert best.pairs.tolist() == [[1, 3], [0, 2]]


def test_shuffling_rows_with_ids_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    score, treated, ids = rng.integers(1, 9, 120) / 10, rng.random(120) < 0.4, np.arange(500, 620)
    rows = rng.permutation(120)
    straight = match_nearest(score, treated, caliper=0.5, rule="optimal", ids=ids, seed=2)
    shuffled = match_nearest(score[rows], treated[rows], caliper=0.5, rule="optimal", ids=ids[rows], seed=2)
    np.testing.assert_array_equal(ids[straight.pairs], ids[rows][shuffled.pairs])


def test_nobody_within_the_caliper_is_a_result() -> None:
    found = match_nearest([0.9, 0.1, 0.2], [1, 0, 0], caliper=0.1, caliper_scale="absolute", rule="optimal")
    assert found.pairs.shape == (0, 2)


def test_a_problem_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimal, "LARGEST_EDGES", 40)
    score, treated = np.linspace(0.1, 0.9, 20), np.arange(20) % 2 == 0
    with pytest.raises(NotSupported, match="100 pairs within the caliper, more than 40"):
        match_nearest(score, treated, caliper=None, rule="optimal")
    assert len(match_nearest(score, treated, caliper=0.2, rule="optimal").pairs) == 10


@pytest.mark.parametrize("changes", [{"ratio": 2}, {"replace": True}])
def test_only_pairs_without_replacement(changes: dict[str, Any]) -> None:
    with pytest.raises(NotSupported):
        match_nearest([0.1, 0.2, 0.3], [1, 0, 0], caliper=0.2, rule="optimal", **changes)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_complete_but_for_caliper_and_seed(preset: str) -> None:
    table = gbsg2()
    score = fit_propensity(covariates(table), table["treat"]).score
    found = match_nearest(score, table["treat"], **{"caliper": 0.05, "seed": 3, **PRESETS[preset]})
    assert len(found.pairs) > 200
