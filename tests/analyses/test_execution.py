"""One run from the records to the result, in this process."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from threadpoolctl import threadpool_info

from analyses import execution
from analyses.actions import request_run, save_plan
from analyses.models import Run, State
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.spec import Imputation, Resampling, Sensitivity, StudySpec
from analyses.pipeline.study import run_study
from analyses.selectors import study_of
from analyses.store import work
from records.models import Membership
from tests.analyses.world import World
from tests.pipeline.factories import synthetic_dataset


@pytest.fixture
def short(world: World) -> StudySpec:
    return planned(world, resampling=None, imputation=None)


def planned(world: World, **parts: Any) -> StudySpec:
    """From here on the world runs its plan with few orders of ties and these parts."""
    spec = replace(world.plan.spec, sensitivity=Sensitivity(tie_orders=3), **parts)
    world.plan = save_plan(by=world.eva, registry=world.registry, spec=spec)
    return spec


@pytest.fixture
def dataset(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Derivation finds a synthetic dataset, whatever the records hold."""
    found = synthetic_dataset(300, seed=1)
    monkeypatch.setattr(execution, "derive", lambda frames, parameters: found)
    return found


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report without figures and tables, for tests about something else."""
    monkeypatch.setattr(
        execution, "render_report", lambda result, **options: {"result.json": json.dumps(result.to_json()).encode()}
    )


def executed(run: Run) -> Run:
    execution.execute(run.pk)
    return Run.objects.get(pk=run.pk)


def test_a_run_ends_with_result_report_and_frozen_dataset(world: World, short: StudySpec, dataset: Dataset) -> None:
    run = executed(world.run())
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    study = study_of(run.result)
    assert study.spec == short
    assert run.data_sha256 == study.manifest.dataset_sha256 == dataset.sha256()
    frozen = Dataset.from_parquet(run.artifacts.get(name="dataset.parquet").blob.read())
    assert frozen.sha256() == run.data_sha256
    names = set(run.artifacts.values_list("name", flat=True))
    assert {"report.html", "result.json", "tables.xlsx", "tables/attrition.csv"} <= names
    assert {"figures/km_os_matched.svg", "figures/attrition.svg"} <= names
    assert {"Reading the records", "Deriving variables and endpoints"} <= set(study.manifest.timings)
    assert [centre.code for centre in run.centres.all()] == ["East"]


@pytest.mark.usefixtures("short", "dataset", "undrawn")
def test_the_same_plan_on_the_same_data_gives_the_same_result(world: World) -> None:
    first, second = executed(world.run()), executed(world.run())
    assert first.result.fingerprint == second.result.fingerprint
    assert first.data_sha256 == second.data_sha256
    documents = [json.loads(run.result.document.blob.read()) for run in (first, second)]
    for document in documents:
        del document["manifest"]["timings"]
    assert documents[0] == documents[1]


@pytest.mark.usefixtures("undrawn")
def test_resampling_in_chunks_gives_the_result_of_one_process_to_the_last_bit(world: World, dataset: Dataset) -> None:
    resampling = Resampling(replicates=12, stability=6, chunk=4)
    spec = planned(world, resampling=resampling, imputation=Imputation(sets=2, iterations=2))
    run = executed(world.run())
    assert (run.state, run.chunks.count()) == (State.WAITING, 10)
    for chunk in reversed(run.chunks.all()):
        execution.execute_chunk(chunk.pk)
    run = executed(run)
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    serial = run_study(dataset, spec)
    assert serial.effects is not None
    assert serial.imputation is not None
    assert run.result.fingerprint == serial.fingerprint()


def test_linear_algebra_uses_one_thread_whatever_the_host_has() -> None:
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


@pytest.mark.usefixtures("short")
def test_records_without_eligible_patients_fail_in_plain_words(world: World) -> None:
    run = executed(world.run())
    assert run.state == State.FAILED
    assert "eligible" in run.error


@pytest.mark.usefixtures("dataset", "undrawn")
def test_a_requester_who_lost_the_right_gets_no_data(world: World) -> None:
    run = request_run(by=world.eva, plan=world.plan)
    Membership.objects.filter(user=world.eva).delete()
    run = executed(run)
    assert run.state == State.FAILED
    assert "do not allow you to define cohorts and run analyses" in run.error


@pytest.mark.usefixtures("short", "dataset", "undrawn")
def test_progress_never_goes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, float]] = []

    class Watched(work.Work):
        def enter(self, stage: str, progress: float) -> None:
            seen.append((stage, progress))
            super().enter(stage, progress)

    monkeypatch.setattr(work, "Work", Watched)
    executed(world.run())
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert len(shares) > 15
    assert seen[-1][0] == "Publishing"
