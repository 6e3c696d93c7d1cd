"""Step 12: worst grade per patient and term, per phase, by arm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analyses.pipeline.design import Codes
from analyses.pipeline.results import ToxicityResult, ToxicityRow
from analyses.pipeline.spec import StudySpec, Toxicity
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.table1 import categorical_test

ANY = "Any"
HIGHEST_GRADE = 5
NOTE = (
    "Patients are counted once per term at their worst grade. A patient without an entry counts as not having had the "
    "event; denominators are all patients of the arm."
)


def toxicity_table(cohorts: Cohorts, events: pd.DataFrame, spec: StudySpec) -> ToxicityResult | None:
    """`events` is the dataset's long table (patient, term, grade, phase); None when the plan has no such section."""
    options = spec.toxicity
    if options is None:
        return None
    cohort = cohorts[options.population]
    yates = spec.table1.yates_before if spec.table1 is not None else True
    rows = cohort.frame.index.get_indexer(pd.Index(events["patient"]))
    wanted = (rows >= 0) & events["phase"].isin(options.phases).to_numpy(dtype=bool)
    if options.terms:
        wanted &= events["term"].isin(options.terms).to_numpy(dtype=bool)
    return ToxicityResult(
        population=options.population,
        grade_from=options.grade_from,
        denominators=cohort.arm_sizes,
        rows=tuple(_rows(cohort, events[wanted], rows[wanted], options, yates, spec.seed)),
        note=NOTE,
    )


def _rows(
    cohort: Cohort, events: pd.DataFrame, rows: Codes, options: Toxicity, yates: bool, seed: int
) -> Iterator[ToxicityRow]:
    """Per phase the row 'Any', then each term in alphabetical order."""
    grade = events["grade"].to_numpy(dtype=np.int64)
    phases = events["phase"].to_numpy(dtype=object)
    terms = events["term"].to_numpy(dtype=object)
    for phase in options.phases:
        here = phases == phase
        named = [(ANY, here)] + [(term, here & (terms == term)) for term in sorted(set(terms[here]))]
        for term, chosen in named:
            yield _row(cohort, phase, term, rows[chosen], grade[chosen], options, yates, seed)


def _row(
    cohort: Cohort, phase: str, term: str, rows: Codes, grade: Codes, options: Toxicity, yates: bool, seed: int
) -> ToxicityRow:
    worst = np.zeros(cohort.n, dtype=np.int64)
    np.maximum.at(worst, rows, grade)
    cells = np.bincount(cohort.arm * (HIGHEST_GRADE + 1) + worst, minlength=2 * (HIGHEST_GRADE + 1))
    by_grade = cells.reshape(2, -1)[:, options.grade_from :]
    counts = by_grade.sum(axis=1)
    sizes = cohort.arm_sizes
    return ToxicityRow(
        phase=phase,
        term=term,
        counts=tuple(counts.tolist()),
        percents=tuple(100 * n / size for n, size in zip(counts.tolist(), sizes, strict=True)),
        by_grade=tuple(tuple(arm) for arm in by_grade.tolist()),
        test=categorical_test(np.array([counts, np.array(sizes) - counts]), yates=yates, seed=seed),
    )
