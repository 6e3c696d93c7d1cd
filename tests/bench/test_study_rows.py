"""The saved study at any size: at its own size the published cohort itself, above it more of the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analyses.pipeline.chunks import chunk_tasks
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.steps.cohort import select_cohort
from analyses.pipeline.study import run_study
from bench.handover import read_column
from bench.study_rows import PUBLISHED, study_plan, study_rows
from bench.study_run import StudyRun, answers
from bench.whole_plan import SCORE, STAGES


@pytest.fixture(scope="module")
def large() -> Dataset:
    return study_rows(2000)


def test_at_its_own_size_it_is_the_published_cohort() -> None:
    cohort, _ = select_cohort(study_rows(PUBLISHED), study_plan())
    assert cohort.arm_sizes == (192, 163)


def test_every_row_is_eligible(large: Dataset) -> None:
    cohort, attrition = select_cohort(large, study_plan())
    assert cohort.n == 2000
    assert [row.after for row in attrition.rows] == [2000] * len(attrition.rows)
    assert cohort.treated.mean() == pytest.approx(163 / 355, abs=0.01)


def test_larger_tables_are_no_copies(large: Dataset) -> None:
    names = list(large.variables)
    assert large.frame[names].drop_duplicates().shape[0] > 1500
    assert large.frame["os_months"].nunique() > 500
    assert (large.frame["pfs_months"] <= large.frame["os_months"] + 1e-9).all()


def test_each_copy_has_the_toxicity_of_its_original(large: Dataset) -> None:
    original = study_rows(PUBLISHED)
    per_patient = large.toxicity["patient"].value_counts().reindex(large.frame.index).fillna(0)
    expected = original.toxicity["patient"].value_counts().reindex(original.frame.index).fillna(0)
    assert per_patient.mean() == pytest.approx(expected.mean(), rel=0.05)
    assert set(large.toxicity["patient"]) <= set(large.frame.index)


def test_the_measured_plan_leaves_nothing_to_other_workers() -> None:
    assert chunk_tasks(study_plan()) == ()


def test_what_r_gets_is_what_the_plan_matched(tmp_path: Path) -> None:
    study = StudyRun(PUBLISHED)
    study.hand_over(tmp_path)
    pair, treated = read_column("pair", tmp_path), read_column("treated", tmp_path)
    sizes = np.bincount(pair[pair > 0])[1:]
    assert set(sizes.tolist()) == {2}
    assert np.bincount(pair[pair > 0], weights=treated[pair > 0])[1:].tolist() == [1.0] * len(sizes)
    assert (tmp_path / "plan.R").read_text().startswith("plan <- list(")
    found = study.run()
    assert set(found["answers"]) == {SCORE, *STAGES}
    assert set().union(*STAGES.values()) <= set(found["stages"])
    assert found["answers"] == answers(run_study(study.dataset, study.spec))
