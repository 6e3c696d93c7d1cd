"""Step 9: curves of named groups, such as PCT cycles by arm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analyses.pipeline import criteria
from analyses.pipeline.results import CombinationResult
from analyses.pipeline.spec import Combination, StudySpec, Survival
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.curves import Heading, Outcome, compare


def combine(cohorts: Cohorts, spec: StudySpec) -> tuple[CombinationResult, ...]:
    """Every combination of the plan."""
    return tuple(_combination(cohorts[item.population], item, spec) for item in spec.combinations)


def _combination(cohort: Cohort, item: Combination, spec: StudySpec) -> CombinationResult:
    """A patient belongs to the first group whose criterion is true; patients of no group are left out."""
    position = np.full(cohort.n, -1, dtype=np.int64)
    for index, group in enumerate(item.groups):
        met = criteria.evaluate(group.criterion, cohort.frame, cohort.variables).met
        position[met & (position < 0)] = index
    sizes = np.bincount(position[position >= 0], minlength=len(item.groups))
    filled = np.flatnonzero(sizes)
    empty = tuple(group.label for group, size in zip(item.groups, sizes, strict=True) if not size)
    if len(filled) < 2:
        return CombinationResult(name=item.name, title=item.title, comparison=None, empty=empty)
    inside = np.isin(position, filled)
    months, event = cohort.outcome(item.endpoint)
    outcome = Outcome(
        months=months[inside],
        event=event[inside],
        group=np.searchsorted(filled, position[inside]),
        labels=tuple(item.groups[index].label for index in filled),
        cluster=None if cohort.cluster is None else cohort.cluster[inside],
    )
    label = cohort.endpoints[item.endpoint].label
    heading = Heading(endpoint=item.endpoint, label=label, population=item.population, title=item.title)
    options = replace(spec.survival or Survival(endpoints=(item.endpoint,)), rmst_tau=None)
    comparison = compare(outcome, heading, options, spec.cox)
    return CombinationResult(name=item.name, title=item.title, comparison=comparison, empty=empty)
