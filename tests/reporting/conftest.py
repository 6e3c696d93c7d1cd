"""Results to report on: two whole studies on the synthetic dataset, each run once per session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyses.pipeline.results import StudyResult
from analyses.pipeline.study import run_study
from analyses.reporting.report import render_report
from tests.pipeline.factories import plan, synthetic_dataset


@pytest.fixture(scope="session")
def result() -> StudyResult:
    """The CCRT plan, with few tie orders for speed."""
    spec = plan()
    assert spec.sensitivity is not None
    return run_study(synthetic_dataset(300), replace(spec, sensitivity=replace(spec.sensitivity, tie_orders=5)))


@pytest.fixture(scope="session")
def second_result() -> StudyResult:
    """The plan with a time-dependent exposure: no matching, no survival by arm."""
    return run_study(synthetic_dataset(300), plan("rt_vs_no_rt_after_pct"))


@pytest.fixture(scope="session")
def files(result: StudyResult) -> dict[str, bytes]:
    return render_report(result, invented=True, formats=("svg",))
