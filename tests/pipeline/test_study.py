"""The whole study through its one door: what it returns, what it refuses, and what must not change it."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analyses.pipeline import codec
from analyses.pipeline.dataset import Dataset, Exclusion
from analyses.pipeline.errors import InvalidValueError, StudyError
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import Matching, StudySpec
from analyses.pipeline.steps.stages import STAGES
from analyses.pipeline.study import run_study
from tests.pipeline.factories import plan, study_result, synthetic_dataset

PLANS = ("ccrt_vs_rt", "rt_vs_no_rt_after_pct")


def shuffled(dataset: Dataset, seed: int) -> Dataset:
    return replace(
        dataset,
        frame=dataset.frame.sample(frac=1, random_state=seed),
        toxicity=dataset.toxicity.sample(frac=1, random_state=seed),
    )


def quick(spec: StudySpec, **changes: Any) -> StudySpec:
    """A plan without the replicates that most tests do not look at."""
    return replace(spec, sensitivity=None, **changes)


@pytest.mark.parametrize("name", PLANS)
def test_a_result_survives_its_json_form(name: str) -> None:
    result = study_result(name)
    text = json.dumps(result.to_json(), allow_nan=False)
    assert StudyResult.from_json(json.loads(text)) == result


@pytest.mark.parametrize("name", PLANS)
def test_neither_row_order_nor_repetition_changes_a_bit(name: str) -> None:
    dataset, spec = synthetic_dataset(355), plan(name)
    again = run_study(shuffled(dataset, 8), spec)
    assert again.fingerprint() == study_result(name).fingerprint()


def test_the_result_holds_every_section_of_the_published_plan() -> None:
    result = study_result()
    empty = [name for name, value in vars_of(result).items() if value is None or value == ()]
    assert empty == ["time_dependent"]
    assert {(item.endpoint, item.population) for item in result.survival} == {
        (endpoint, population) for endpoint in ("os", "pfs", "lrpfs", "dpfs") for population in ("all", "matched")
    }
    assert [item.name for item in result.combinations] == [
        "cycles_by_arm",
        "concurrent_regimen",
        "single_agent_after_4_6",
    ]
    assert [item.months for item in result.landmarks] == [12.0, 24.0]


def vars_of(result: StudyResult) -> dict[str, Any]:
    return {name: getattr(result, name) for name in StudyResult.__dataclass_fields__}


def test_the_second_plan_never_compares_naively() -> None:
    result = study_result("rt_vs_no_rt_after_pct")
    assert result.survival == ()
    assert result.matching is None
    assert [item.endpoint for item in result.time_dependent] == ["os", "pfs"]
    assert [item.classify for item in result.landmarks] == ["moment", "moment"]
    for item in result.time_dependent:
        assert item.hazard_ratio is not None
        assert item.adjusted is not None
        assert item.hazard_ratio.n == item.n


def test_parts_of_a_result_agree_with_each_other() -> None:
    result = study_result()
    assert result.table1_before is not None
    assert result.table1_after is not None
    assert result.matching is not None
    assert result.propensity is not None
    sizes = tuple(arm.n for arm in result.arms)
    assert result.table1_before.denominators == sizes
    assert result.attrition.rows[-1].after == sum(sizes)
    assert result.table1_after.denominators == result.matching.matched
    pairs = len(result.matching.pairs)
    assert result.matching.matched == (pairs, pairs)
    assert pairs + len(result.matching.unmatched_treated) == sizes[1]
    assert pairs + len(result.matching.unmatched_control) == sizes[0]
    assert len({patient for pair in result.matching.pairs for patient in pair}) == 2 * pairs
    for table in (result.table1_before, result.table1_after):
        for row in table.rows:
            assert tuple(np.sum([level.counts for level in row.levels], axis=0)) == table.denominators
    assert [len(row.levels) for row in result.table1_after.rows] == [
        len(row.levels) for row in result.table1_before.rows
    ]
    for comparison in result.survival:
        assert tuple(group.n for group in comparison.groups) == (
            sizes if comparison.population == "all" else result.matching.matched
        )


def test_pairs_respect_the_caliper_and_non_overlap_is_listed() -> None:
    result = study_result()
    assert result.propensity is not None
    assert result.matching is not None
    assert result.matching.caliper_width is not None
    score = dict(zip(result.propensity.patients, result.propensity.score, strict=True))
    distances = [abs(score[one] - score[other]) for one, other in result.matching.pairs]
    assert max(distances) <= result.matching.caliper_width
    aside = {patient for item in result.propensity.non_overlap for patient in item.patients}
    assert aside
    assert not aside & set(score)
    assert aside <= set(result.matching.unmatched_treated) | set(result.matching.unmatched_control)
    for item in result.propensity.non_overlap:
        assert 0 in item.counts
        assert len(item.patients) == sum(item.counts)


def test_progress_names_every_stage_and_may_cancel() -> None:
    class Cancelled(Exception):
        pass

    seen: list[tuple[str, float]] = []

    def watch(stage: str, fraction: float) -> None:
        seen.append((stage, fraction))
        if stage == "subgroups":
            raise Cancelled

    dataset = synthetic_dataset(150)
    with pytest.raises(Cancelled):
        run_study(dataset, quick(plan()), progress=watch)
    seen.clear()
    run_study(dataset, quick(plan(), subgroups=None), progress=lambda stage, done: seen.append((stage, done)))
    assert tuple(stage for stage, _ in seen) == STAGES
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] < 1


def test_a_dataset_of_other_parameters_is_refused() -> None:
    dataset = synthetic_dataset(30)
    other = replace(dataset, parameters=replace(dataset.parameters, oligo_threshold=5))
    with pytest.raises(InvalidValueError) as error:
        run_study(other, plan())
    assert error.value.path == "derivation"


def test_patients_without_a_time_are_counted_and_named() -> None:
    dataset = synthetic_dataset(200)
    spec = quick(plan())
    eligible = run_study(dataset, spec)
    someone = eligible.matching.pairs[0][0] if eligible.matching is not None else ""
    frame = dataset.frame.copy()
    frame.loc[someone, ["pfs_months", "pfs_event"]] = [np.nan, None]
    why = Exclusion(patient=someone, reason="progression before time zero", endpoint="pfs")
    result = run_study(replace(dataset, frame=frame, exclusions=(why,)), spec)
    last = result.attrition.rows[-1]
    assert (last.name, last.unknown, last.removed) == ("time_usable", 1, (someone,))
    assert result.attrition.untimed == (why,)
    assert sum(arm.n for arm in result.arms) == sum(arm.n for arm in eligible.arms) - 1


def only(dataset: Dataset, group: str) -> Dataset:
    return replace(dataset, frame=dataset.frame[dataset.frame["treatment_group"] == group])


def test_an_empty_arm_stops_the_study_in_plain_words() -> None:
    with pytest.raises(StudyError) as error:
        run_study(only(synthetic_dataset(100), "PCT+RT"), plan())
    assert error.value.stage == "eligibility"
    assert "No eligible patient is in the arm PCT+CCRT" in error.value.sentence


def test_no_pair_within_the_caliper_names_the_stage_and_the_patients() -> None:
    """A numeric score gives every patient a value of his own, so that a tiny caliper matches nobody."""
    spec = plan()
    assert spec.propensity is not None
    listed = replace(spec.propensity, rule="listed", covariates=("age", "t_category", "n_category", "bone_metastasis"))
    tight = quick(spec, propensity=listed, matching=Matching(caliper=1e-300, caliper_scale="absolute"))
    dataset = synthetic_dataset(60)
    frame = dataset.frame.assign(age=np.linspace(20.0, 70.0, 60))
    with pytest.raises(StudyError) as error:
        run_study(replace(dataset, frame=frame), tight)
    assert error.value.stage == "matching"
    assert "within the caliper" in error.value.sentence
    assert error.value.patients


def test_no_covariate_passes_the_rule() -> None:
    spec = plan()
    assert spec.propensity is not None
    strict = quick(spec, propensity=replace(spec.propensity, threshold=1e-30))
    with pytest.raises(StudyError, match="No covariate has a baseline p below"):
        run_study(synthetic_dataset(80), strict)


def test_separation_is_named_not_returned() -> None:
    """Two covariates that together decide the arm, though every level occurs in both arms."""
    dataset = synthetic_dataset(300)
    frame = dataset.frame.copy()
    treated = (frame["treatment_group"] == "PCT+CCRT").to_numpy()
    age = np.where(treated, 60.0, 30.0) + np.arange(300) % 10
    spec = plan()
    assert spec.propensity is not None
    listed = replace(spec.propensity, rule="listed", covariates=("age",))
    with pytest.raises(StudyError) as error:
        run_study(replace(dataset, frame=frame.assign(age=age)), quick(spec, propensity=listed))
    assert error.value.stage == "matching"
    assert "age" in error.value.sentence


def test_immortal_time_is_warned_of_unless_the_plan_handles_it() -> None:
    assert any("immortal time" in sentence for sentence in study_result().warnings)
    assert not any("immortal time" in sentence for sentence in study_result("rt_vs_no_rt_after_pct").warnings)


def test_every_warning_is_a_diagnostic_that_does_not_pass() -> None:
    for name in PLANS:
        result = study_result(name)
        failing = {check.sentence for check in result.diagnostics if check.verdict in ("warn", "fail")}
        assert set(result.warnings) == failing


def test_the_second_opinion_agrees() -> None:
    opinion = study_result().second_opinion
    assert opinion is not None
    assert opinion.largest_difference is not None
    assert opinion.largest_difference < 1e-5
    assert {row.model for row in opinion.rows} == {"propensity score", "os, matched", "prognostic factors"}


def test_the_manifest_replays_the_run() -> None:
    result, dataset = study_result(), synthetic_dataset(355)
    assert result.manifest.dataset_sha256 == dataset.sha256()
    assert result.manifest.spec_fingerprint == plan().fingerprint()
    assert set(result.manifest.timings) == set(STAGES) - {"manifest"}
    assert {"python", "numpy", "lifelines"} <= set(result.manifest.versions)


def test_no_number_of_a_result_is_nan() -> None:
    def walk(value: Any) -> None:
        if isinstance(value, float):
            assert math.isfinite(value)
        elif isinstance(value, dict):
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(codec.to_json(study_result()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_small_cohorts_get_an_answer_or_a_sentence(seed: int) -> None:
    """Sparse levels, arms without events and landmarks without patients must not end in a trace."""
    for n in (12, 25, 60):
        with suppress(StudyError):
            result = run_study(synthetic_dataset(n, seed=seed), quick(plan()))
            assert StudyResult.from_json(result.to_json()) == result


def test_missing_values_everywhere_get_an_answer() -> None:
    dataset = synthetic_dataset(300, seed=4)
    frame = dataset.frame.copy()
    rng = np.random.default_rng(5)
    for name in ("sex", "pathology", "bone_metastasis", "pct_regimen", "rt_technique", "age"):
        frame.loc[rng.random(len(frame)) < 0.2, name] = np.nan if name == "age" else None
    result = run_study(replace(dataset, frame=frame), quick(plan()))
    assert result.table1_before is not None
    sex = next(row for row in result.table1_before.rows if row.variable == "sex")
    assert sex.levels[-1].level == "Unknown"
    assert sum(sex.missing) == sum(sex.levels[-1].counts) > 0
    assert result.prognostic is not None
    row = next(item for item in result.prognostic.univariate if item.variable == "sex")
    assert row.missing > 0
