"""Response to PCT, local treatment of metastases, toxicity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analyses.derivation.course import Course
from analyses.derivation.dates import Mask, known
from analyses.derivation.declare import Traced, declared
from analyses.derivation.rows import Rows, Texts


@declared(
    "categorical",
    "Response to PCT",
    "ResponseAssessment.category",
    "ResponseAssessment.date",
    "ResponseAssessment.timepoint",
    levels=("CR", "PR", "SD", "PD"),
    window="from the start of PCT to the start of RT",
    known_at="rt_start",
)
def response_to_pct(course: Course) -> Any:
    """Last RECIST 1.1 category from the start of PCT to the start of RT, both days included. Without RT, and for
    undated assessments (used only where no dated one qualifies), the last one marked 'after PCT'."""
    rows = course.rows("responseassessment")
    day, after_pct = rows.day("date"), rows.is_("timepoint", "after_pct")
    inside = (day >= course.pct_start.day[rows.at]) & (day <= course.rt_start.day[rows.at])
    without_rt = after_pct & ~course.rt.exists[rows.at] & ~(day < course.pct_start.day[rows.at])
    eligible = (inside | without_rt | (after_pct & ~known(day))) & course.had_pct[rows.at] & _has(rows, "category")
    chosen = rows.latest(eligible, day)
    return Traced(chosen.code("category"), chosen.source("category", date="date"))


def _has(rows: Rows, column: str) -> Mask:
    return np.asarray(rows.frame[column].notna())


@declared(
    "categorical",
    "Local treatment of metastases",
    "LocalTreatment.modality",
    "LocalTreatment.date",
    "RadiotherapyCourse.intent",
    levels=("No", "Yes"),
    window="until the data cut-off",
    known_at="follow_up",
)
def local_treatment(course: Course) -> Any:
    """Any local treatment of a metastasis, a course of radiotherapy to a metastasis included."""
    local, courses = course.rows("localtreatment"), course.rows("radiotherapycourse")
    first = local.first(np.ones(len(local), bool), local.day("date"))
    radiotherapy = courses.first(courses.is_("intent", "metastasis"), courses.day("start"))
    source: Texts = np.where(
        first.exists, first.source("modality", date="date"), radiotherapy.source("intent", date="start")
    )
    return Traced(np.where(first.exists | radiotherapy.exists, "Yes", "No"), source)


@declared(
    "categorical",
    "Worst toxicity grade",
    "AdverseEvent.grade",
    levels=("1", "2", "3", "4", "5"),
    window="until the data cut-off",
    known_at="follow_up",
)
def worst_toxicity_grade(course: Course) -> Any:
    """Highest CTCAE grade of any adverse event; missing where none is recorded."""
    events = course.rows("adverseevent")
    worst = events.largest(np.ones(len(events), bool), events.number("grade"))
    level = pd.Series(worst.number("grade")).map({float(grade): str(grade) for grade in range(1, 6)})
    return Traced(level, worst.source("grade", date="onset"))


VARIABLES = (response_to_pct, local_treatment, worst_toxicity_grade)
