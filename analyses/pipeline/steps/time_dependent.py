"""Step 13: an exposure that begins after time zero, as a time-dependent covariate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analyses.pipeline.design import Codes, Floats, Mask, block, join_blocks
from analyses.pipeline.results import HazardRatio, TimeDependentResult
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import Cohort
from analyses.pipeline.steps.effects import attempt, hazard_ratio

STATEMENT = (
    "Person-time before the start counts as unexposed, so time that a patient had to survive to be treated is not "
    "credited to the treatment. Reasons for not being treated are adjusted for only as far as they are among the "
    "covariates."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episodes:
    """Each patient's time cut at the start of exposure: (entry, exit] rows with the row number of the patient."""

    patient: Codes
    entry: Floats
    exit: Floats
    event: Mask
    exposed: Mask


def split_at_start(months: Floats, event: Mask, start: Floats) -> Episodes:
    """`start` is NaN for those never exposed; a start at or after the end of follow-up exposes nobody."""
    begins = np.where(np.isnan(start), np.inf, np.maximum(start, 0.0))
    reaches = begins < months
    before, after = np.flatnonzero(begins > 0), np.flatnonzero(reaches)
    return Episodes(
        patient=np.concatenate([before, after]),
        entry=np.concatenate([np.zeros(len(before)), begins[after]]),
        exit=np.concatenate([np.minimum(begins, months)[before], months[after]]),
        event=np.concatenate([(event & ~reaches)[before], event[after]]),
        exposed=np.concatenate([np.zeros(len(before), dtype=bool), np.ones(len(after), dtype=bool)]),
    )


def time_dependent_effects(cohort: Cohort, spec: StudySpec) -> tuple[TimeDependentResult, ...]:
    """Crude and adjusted hazard ratio for each endpoint of the plan's section; nothing without it."""
    options = spec.time_dependent
    if options is None:
        return ()
    return tuple(_effect(cohort, endpoint, options.adjust_for, spec) for endpoint in options.endpoints)


def _effect(cohort: Cohort, endpoint: str, adjust_for: tuple[str, ...], spec: StudySpec) -> TimeDependentResult:
    months, _ = cohort.outcome(endpoint)
    crude, note = _fit(cohort, endpoint, (), spec)
    adjusted, refusal = _fit(cohort, endpoint, adjust_for, spec) if adjust_for else (None, "")
    return TimeDependentResult(
        endpoint=endpoint,
        label=cohort.endpoints[endpoint].label,
        n=cohort.n,
        started=int((_start(cohort, spec) < months).sum()),
        hazard_ratio=crude,
        adjusted=adjusted,
        adjusted_for=adjust_for,
        statement=" ".join(part for part in (STATEMENT, note, refusal) if part),
    )


def _start(cohort: Cohort, spec: StudySpec) -> Floats:
    return cohort.frame[f"{spec.exposure.starts}_months"].to_numpy(dtype=float)


def _fit(cohort: Cohort, endpoint: str, adjust_for: tuple[str, ...], spec: StudySpec) -> tuple[HazardRatio | None, str]:
    """The exposure's hazard ratio among the complete cases of `adjust_for`, or why there is none."""
    known = cohort.frame[list(adjust_for)].notna().all(axis=1).to_numpy(dtype=bool)
    part = cohort.keep(known)
    months, event = part.outcome(endpoint)
    episodes = split_at_start(months, event, _start(part, spec))
    columns = [episodes.exposed[:, np.newaxis].astype(float)]
    if adjust_for:
        blocks = {name: block(part.frame, part.variables[name], unknown_level=False) for name in adjust_for}
        columns.append(join_blocks(blocks).matrix[episodes.patient])
    design = np.hstack(columns)
    names = ["exposed", *(f"covariate {index}" for index in range(1, design.shape[1]))]
    tried = attempt(design, episodes.exit, episodes.event, spec.cox, names=names, entry=episodes.entry)
    if tried.fit is None:
        return None, tried.note
    label = f"{cohort.arm_labels[1]} vs {cohort.arm_labels[0]}"
    return replace(hazard_ratio(tried.fit, label, "model"), n=part.n), ""
