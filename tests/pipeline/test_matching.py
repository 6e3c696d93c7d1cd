"""Matching against MatchIt's pairs, and against a matcher so slow that it is obviously right."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline.checks import BadOption, BadValue, EmptyArm, LengthMismatch, NotSupported
from analyses.pipeline.matching import PRESETS, Matching, match_nearest
from analyses.pipeline.propensity import fit_propensity
from analyses.pipeline.tie_order import tie_order
from tests.pipeline.shared_data import lalonde, pairs_of, r_reference, rhc


def named(matching: Matching, ids: Any) -> set[tuple[Any, Any]]:
    return {(ids[treated], ids[control]) for treated, control in matching.pairs.tolist()}


def test_lalonde_pairs_equal_matchit() -> None:
    table, design = lalonde()
    score = fit_propensity(design, table["treat"]).score
    assert named(match_nearest(score, table["treat"], caliper=None), table.index) == pairs_of("lalonde_pairs.csv")


@pytest.mark.parametrize(
    ("caliper", "on", "pairs"),
    [
        (0.1, "probability", 111),
        (0.2, "probability", 113),
        (0.1, "logit", 112),
        (0.2, "logit", 117),
        (None, "logit", 185),
    ],
)
def test_lalonde_calipers_equal_matchit(caliper: float | None, on: str, pairs: int) -> None:
    table, design = lalonde()
    score = fit_propensity(design, table["treat"]).score
    assert len(match_nearest(score, table["treat"], caliper=caliper, on=on).pairs) == pairs


def test_rhc_pairs_equal_matchit() -> None:
    table, design, _ = rhc()
    score = fit_propensity(design, table["treat"]).score
    found = match_nearest(score, table["treat"], caliper=0.2)
    assert found.caliper_width == pytest.approx(r_reference()["rhc_psm"]["caliper_abs"], rel=1e-6)
    assert named(found, table["ptid"]) == pairs_of("rhc_pairs.csv")
    assert len(found.pairs) == 1678


def slow_pairs(
    score: list[float], treated: list[bool], width: float, ratio: int, replace: bool, keys: list[int]
) -> list[tuple[int, int]]:
    """Look at every free control each time; the left one of two equally near ones, and of those the last before."""
    order = sorted(range(len(score)), key=lambda row: (score[row], keys[row]))
    position = {row: index for index, row in enumerate(order)}
    waiting = sorted((row for row in position if treated[row]), key=lambda row: (-score[row], keys[row]))
    free = {row for row in position if not treated[row]}
    pairs: list[tuple[int, int]] = []
    for _ in range(ratio):
        served = []
        for unit in waiting:
            mine = {control for row, control in pairs if row == unit}
            near = [row for row in free - mine if abs(score[row] - score[unit]) <= width]
            if not near:
                continue

            def rank(row: int, unit: int = unit) -> tuple[float, bool, int]:
                return (
                    abs(score[row] - score[unit]),
                    position[row] > position[unit],
                    abs(position[row] - position[unit]),
                )

            chosen = min(near, key=rank)
            pairs.append((unit, chosen))
            served.append(unit)
            if not replace:
                free.discard(chosen)
        waiting = served
    return pairs


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[float], list[bool]]:
    n = draw(st.integers(4, 24))
    # few distinct scores tie as those of categorical covariates do
    levels = draw(st.sampled_from([3, 7, 1000]))
    score = [draw(st.integers(1, levels)) / (levels + 1) for _ in range(n)]
    treated = [draw(st.booleans()) for _ in range(n)]
    treated[:2] = [True, False]
    return score, treated


@settings(max_examples=60)
@given(problems(), st.sampled_from([0.0, 0.1, 0.25, None]), st.integers(1, 3), st.booleans(), st.booleans())
def test_equals_the_slow_obvious_matcher(
    problem: tuple[list[float], list[bool]], caliper: float | None, ratio: int, replace: bool, hashed: bool
) -> None:
    score, treated = problem
    ids = [f"P{row}" for row in range(len(score))] if hashed else None
    found = match_nearest(
        score, treated, caliper=caliper, caliper_scale="absolute", ratio=ratio, replace=replace, ids=ids, seed=7
    )
    keys = tie_order(len(score), ids, 7).tolist()
    width = math.inf if caliper is None else caliper
    assert sorted(map(tuple, found.pairs.tolist())) == sorted(slow_pairs(score, treated, width, ratio, replace, keys))
    assert (found.distance <= width).all()
    if not replace:
        assert len(set(found.pairs[:, 1].tolist())) == len(found.pairs)
    everyone = {*found.pairs.ravel().tolist(), *found.unmatched_treated.tolist(), *found.unmatched_control.tolist()}
    assert everyone == set(range(len(score)))


@settings(max_examples=40)
@given(
    problems(), st.sampled_from(["matchit", "random-within-caliper"]), st.integers(0, 5), st.randoms(), st.booleans()
)
def test_shuffling_rows_with_ids_changes_nothing(
    problem: tuple[list[float], list[bool]], rule: str, seed: int, random: Any, grouped: bool
) -> None:
    score, treated = problem
    ids = [f"P{row}" for row in range(len(score))]
    site = [row % 2 for row in range(len(score))]
    rows = list(range(len(score)))
    random.shuffle(rows)

    def run(sequence: list[int]) -> set[tuple[str, str]]:
        found = match_nearest(
            [score[row] for row in sequence],
            [treated[row] for row in sequence],
            caliper=0.5,
            rule=rule,
            exact=[site[row] for row in sequence] if grouped else None,
            ids=[ids[row] for row in sequence],
            seed=seed,
        )
        return named(found, [ids[row] for row in sequence])

    assert run(rows) == run(list(range(len(score))))


def test_ids_without_a_seed_still_do_not_depend_on_rows() -> None:
    rng = np.random.default_rng(1)
    score, treated, ids = rng.integers(1, 5, 60) / 6, rng.random(60) < 0.4, np.arange(100, 160)
    rows = rng.permutation(60)
    straight = match_nearest(score, treated, caliper=0.1, ids=ids)
    shuffled = match_nearest(score[rows], treated[rows], caliper=0.1, ids=ids[rows])
    assert named(straight, ids) == named(shuffled, ids[rows])


def test_another_seed_orders_ties_otherwise() -> None:
    rng = np.random.default_rng(2)
    score, treated = rng.integers(1, 4, 80) / 5, rng.random(80) < 0.4
    found = {
        tuple(match_nearest(score, treated, caliper=0.1, ids=np.arange(80), seed=s).pairs.ravel()) for s in range(5)
    }
    assert len(found) == 5


def test_the_hash_is_fixed_for_ever() -> None:
    """Reports must be repeatable: this order may not change with a release."""
    assert tie_order(6, ["A1", "A2", "A3", "A4", "A5", "A6"], 1).tolist() == [1, 4, 5, 0, 2, 3]
    assert tie_order(3, [1, 2, 3], 4).tolist() == tie_order(3, ["1", "2", "3"], 4).tolist()


def test_random_within_caliper_draws_each_eligible_control() -> None:
    score, treated = [0.5, 0.45, 0.5, 0.52, 0.58, 0.9], [1, 0, 0, 0, 0, 0]
    drawn = {
        match_nearest(
            score, treated, caliper=0.06, caliper_scale="absolute", rule="random-within-caliper", seed=seed
        ).pairs[0, 1]
        for seed in range(60)
    }
    assert drawn == {1, 2, 3}


@settings(max_examples=30)
@given(problems(), st.sampled_from([0.05, 0.3, None]), st.integers(1, 2))
def test_random_matching_keeps_the_rules(
    problem: tuple[list[float], list[bool]], caliper: float | None, ratio: int
) -> None:
    score, treated = problem
    found = match_nearest(
        score, treated, caliper=caliper, caliper_scale="absolute", rule="random-within-caliper", ratio=ratio, seed=1
    )
    assert len(set(found.pairs[:, 1].tolist())) == len(found.pairs)
    assert (found.distance <= (math.inf if caliper is None else caliper)).all()
    assert all(treated[row] for row in found.pairs[:, 0])
    taken = set(found.pairs[:, 1].tolist())
    for row in found.unmatched_treated.tolist():
        free = [k for k in range(len(score)) if not treated[k] and k not in taken]
        assert caliper is not None or not free
        assert not any(abs(score[k] - score[row]) <= (caliper or 0) for k in free)


def test_exact_matching_pairs_equals_only_and_keeps_the_common_caliper() -> None:
    rng = np.random.default_rng(3)
    score, treated = rng.random(200), rng.random(200) < 0.4
    sex, stage = rng.integers(0, 2, 200), rng.integers(0, 3, 200)
    found = match_nearest(score, treated, caliper=0.2, exact=np.column_stack([sex, stage]))
    assert found.caliper_width == pytest.approx(0.2 * score.std(ddof=1))
    for column in (sex, stage):
        np.testing.assert_array_equal(column[found.pairs[:, 0]], column[found.pairs[:, 1]])
    apart: set[tuple[int, int]] = set()
    for value in np.unique(sex * 3 + stage):
        rows = np.flatnonzero(sex * 3 + stage == value)
        inner = match_nearest(score[rows], treated[rows], caliper=found.caliper_width, caliper_scale="absolute")
        apart |= named(inner, rows)
    assert named(found, np.arange(200)) == apart
    assert (np.diff(score[found.pairs[:, 0]]) <= 0).all()


def test_caliper_scales() -> None:
    rng = np.random.default_rng(4)
    score, treated = rng.beta(2, 3, 90), rng.random(90) < 0.5
    logit = np.log(score / (1 - score))
    pooled = math.sqrt((logit[treated].var(ddof=1) + logit[~treated].var(ddof=1)) / 2)
    assert match_nearest(score, treated, **PRESETS["austin-logit"]).caliper_width == pytest.approx(0.2 * pooled)
    assert match_nearest(score, treated, caliper=0.1, on="logit").caliper_width == pytest.approx(
        0.1 * logit.std(ddof=1)
    )
    assert match_nearest(score, treated, caliper=0.1, caliper_scale="absolute").caliper_width == 0.1
    assert match_nearest(score, treated, caliper=None).caliper_width is None


def test_order_of_service() -> None:
    score, treated = [0.2, 0.8, 0.5, 0.79], [1, 1, 0, 0]
    assert match_nearest(score, treated, caliper=None).pairs.tolist() == [[1, 3], [0, 2]]
    assert match_nearest(score, treated, caliper=None, order="smallest").pairs.tolist() == [[0, 2], [1, 3]]
    orders = {match_nearest(score, treated, caliper=None, order="random", seed=s).pairs[0, 0] for s in range(20)}
    assert orders == {0, 1}


def test_weights_are_matchits() -> None:
    """Two controls for the first treated, one (shared) for the second: weights 1/2, 1/2 + 1, scaled to sum to 2."""
    found = match_nearest(
        [0.5, 0.6, 0.5, 0.58], [1, 1, 0, 0], caliper=0.09, caliper_scale="absolute", ratio=2, replace=True
    )
    assert sorted(map(tuple, found.pairs.tolist())) == [(0, 2), (0, 3), (1, 3)]
    np.testing.assert_allclose(found.weights, [1, 1, 0.5, 1.5])
    plain = match_nearest([0.5, 0.6, 0.5, 0.58, 0.1], [1, 1, 0, 0, 0], caliper=None)
    np.testing.assert_array_equal(plain.weights, [1, 1, 1, 1, 0])


def test_nobody_within_the_caliper_is_a_result() -> None:
    found = match_nearest([0.9, 0.1, 0.2], [1, 0, 0], caliper=0.1, caliper_scale="absolute")
    assert found.pairs.shape == (0, 2)
    assert found.unmatched_treated.tolist() == [0]
    assert found.weights.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"caliper_scale": "cm"}, BadOption),
        ({"rule": "best"}, BadOption),
        ({"on": "odds"}, BadOption),
        ({"order": "closest"}, BadOption),
        ({"caliper": -0.1}, BadValue),
        ({"caliper": math.nan}, BadValue),
        ({"ratio": 0}, BadValue),
        ({"ids": [1, 1, 2]}, BadValue),
        ({"ids": [1, 2]}, LengthMismatch),
        ({"exact": [1, 2]}, LengthMismatch),
        ({"rule": "random-within-caliper"}, BadOption),
        ({"rule": "random-within-caliper", "replace": True, "seed": 1}, NotSupported),
        ({"score": [0.1, 1.0, 0.3], "on": "logit"}, BadValue),
        ({"treated": [1, 1, 1]}, EmptyArm),
        ({"score": [0.1, 0.2]}, LengthMismatch),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception]) -> None:
    arguments: dict[str, Any] = {"score": [0.1, 0.2, 0.3], "treated": [1, 0, 0], "caliper": 0.2, **changes}
    with pytest.raises(error):
        match_nearest(arguments.pop("score"), arguments.pop("treated"), **arguments)
