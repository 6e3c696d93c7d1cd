"""Bootstraps: one fixed sample against R, replicates that do not depend on who computes them, failures that show."""

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline.checks import (
    BadOption,
    BadValue,
    EmptyArm,
    InputError,
    IntArray,
    LengthMismatch,
    NegativeTime,
    NotSupported,
)
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.propensity import find_non_overlap, fit_propensity
from analyses.pipeline.resampling import (
    Outcome,
    RefittedEffects,
    bootstrap_chunk,
    chunks,
    join,
    matched_pairs,
    refitted_effects,
    rematched_log_hr,
    selected_variables,
    shares,
    summarise,
    weighted_log_hr,
)
from analyses.pipeline.weighting import weighted_effect, weights
from tests.pipeline.shared_data import VETERAN_BLOCKS, VETERAN_COLUMNS, close, veteran
from tests.pipeline.weighting_data import TABLES, covariates, gbsg2, golden, rossi

KINDS: dict[str, dict[str, Any]] = {
    "ate": {},
    "stabilised": {"stabilised": True},
    "att": {"estimand": "att"},
    "atc": {"estimand": "atc"},
    "overlap": {"estimand": "overlap"},
}


def drawn_in_r(n: int) -> IntArray:
    numbers = np.arange(n)
    return np.asarray((7 * numbers**2 + 3 * numbers) % n)


def refitted(table: pd.DataFrame, **estimators: Any) -> RefittedEffects:
    return refitted_effects(
        covariates(table),
        table["treat"],
        table["time"],
        table["event"],
        estimators=estimators or {"a": weighted_log_hr},
    )


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_one_sample_with_its_own_score_equals_r(name: str, kind: str) -> None:
    table, expected = TABLES[name](), golden()[name]["resampled"][kind]
    statistic = refitted(
        table,
        effect=partial(weighted_log_hr, **KINDS[kind]),
        adjusted=partial(weighted_log_hr, adjusted=True, **KINDS[kind]),
    )
    close(statistic(drawn_in_r(len(table))), [expected["effect"], expected["adjusted"]])


@pytest.mark.parametrize("name", TABLES)
def test_one_sample_of_pairs_equals_r(name: str) -> None:
    table = TABLES[name]()
    treated, control = (np.flatnonzero(table["treat"] == arm) for arm in (1, 0))
    pairs = np.column_stack([treated, control[: len(treated)]])
    statistic = matched_pairs(pairs, table["time"], table["event"])
    close(statistic(drawn_in_r(len(pairs)))[0], golden()[name]["resampled"]["pairs"])


@pytest.mark.parametrize("name", TABLES)
def test_drawing_everybody_once_is_the_study_itself(name: str) -> None:
    table = TABLES[name]()
    score = fit_propensity(covariates(table), table["treat"]).score
    overlap = weights(score, table["treat"], estimand="overlap").weights
    matching = match_nearest(score, table["treat"], caliper=0.1, ratio=2)
    kept = np.flatnonzero(matching.weights)
    rows = table.iloc[kept]
    matched = fit_cox(rows[["treat"]], rows["time"], rows["event"], weights=matching.weights[kept]).coef[0]
    statistic = refitted(
        table,
        overlap=partial(weighted_log_hr, estimand="overlap"),
        rematched=partial(rematched_log_hr, caliper=0.1, ratio=2),
    )
    weighted = weighted_effect(table["treat"], table["time"], table["event"], overlap).term.coef
    close(statistic(np.arange(statistic.n)), [weighted, matched])
    sets = matched_pairs(matching.pairs, table["time"], table["event"], weights=matching.weights)
    assert sets.n == len(set(matching.pairs[:, 0].tolist()))
    close(sets(np.arange(sets.n)), [matched])


