"""The steps that compare methods, resample and count competing events, against other software and slow computations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from lifelines import CoxPHFitter

from analyses.pipeline.chunks import ChunkTask, chunk_tasks, compute_chunk
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.results import EffectRow, StudyResult
from analyses.pipeline.spec import Imputation, Resampling, Sensitivity, StudySpec, TimeZeroVariant, Weighting
from analyses.pipeline.study import run_study
from tests.pipeline.factories import plan, study_result, synthetic_dataset
from tests.pipeline.shared_data import close


def rows(result: StudyResult) -> dict[str, EffectRow]:
    assert result.effects is not None
    return {item.method: item for item in result.effects.rows}


def test_each_method_of_the_plan_has_its_row_and_its_interval() -> None:
    result = study_result()
    found = rows(result)
    assert list(found) == ["unadjusted", "matched", "ate", "att", "overlap"]
    for method, item in found.items():
        assert item.hazard_ratio is not None
        assert (item.bootstrap is None) == (method == "unadjusted")
        if item.bootstrap is not None:
            assert item.bootstrap.lower < item.hazard_ratio.hr < item.bootstrap.upper
            assert item.bootstrap.replicates == 20
    assert found["matched"].hazard_ratio == result.comparison("os", "matched").robust
    assert found["unadjusted"].hazard_ratio == result.comparison("os", "all").hazard_ratio


def test_overlap_weights_balance_the_covariates_of_the_score_exactly() -> None:
    found = rows(study_result())
    assert found["overlap"].largest_smd == pytest.approx(0, abs=1e-8)
    assert found["unadjusted"].largest_smd is not None
    assert found["unadjusted"].largest_smd > 0.1


def test_weighted_hazard_ratios_equal_lifelines() -> None:
    result = study_result()
    assert result.propensity is not None
    dataset = synthetic_dataset(355)
    table = dataset.frame.loc[list(result.propensity.patients), ["os_months", "os_event"]].astype(float)
    score, arm = np.array(result.propensity.score), np.array(result.propensity.treated, dtype=float)
    weights = {"att": np.where(arm == 1, 1, score / (1 - score)), "overlap": np.where(arm == 1, 1 - score, score)}
    for method, weight in weights.items():
        fit = CoxPHFitter().fit(
            table.assign(arm=arm, w=weight),
            "os_months",
            "os_event",
            weights_col="w",
            robust=True,
            fit_options={"precision": 1e-10},
        )
        ratio = rows(result)[method].hazard_ratio
        assert ratio is not None
        close(ratio.log_hr, fit.params_["arm"])
        assert ratio.se == pytest.approx(fit.standard_errors_["arm"], rel=1e-3)  # lifelines leaves ties out of it


@pytest.fixture(scope="module")
def small() -> tuple[Dataset, StudySpec]:
    spec = plan()
    return synthetic_dataset(250), replace(spec, resampling=Resampling(replicates=10, stability=4, chunk=4))


def test_chunks_computed_elsewhere_in_any_order_give_the_same_result_to_the_last_bit(
    small: tuple[Dataset, StudySpec],
) -> None:
    dataset, spec = small
    tasks = chunk_tasks(spec)
    assert [task.size for task in tasks if task.kind == "bootstrap"] == [4, 4, 2]
    elsewhere = {task: json.loads(json.dumps(compute_chunk(dataset, spec, task))) for task in reversed(tasks)}
    assert run_study(dataset, spec, chunks=elsewhere).fingerprint() == run_study(dataset, spec).fingerprint()


def test_the_size_of_chunks_changes_nothing(small: tuple[Dataset, StudySpec]) -> None:
    dataset, spec = small
    other = replace(spec, resampling=Resampling(replicates=10, stability=4, chunk=3))
    assert run_study(dataset, spec).effects == run_study(dataset, other).effects


def test_a_plan_without_resampling_has_no_chunks_and_no_intervals() -> None:
    spec = replace(plan(), resampling=None, imputation=None)
    assert chunk_tasks(spec) == ()
    result = run_study(synthetic_dataset(250), spec)
    assert result.stability is None
    assert all(item.bootstrap is None for item in rows(result).values())


def test_weighting_without_a_score_is_refused_by_its_path() -> None:
    with pytest.raises(InvalidValueError, match="propensity"):
        replace(plan(), propensity=None, matching=None, weighting=Weighting())


def test_the_forced_arm_is_in_every_model_and_shares_are_shares() -> None:
    found = study_result().stability
    assert found is not None
    share = {item.variable: item.share for item in found.rows}
    assert share["treatment_group"] == 1
    assert all(0 <= value <= 1 for value in share.values())


@pytest.mark.parametrize("how", ["entry", "restart"])
def test_a_later_time_zero_equals_lifelines(how: str) -> None:
    variant = TimeZeroVariant(label="Later", moment="rt_start", how="entry" if how == "entry" else "restart")
    spec = replace(
        plan(), sensitivity=Sensitivity(tie_orders=0, time_zeros=(variant,)), resampling=None, imputation=None
    )
    dataset = synthetic_dataset(355)
    result = run_study(dataset, spec)
    assert result.sensitivity is not None
    assert result.matching is not None
    row = next(item for item in result.sensitivity.rows if item.kind == "time zero")
    pairs = np.array(result.matching.pairs)
    table = dataset.frame.loc[pairs.ravel(), ["os_months", "os_event", "rt_start_months"]].astype(float)
    table["arm"] = np.tile([1.0, 0.0], len(pairs))
    table = table[table["rt_start_months"] < table["os_months"]]
    if how == "restart":
        table["os_months"] -= table["rt_start_months"]
    entry = {"entry_col": "rt_start_months"} if how == "entry" else {}
    columns = ["os_months", "os_event", "arm", *entry.values()]
    fit = CoxPHFitter().fit(table[columns], "os_months", "os_event", fit_options={"precision": 1e-10}, **entry)
    assert row.hazard_ratio is not None
    close(row.hazard_ratio.log_hr, fit.params_["arm"])
    assert sum(row.n) == len(table)


def test_a_negative_control_is_the_same_comparison_of_another_endpoint() -> None:
    spec = replace(
        plan(), sensitivity=Sensitivity(tie_orders=0, negative_control="pfs"), resampling=None, imputation=None
    )
    result = run_study(synthetic_dataset(250), spec)
    assert result.sensitivity is not None
    row = next(item for item in result.sensitivity.rows if item.kind == "negative control")
    assert row.hazard_ratio == result.comparison("pfs", "matched").robust


def slow_incidence(months: Sequence[float], codes: Sequence[int], at: float) -> float:
    """Aalen-Johansen by its definition, patient by patient."""
    total, surviving = 0.0, 1.0
    for time in sorted({m for m, code in zip(months, codes, strict=True) if code and m <= at}):
        at_risk = sum(m >= time for m in months)
        events = [code for m, code in zip(months, codes, strict=True) if m == time and code]
        total += surviving * events.count(1) / at_risk
        surviving *= 1 - len(events) / at_risk
    return total


def test_incidence_equals_its_definition_and_the_hazards_their_endpoint() -> None:
    dataset, result = synthetic_dataset(355), study_result()
    assert result.matching is not None
    pairs = np.array(result.matching.pairs)
    assert [item.endpoint for item in result.competing] == ["lrp", "dp"]
    for item in result.competing:
        for arm, patients in zip(item.arms, (pairs[:, 1], pairs[:, 0]), strict=True):
            part = dataset.frame.loc[patients]
            months, codes = part[f"{item.endpoint}_months"].tolist(), part[f"{item.endpoint}_event"].tolist()
            assert (arm.events, arm.competing) == (codes.count(1), codes.count(2))
            for rate in arm.rates:
                if rate.incidence is not None:
                    close(rate.incidence, slow_incidence(months, codes, rate.months))
        table = dataset.frame.loc[pairs.ravel(), [f"{item.endpoint}_months"]].astype(float)
        table["event"] = (dataset.frame.loc[pairs.ravel(), f"{item.endpoint}_event"] == 1).astype(float)
        table["arm"] = np.tile([1.0, 0.0], len(pairs))
        fit = CoxPHFitter().fit(table, f"{item.endpoint}_months", "event", fit_options={"precision": 1e-10})
        assert item.cause_specific is not None
        close(item.cause_specific.log_hr, fit.params_["arm"])


def test_an_endpoint_without_a_competing_event_is_refused_there() -> None:
    spec = plan()
    assert spec.competing is not None
    wrong = replace(spec, competing=replace(spec.competing, endpoints=("os",)))
    with pytest.raises(InvalidValueError, match=r"competing\.endpoints\[0\]"):
        run_study(synthetic_dataset(250), wrong)


def test_a_task_names_its_replicates() -> None:
    task = chunk_tasks(plan())[1]
    assert task == ChunkTask(kind="bootstrap", number=1, start=8, size=8)


def test_with_nothing_missing_every_completed_dataset_gives_the_study_itself() -> None:
    spec = plan()
    assert spec.propensity is not None
    listed = replace(spec.propensity, rule="listed", covariates=("sex", "pathology", "n_metastatic_lesions"))
    known = replace(spec, propensity=listed, imputation=Imputation(sets=2, iterations=1), resampling=None)
    result = run_study(synthetic_dataset(355), known)
    assert result.imputation is not None
    assert result.imputation.variables == ()
    for pooled in result.imputation.effects:
        ratio = rows(result)[pooled.method].hazard_ratio
        assert ratio is not None
        close(np.log(pooled.hr), ratio.log_hr)
        assert pooled.missing_information < 0.05  # the 2 / (df + 3) that Rubin's formula leaves


def test_imputation_scores_those_whom_a_complete_score_leaves_out() -> None:
    spec = plan()
    assert spec.propensity is not None
    listed = replace(spec.propensity, rule="listed", missing="complete", covariates=("sex", "response_to_pct"))
    result = run_study(synthetic_dataset(355), replace(spec, propensity=listed, resampling=None))
    assert result.imputation is not None
    assert result.propensity is not None
    assert len(result.propensity.incomplete) == result.imputation.variables[0].missing
    assert result.imputation.pairs is not None
    assert result.imputation.pairs[0] >= result.comparison("os", "matched").groups[0].n
