"""Draws instead of matchings: the same sets, each as often, as greedy matching finds under shuffled ties."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline.checks import LengthMismatch
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.tie_draws import TieDraws, tie_draws

CALIPERS = st.sampled_from([None, 0.0, 0.1, 0.25])


def matched(
    score: np.ndarray, treated: np.ndarray, caliper: float | None, order: str, rows: np.ndarray, site: np.ndarray
) -> np.ndarray:
    """Who is matched (a mask) when equal scores have the order of `rows`."""
    found = match_nearest(
        score[rows], treated[rows], caliper=caliper, caliper_scale="absolute", order=order, exact=site[rows]
    )
    mask = np.zeros(len(score), dtype=bool)
    mask[rows[found.pairs.ravel()]] = True
    return mask


def tied_problem(seed: int, size: int, values: int, sites: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    treated = rng.random(size) < 0.4
    treated[:2] = True, False
    return rng.integers(1, values + 1, size) / (values + 2), treated, rng.integers(0, sites, size)


@settings(max_examples=80)
@given(st.integers(0, 10**6), st.integers(2, 60), st.integers(1, 6), st.integers(1, 2), CALIPERS, st.booleans())
def test_a_draw_has_the_sizes_that_every_order_of_ties_has(
    seed: int, size: int, values: int, sites: int, caliper: float | None, descending: bool
) -> None:
    score, treated, site = tied_problem(seed, size, values, sites)
    order = "largest" if descending else "smallest"
    first = matched(score, treated, caliper, order, np.arange(size), site)
    draws = tie_draws(score, treated, first, exact=site[:, np.newaxis])
    rng = np.random.default_rng(seed)
    drawn = draws.draw(rng)
    assert len(set(drawn.tolist())) == len(drawn)

    def sizes(rows: np.ndarray) -> Counter[tuple[float, bool, int]]:
        return Counter(zip(score[rows].tolist(), treated[rows].tolist(), site[rows].tolist(), strict=True))

    for _ in range(3):
        again = matched(score, treated, caliper, order, rng.permutation(size), site)
        assert sizes(np.flatnonzero(again)) == sizes(drawn)


def test_draws_and_shuffled_matchings_find_each_set_equally_often() -> None:
    score = np.array([0.2, 0.2, 0.2, 0.2, 0.5, 0.5, 0.5])
    treated = np.array([1, 0, 0, 0, 1, 1, 0], dtype=bool)
    none = np.zeros(7, dtype=int)
    exactly = Counter(
        tuple(np.flatnonzero(matched(score, treated, 0.1, "largest", np.array(rows), none)).tolist())
        for rows in permutations(range(7))
    )
    assert set(exactly.values()) == {5040 // 6}  # 3 controls for one treated x 2 treated for one control
    draws = tie_draws(score, treated, matched(score, treated, 0.1, "largest", np.arange(7), none))
    rng = np.random.default_rng(1)
    drawn = Counter(tuple(sorted(draws.draw(rng).tolist())) for _ in range(6000))
    assert set(drawn) == set(exactly)
    assert max(abs(count - 1000) for count in drawn.values()) < 150  # 5 standard deviations


def test_distinct_scores_leave_nothing_open() -> None:
    score, treated = np.linspace(0.1, 0.9, 20), np.arange(20) % 3 == 0
    first = matched(score, treated, 0.2, "largest", np.arange(20), np.zeros(20, dtype=int))
    draws = tie_draws(score, treated, first)
    assert draws.open.size == 0
    np.testing.assert_array_equal(draws.draw(np.random.default_rng(0)), np.flatnonzero(first))


def test_a_seed_gives_one_draw() -> None:
    score, treated, _ = tied_problem(4, 200, 3, 1)
    draws: TieDraws = tie_draws(score, treated, treated | (np.arange(200) % 5 == 0))
    one, same, other = (draws.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_lengths_are_checked() -> None:
    with pytest.raises(LengthMismatch):
        tie_draws([0.1, 0.2], [1, 0], [1, 0, 0])