def test_exact_labels_follow_their_patients() -> None:
    table = gbsg2()
    statistic = refitted(table)
    sample = statistic.sample(np.random.default_rng(1).integers(statistic.n, size=statistic.n))
    exact = table["post"].to_numpy()
    found = match_nearest(sample.score, sample.treated, caliper=0.1, exact=exact[sample.rows])
    rows = found.pairs.ravel()
    direct = fit_cox(sample.treated[rows][:, np.newaxis], sample.time[rows], sample.event[rows]).coef[0]
    close(rematched_log_hr(sample, caliper=0.1, exact=exact), direct)


def test_replicates_depend_on_their_number_alone() -> None:
    statistic = refitted(rossi(), ate=weighted_log_hr, rematched=partial(rematched_log_hr, caliper=0.1))
    whole = bootstrap_chunk(statistic, range(12), seed=4)
    for size in (1, 5, 12):
        assert join(bootstrap_chunk(statistic, chunk, seed=4) for chunk in chunks(12, size)) == whole
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.map(partial(bootstrap_chunk, statistic, seed=4), chunks(12, 5))
        assert join(found) == whole
    assert len(set(whole["ate"])) == 12
    assert bootstrap_chunk(statistic, range(12), seed=5) != whole
    assert json.loads(json.dumps(whole)) == whole


def test_chunks_cover_every_replicate_once() -> None:
    assert chunks(10, 4) == (range(4), range(4, 8), range(8, 10))
    assert chunks(1, 50) == (range(1),)
    for replicates, size in ((0, 5), (5, 0)):
        with pytest.raises(BadValue):
            chunks(replicates, size)


def test_the_spread_of_replicates_is_near_the_robust_error() -> None:
    table = rossi()
    statistic = refitted(table, ate=weighted_log_hr)
    found = summarise(bootstrap_chunk(statistic, range(300), seed=1)["ate"], 0.0)
    score = fit_propensity(covariates(table), table["treat"]).score
    robust = weighted_effect(table["treat"], table["time"], table["event"], weights(score, table["treat"]).weights)
    assert found.se == pytest.approx(robust.term.se, rel=0.15)


