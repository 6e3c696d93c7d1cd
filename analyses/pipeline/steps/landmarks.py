"""Step 11: patients event-free and followed at a landmark, and what happens to them from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analyses.pipeline.results import LandmarkResult, SurvivalComparison
from analyses.pipeline.spec import Landmark, StudySpec, Survival
from analyses.pipeline.steps.balancing import check_balance, covariates
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.curves import Heading, Outcome, compare

AS_ASSIGNED = (
    "Arms are those of the whole treatment course, in patients who lived to the landmark. This is a look at long-term "
    "survivors, not a landmark of treatment assignment: it does not remove immortal time."
)
AS_REACHED = (
    "Arms are what had happened by the landmark; treatment that starts later does not change the arm. Patients whose "
    "event or last contact lies at or before the landmark are not counted."
)


def landmark_analyses(cohorts: Cohorts, spec: StudySpec, balance_on: Sequence[str]) -> tuple[LandmarkResult, ...]:
    """Every landmark of the plan."""
    return tuple(_landmark(cohorts[item.population], item, spec, balance_on) for item in spec.landmarks)


def _landmark(cohort: Cohort, item: Landmark, spec: StudySpec, balance_on: Sequence[str]) -> LandmarkResult:
    """Kept are times strictly beyond the landmark; events at exactly the landmark are excluded."""
    months, event = cohort.outcome(item.endpoint)
    kept = months > item.months
    placed = _reached(cohort, item, spec) if item.classify == "moment" else cohort
    balance = None
    there = placed.keep(kept)
    if min(there.arm_sizes) and balance_on:
        balance = check_balance(covariates(placed, balance_on), kept, balance_on, spec.thresholds)
    return LandmarkResult(
        months=item.months,
        classify=item.classify,
        endpoint=item.endpoint,
        population=item.population,
        had_event=int((~kept & event).sum()),
        not_followed=int((~kept & ~event).sum()),
        comparison=_compare(there, item, spec) if min(there.arm_sizes) else None,
        balance=balance,
        statement=AS_ASSIGNED if item.classify == "exposure" else AS_REACHED,
    )


def _reached(cohort: Cohort, item: Landmark, spec: StudySpec) -> Cohort:
    """The same patients, treated if the exposure's moment lies at or before the landmark."""
    start = cohort.frame[f"{spec.exposure.starts}_months"].to_numpy(dtype=float)
    reference, treated = cohort.arm_labels
    labels = (f"{reference} until {item.months:g} months", f"{treated} by {item.months:g} months")
    return replace(cohort, treated=np.asarray(start <= item.months), arm_labels=labels)


def _compare(cohort: Cohort, item: Landmark, spec: StudySpec) -> SurvivalComparison:
    months, event = cohort.outcome(item.endpoint)
    outcome = Outcome(
        months=months - item.months, event=event, group=cohort.arm, labels=cohort.arm_labels, cluster=cohort.cluster
    )
    label = cohort.endpoints[item.endpoint].label
    heading = Heading(
        endpoint=item.endpoint,
        label=label,
        population=item.population,
        title=f"{label} from {item.months:g} months on",
    )
    base = spec.survival or Survival(endpoints=(item.endpoint,))
    return compare(outcome, heading, replace(base, times=item.times, rmst_tau=None), spec.cox)
