"""Systemic treatment: PCT, concurrent chemotherapy, immunotherapy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from analyses.derivation import regimens
from analyses.derivation.course import Course
from analyses.derivation.dates import days_between
from analyses.derivation.declare import Traced, declared
from analyses.derivation.rows import NONE, Floats, choose
from analyses.pipeline.parameters import DerivationParameters

PCT = ("SystemicCourse.intent", "SystemicCourse.agent_class")
NAMED_REGIMENS = ("PF", "GP", "TP", "TPF")
GROUPS = ("PCT alone", "PCT+RT", "PCT+CCRT", "CCRT alone", "Other")


@declared("boolean", "Had PCT", *PCT, known_at="pct_start")
def had_pct(course: Course) -> Any:
    """At least one course of palliative first-line chemotherapy (PCT), before or after RT."""
    return course.had_pct


@declared(
    "categorical",
    "PCT regimen",
    "SystemicCourse.regimen",
    "DrugDose.drug",
    levels=(*NAMED_REGIMENS, "Others"),
    known_at="pct_start",
)
def pct_regimen(course: Course) -> Any:
    """Regimen of the first PCT course: PF, GP, TP, TPF or another. Where the chart does not name it, the regimen of the
    catalogue that has exactly the drugs given; missing without PCT or when neither is known."""
    rows = course.rows("systemiccourse")
    first = rows.first(course.pct_courses, rows.day("start"))
    code = regimens.codes(course)
    named = np.append(code, NONE)[first.index]
    grouped = [name if name is None or name in NAMED_REGIMENS else "Others" for name in named]
    return Traced(np.array(grouped, dtype=object), first.source("regimen"))


@declared(
    "numeric",
    "Number of PCT cycles",
    *PCT,
    "ChemotherapyCycle.day_1",
    unit="cycles",
    window="before the start of RT, where RT followed",
    known_at="pct_end",
)
def n_pct_cycles(course: Course) -> Any:
    """Number of PCT cycles, without those that begin on or after the start of RT; 0 without PCT, missing where a PCT
    course has no cycle on record."""
    return _cycles(course)


def _cycles(course: Course) -> Floats:
    number = course.rows("chemotherapycycle").count(course.pct_cycles).astype(float)
    return np.where(course.had_pct & (number == 0), np.nan, number)


def _cycle_groups(parameters: DerivationParameters) -> tuple[str, ...]:
    cuts = parameters.pct_cycle_cuts
    bands = [f"{low + 1}-{high}" for low, high in pairwise((0, *cuts))]
    return (*bands, f">{cuts[-1]}")


@declared(
    "categorical",
    "PCT cycles",
    *PCT,
    "ChemotherapyCycle.day_1",
    levels=_cycle_groups,
    unit="cycles",
    window="before the start of RT, where RT followed",
    known_at="pct_end",
)
def pct_cycles(course: Course) -> Any:
    """Number of PCT cycles (n_pct_cycles) in groups; the cuts are a parameter. Missing without PCT."""
    number, cuts = _cycles(course), course.parameters.pct_cycle_cuts
    bands = [(number > low) & (number <= high) for low, high in pairwise((0, *cuts))]
    return choose(*zip([*bands, number > cuts[-1]], _cycle_groups(course.parameters), strict=True))


@declared(
    "categorical",
    "Concurrent chemotherapy",
    "SystemicCourse.intent",
    "ChemotherapyCycle.day_1",
    "RadiotherapyCourse.start",
    "RadiotherapyCourse.end",
    levels=("No", "Yes"),
    window="from the start to the end of RT",
    known_at="rt_end",
)
def concurrent_chemotherapy(course: Course) -> Any:
    """RT with a course of chemotherapy recorded as concurrent, dated or not, or with a chemotherapy cycle whose day 1
    falls inside the RT dates. Without an end of RT only a recorded concurrent course counts."""
    start = course.concurrent_start.source
    return Traced(np.where(course.concurrent, "Yes", "No"), np.where(course.concurrent, start, NONE))


@declared(
    "categorical",
    "Concurrent regimen",
    "SystemicCourse.regimen",
    "DrugDose.drug",
    "ChemotherapyCycle.day_1",
    levels=("None", "Single-agent platinum", "Platinum combination", "Other"),
    window="from the start to the end of RT",
    known_at="rt_end",
)
def concurrent_regimen(course: Course) -> Any:
    """Drugs of the concurrent chemotherapy, by the regimen, else by the doses given: platinum only (one after another
    counts as single-agent), platinum with other drugs, no platinum. Missing where none of the drugs is known."""
    platinum, others = regimens.concurrent_drugs(course)
    return choose(
        (~course.concurrent, "None"),
        (platinum & ~others, "Single-agent platinum"),
        (platinum & others, "Platinum combination"),
        (others, "Other"),
    )


@declared(
    "categorical",
    "Treatment group",
    *PCT,
    "SystemicCourse.start",
    "ChemotherapyCycle.day_1",
    "RadiotherapyCourse.intent",
    "RadiotherapyCourse.start",
    "RadiotherapyCourse.end",
    levels=GROUPS,
    window="until the data cut-off",
    known_at="rt_end",
)
def treatment_group(course: Course) -> Any:
    """PCT without locoregional RT; PCT followed by RT without or with concurrent chemotherapy (see there); RT with
    concurrent chemotherapy and no PCT; anything else. Missing where both PCT and RT were given and the start of one of
    them is not known."""
    rt = course.rt.exists
    followed = course.pct_before_rt & rt
    return choose(
        (course.order_unknown, None),
        (course.had_pct & ~rt, "PCT alone"),
        (followed & ~course.concurrent, "PCT+RT"),
        (followed & course.concurrent, "PCT+CCRT"),
        (rt & course.concurrent & ~course.had_pct, "CCRT alone"),
        (np.ones(course.n, bool), "Other"),
    )


@declared(
    "numeric",
    "Interval from PCT to RT",
    "SystemicCourse.stop",
    "ChemotherapyCycle.day_1",
    "RadiotherapyCourse.start",
    unit="days",
    known_at="rt_start",
)
def interval_pct_to_rt(course: Course) -> Any:
    """Days from the end of PCT (the day it stopped, else day 1 of its last cycle) to the start of RT."""
    days = days_between(course.pct_end.day, course.rt_start.day)
    return Traced(days, np.where(np.isnan(days), NONE, course.pct_end.source))


@declared("categorical", "Immunotherapy", "SystemicCourse.agent_class", levels=("No", "Yes"), known_at="follow_up")
def immunotherapy(course: Course) -> Any:
    """Any course of an immune checkpoint inhibitor until the data cut-off."""
    rows = course.rows("systemiccourse")
    return np.where(rows.any(rows.is_("agent_class", "checkpoint_inhibitor")), "Yes", "No")


@declared("categorical", "Anti-EGFR therapy", "SystemicCourse.agent_class", levels=("No", "Yes"), known_at="follow_up")
def anti_egfr(course: Course) -> Any:
    """Any course of an anti-EGFR agent until the data cut-off."""
    rows = course.rows("systemiccourse")
    return np.where(rows.any(rows.is_("agent_class", "anti_egfr")), "Yes", "No")


VARIABLES = (
    had_pct,
    pct_regimen,
    n_pct_cycles,
    pct_cycles,
    concurrent_chemotherapy,
    concurrent_regimen,
    treatment_group,
    interval_pct_to_rt,
    immunotherapy,
    anti_egfr,
)
