"""Cohorts that several tests look at, each drawn once per test process."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from analyses.derivation.derive import derive
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import Cohort, select_cohort
from analyses.pipeline.study import run_study
from exchange.study_cohort import cohort, frames
from exchange.study_cohort.records import Records

PLAN = Path(__file__).resolve().parents[2] / "analyses" / "plans" / "ccrt_vs_rt.json"


@cache
def plan() -> StudySpec:
    """The study's plan without its sensitivity analyses, which nothing here looks at."""
    return replace(StudySpec.from_json(json.loads(PLAN.read_text())), sensitivity=None)


@cache
def records(seed: int) -> Records:
    return cohort.draw(seed)


@cache
def dataset(seed: int) -> Dataset:
    return derive(frames.frames(records(seed)), plan().derivation)


@cache
def eligible(seed: int) -> Cohort:
    return select_cohort(dataset(seed), plan())[0]


@cache
def result(seed: int) -> StudyResult:
    return run_study(dataset(seed), plan())