@st.composite
def sparse_data(draw: st.DrawFn) -> tuple[Any, Any, Any, Any, IntArray]:
    """Rare levels, doubled columns and numbers: much of it is absent, constant or one-armed in a sample."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(30, 60))
    factor = rng.choice(4, n, p=[0.6, 0.25, 0.1, 0.05])
    flag = rng.random(n) < 0.1
    design = np.column_stack([factor == 1, factor == 2, factor == 3, flag, rng.normal(size=n), factor == 1]).astype(
        float
    )
    arm = rng.random(n) < 0.5
    time, event = rng.integers(1, 9, n), rng.random(n) < 0.6
    arm[:2], event[:2] = [True, False], True
    return design, arm, time, event, rng.integers(n, size=n)


def score_or_reason(design: Any, arm: Any) -> Any:
    try:
        return fit_propensity(design, arm).score
    except InputError as refusal:
        return type(refusal).__name__


@settings(max_examples=60)
@given(sparse_data())
def test_a_sample_without_overlap_is_treated_as_the_study_treats_it(data: tuple[Any, Any, Any, Any, IntArray]) -> None:
    design, arm, time, event, drawn = data
    blocks = {"factor": [0, 1, 2], "flag": [3], "number": [4], "again": [5]}
    statistic = refitted_effects(design, arm, time, event, estimators={"ate": weighted_log_hr}, blocks=blocks)
    rows = drawn
    while True:
        if arm[rows].all() or not arm[rows].any():
            assert statistic(drawn) == ["EmptyArm"]
            return
        levels = {"factor": design[rows][:, :3] @ [1, 2, 3], "flag": design[rows][:, 3]}
        outside = find_non_overlap(levels, arm[rows])
        if not outside:
            break
        rows = np.delete(rows, np.unique(np.concatenate([item.rows for item in outside])))
    varying = design[rows][:, [column for column in range(5) if np.ptp(design[rows, column]) > 0]]
    expected = score_or_reason(varying, arm[rows])
    if isinstance(expected, str):
        assert statistic(drawn) == [expected]
        return
    sample = statistic.sample(drawn)
    np.testing.assert_array_equal(sample.rows, rows)
    assert sample.design.shape[1] <= 5
    close(sample.score, expected)
    (outcome,) = statistic(drawn)
    assert isinstance(outcome, str) or np.isfinite(outcome)


def test_replicates_that_fail_are_counted_by_reason() -> None:
    """Three treated patients, of whom one has the event: often none is drawn, or none with the event."""
    rng = np.random.default_rng(2)
    arm, time = np.arange(40) < 3, rng.integers(1, 30, 40)
    event = np.where(arm, np.arange(40) == 0, rng.random(40) < 0.7)
    statistic = refitted_effects(rng.normal(size=(40, 1)), arm, time, event, estimators={"ate": weighted_log_hr})
    outcomes = bootstrap_chunk(statistic, range(200), seed=1)["ate"]
    found = summarise(outcomes, 0.1)
    assert len(outcomes) == 200 == found.replicates + sum(found.failures.values())
    assert set(found.failures) >= {"EmptyArm", "NotConverged"}
    assert found.failures["EmptyArm"] == outcomes.count("EmptyArm") > 0
    assert list(found.failures.values()) == sorted(found.failures.values(), reverse=True)


def test_one_estimator_may_fail_alone() -> None:
    statistic = refitted(rossi(), ate=weighted_log_hr, rematched=partial(rematched_log_hr, caliper=0.0))
    alone = refitted_effects(
        rossi()[["age", "prio"]] + np.random.default_rng(1).normal(size=(432, 2)),
        rossi()["treat"], rossi()["time"], rossi()["event"], estimators=statistic.estimators,
    )  # fmt: skip
    outcome, refusal = alone(np.arange(432))
    assert isinstance(outcome, float)
    assert refusal == "EmptyArm"


def test_a_covariate_without_finite_estimate_does_not_spoil_the_adjusted_effect() -> None:
    rng = np.random.default_rng(3)
    arm, flag = rng.random(80) < 0.5, rng.random(80) < 0.2
    event = ~flag & (rng.random(80) < 0.7)
    statistic = refitted_effects(
        flag, arm, rng.integers(1, 30, 80), event, estimators={"a": partial(weighted_log_hr, adjusted=True)}
    )
    (outcome,) = statistic(np.arange(80))
    assert isinstance(outcome, float)


def test_intervals() -> None:
    outcomes: list[Outcome] = [*np.arange(101.0).tolist(), "Separation", "EmptyArm", "Separation"]
    found = summarise(outcomes, 40.0, level=0.9)
    close([*found.percentile, found.median], [5, 95, 50])
    close(found.se, np.arange(101).std(ddof=1))
    close(found.normal, 40 + np.array([-1, 1]) * 1.6448536269514722 * found.se)
    assert (found.replicates, found.failures) == (101, {"Separation": 2, "EmptyArm": 1})
    with pytest.raises(BadValue, match="Separation 2"):
        summarise(["Separation", 1.0, "Separation"], 1.0)
    with pytest.raises(BadValue):
        summarise(outcomes, 1.0, level=95)


def selected(statistic: Any, drawn: Sequence[int] | IntArray) -> set[str]:
    outcomes = statistic(np.asarray(drawn))
    return {name for name, outcome in zip(statistic.names, outcomes, strict=True) if outcome == 1.0}


def rossi_selection(**options: Any) -> Any:
    table = rossi()
    names = ["treat", "age", "race", "wexp", "mar", "paro", "prio"]
    blocks = {name: [column] for column, name in enumerate(names)}
    return selected_variables(table[names], table["time"], table["event"], blocks=blocks, **options)


def test_drawing_everybody_once_selects_the_published_models() -> None:
    assert selected(rossi_selection(p_enter=0.1, p_remove=0.15), range(432)) == {"prio", "age", "treat"}
    table = veteran()
    statistic = selected_variables(table[VETERAN_COLUMNS], table["time"], table["status"], blocks=VETERAN_BLOCKS)
    assert selected(statistic, range(len(table))) == {"karno", "celltype"}


def test_screening_leaves_out_variables_that_say_nothing_alone() -> None:
    table = rossi()
    alone = {
        name: fit_cox(table[[name]], table["time"], table["event"]).terms()[0].p
        for name in ("age", "race", "wexp", "mar", "paro", "prio")
    }
    threshold = 0.05
    statistic = rossi_selection(method="backward-lr", p_enter=0.98, p_remove=0.99, entry_threshold=threshold)
    assert selected(statistic, range(432)) == {name for name, p in alone.items() if p < threshold}
    forced = rossi_selection(
        method="backward-lr", p_enter=0.98, p_remove=0.99, entry_threshold=threshold, forced=["treat"]
    )
    assert selected(forced, range(432)) == {"treat", *(name for name, p in alone.items() if p < threshold)}


def test_unknown_values_leave_patients_out_of_the_models_that_need_them() -> None:
    table = rossi()
    design = table[["age", "prio", "paro"]].to_numpy(float)
    design[::3, 2] = np.nan
    blocks = {"age": [0], "prio": [1], "paro": [2]}
    statistic = selected_variables(design, table["time"], table["event"], blocks=blocks, forced=["paro"])
    known = table.iloc[np.flatnonzero(~np.isnan(design[:, 2]))]
    complete = selected_variables(
        known[["age", "prio", "paro"]], known["time"], known["event"], blocks=blocks, forced=["paro"]
    )
    assert selected(statistic, range(432)) == selected(complete, range(len(known)))
    screened = selected_variables(design, table["time"], table["event"], blocks=blocks, entry_threshold=0.05)
    both = table[["age", "prio"]]
    whole = selected_variables(both, table["time"], table["event"], blocks={"age": [0], "prio": [1]})
    assert selected(screened, range(432)) == selected(whole, range(432))


def test_shares_of_selection() -> None:
    statistic = rossi_selection(entry_threshold=0.1)
    outcomes = bootstrap_chunk(statistic, range(40), seed=2)
    found = shares(outcomes)
    assert set(found) == set(statistic.names)
    assert found["prio"] > 0.6 > found["paro"]
    assert found["age"] == outcomes["age"].count(1.0) / 40
    assert shares({"a": [1.0, "NoEvents", 0.0]}) == {"a": 0.5}
    with pytest.raises(BadValue):
        shares({"a": ["NoEvents"]})


def test_a_variable_that_vanishes_in_a_sample_is_not_selected_and_a_sample_without_events_is_counted() -> None:
    statistic = rossi_selection(forced=["mar"])
    single = np.flatnonzero((rossi()["mar"] == 0) & (rossi()["event"] == 1))
    assert "mar" not in selected(statistic, np.resize(single, 432))
    censored = np.flatnonzero(rossi()["event"] == 0)
    assert set(statistic(np.resize(censored, 432))) == {"NoEvents"}


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        (np.empty((0, 2), dtype=int), EmptyArm),
        ([0, 1], LengthMismatch),
        ([[0, 9]], BadValue),
        ([[0.5, 1.0]], BadValue),
        ([[0, 2], [1, 2]], NotSupported),
        ([[0, 1], [1, 2]], NotSupported),
    ],
)
def test_pairs_that_cannot_be_drawn_are_named(pairs: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        matched_pairs(pairs, [1, 2, 3], [1, 1, 0])


def test_bad_input_is_named() -> None:
    with pytest.raises(BadOption):
        rossi_selection(forced=["sex"])
    with pytest.raises(LengthMismatch):
        selected_variables([[1.0], [2.0]], [1, 2, 3], [1, 1, 0], blocks={"a": [0]})
    with pytest.raises(NegativeTime):
        refitted_effects([[1.0], [2.0]], [0, 1], [-1, 2], [1, 1], estimators={})
