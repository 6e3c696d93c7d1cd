"""Plasma EBV DNA before treatment and after PCT."""

from __future__ import annotations

from typing import Any

import numpy as np

from analyses.derivation.course import Course
from analyses.derivation.dates import Mask, known
from analyses.derivation.declare import Traced, declared


@declared(
    "numeric",
    "EBV DNA at baseline",
    "LabResult.value",
    "LabResult.date",
    unit="copies/mL",
    window="up to the start of the first treatment",
    known_at="pct_start",
)
def ebv_dna_baseline(course: Course) -> Any:
    """Latest plasma EBV DNA on or before the start of the first treatment; 0 when below the detection limit."""
    rows = course.rows("labresult")
    return _ebv_dna(course, np.asarray(rows.day("date") <= course.treated.day[rows.at]))


@declared(
    "numeric",
    "EBV DNA after PCT",
    "LabResult.value",
    "LabResult.date",
    unit="copies/mL",
    window="after day 1 of the last PCT cycle, before RT starts",
    known_at="rt_start",
)
def ebv_dna_after_pct(course: Course) -> Any:
    """Latest plasma EBV DNA after day 1 of the last PCT cycle and not after the start of RT, where RT followed; 0 when
    below the detection limit."""
    rows, cycles = course.rows("labresult"), course.rows("chemotherapycycle")
    last = cycles.latest(course.pct_cycles & known(cycles.day("day_1")), cycles.day("day_1")).day("day_1")
    day, start = rows.day("date"), course.rt_start.day[rows.at]
    return _ebv_dna(course, (day > last[rows.at]) & ~(day > start))


def _ebv_dna(course: Course, window: Mask) -> Traced:
    rows = course.rows("labresult")
    mine = window & rows.is_("analyte", "ebv_dna") & rows.is_("unit", "copies/mL")
    chosen = rows.latest(mine, rows.day("date"))
    values = np.where(chosen.set_for_certain("below_limit"), 0.0, chosen.number("value"))
    return Traced(values, chosen.source("value", date="date"))


VARIABLES = (ebv_dna_baseline, ebv_dna_after_pct)
