"""Locoregional radiotherapy (RT), and the performance status before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from analyses.derivation.course import Course
from analyses.derivation.dates import days_between, known
from analyses.derivation.declare import Traced, declared
from analyses.derivation.rows import NONE, Choice, Floats, choose
from analyses.pipeline.parameters import DerivationParameters

GTV = ("gtvnx", "gtvnd")
CONVENTIONAL, IMRT = "Conventional RT", "IMRT"


@declared("boolean", "Locoregional RT", "RadiotherapyCourse.intent", known_at="rt_start")
def locoregional_rt(course: Course) -> Any:
    """A course of locoregional radiotherapy (RT) until the data cut-off."""
    return course.rt.exists


@declared("date", "Start of RT", "RadiotherapyCourse.start", known_at="rt_start")
def rt_start_date(course: Course) -> Any:
    """First day of the first locoregional course."""
    return Traced(*course.rt_start)


@declared(
    "categorical",
    "RT technique",
    "RadiotherapyCourse.technique",
    levels=(CONVENTIONAL, IMRT),
    known_at="rt_start",
)
def rt_technique(course: Course) -> Any:
    """Conventional RT is 2D and 3D conformal, IMRT includes VMAT (its rotational form); proton therapy is neither and
    missing here (see rt_technique_detailed), as is a technique that the chart does not give."""
    levels = {"2d": CONVENTIONAL, "3d": CONVENTIONAL, "imrt": IMRT, "vmat": IMRT}
    return course.rt.recoded("technique", levels)


@declared(
    "categorical",
    "RT technique, detailed",
    "RadiotherapyCourse.technique",
    levels=("2D", "3D conformal", "IMRT", "VMAT", "Proton"),
    known_at="rt_start",
)
def rt_technique_detailed(course: Course) -> Any:
    """RT technique as recorded."""
    levels = {"2d": "2D", "3d": "3D conformal", "imrt": "IMRT", "vmat": "VMAT", "proton": "Proton"}
    return course.rt.recoded("technique", levels)


def _dose(course: Course, of_volume: str, of_course: str) -> Traced:
    """The largest dose over the GTV volumes of the course; where none gives one, the dose of the course."""
    volumes = course.rows("radiotherapyvolume")
    mine = volumes.is_("volume", *GTV) & (volumes.parent == course.rt.index[volumes.at])
    largest = volumes.largest(mine, volumes.number(of_volume))
    stated = course.rt.number(of_course)
    values = np.where(largest.exists, largest.number(of_volume), stated)
    fallback = np.where(np.isnan(stated), NONE, course.rt.source(of_course))
    return Traced(values, np.where(largest.exists, largest.source(of_volume), fallback))


@declared(
    "numeric",
    "RT dose planned",
    "RadiotherapyVolume.prescribed_gy",
    "RadiotherapyCourse.planned_dose_gy",
    unit="Gy",
    known_at="rt_start",
)
def rt_dose_planned(course: Course) -> Any:
    """Largest prescribed dose over GTVnx and GTVnd; where no GTV has one, the planned dose of the course."""
    return _dose(course, "prescribed_gy", "planned_dose_gy")


@declared(
    "numeric",
    "RT dose delivered",
    "RadiotherapyVolume.delivered_gy",
    "RadiotherapyCourse.delivered_dose_gy",
    unit="Gy",
    known_at="rt_end",
)
def rt_dose_delivered(course: Course) -> Any:
    """Largest delivered dose over GTVnx and GTVnd; where no GTV has one, the delivered dose of the course."""
    return _dose(course, "delivered_gy", "delivered_dose_gy")


def _dose_groups(parameters: DerivationParameters) -> tuple[str, ...]:
    return (f"<{parameters.rt_dose_cut_gy:g}", f">={parameters.rt_dose_cut_gy:g}")


@declared(
    "categorical",
    "RT dose (planned)",
    "RadiotherapyVolume.prescribed_gy",
    "RadiotherapyCourse.planned_dose_gy",
    levels=_dose_groups,
    unit="Gy",
    known_at="rt_start",
)
def rt_dose_group(course: Course) -> Any:
    """Planned dose (rt_dose_planned) below the cut, or at or above it; the cut is a parameter. Planned, because the
    delivered dose is settled only when RT has ended."""
    dose: Floats = _dose(course, "prescribed_gy", "planned_dose_gy").values
    cut = course.parameters.rt_dose_cut_gy
    below, above = _dose_groups(course.parameters)
    return choose((dose < cut, below), (dose >= cut, above))


def _status_before_rt(course: Course) -> Choice:
    rows = course.rows("performancestatus")
    measured = ~np.isnan(rows.number("kps"))
    before = days_between(rows.day("date"), course.rt_start.day[rows.at])
    inside = measured & (before >= 0) & (before <= course.parameters.kps_window_days)
    undated = measured & rows.is_("timepoint", "before_rt") & ~known(rows.day("date"))
    return rows.latest((inside | undated) & course.rt.exists[rows.at], rows.day("date"))


@declared(
    "numeric",
    "KPS before RT, value",
    "PerformanceStatus.kps",
    "PerformanceStatus.timepoint",
    window="within {kps_window_days} days before the start of RT",
    known_at="rt_start",
)
def kps(course: Course) -> Any:
    """Latest Karnofsky performance status in the window, the first day of RT included; an undated one marked 'before
    RT' only where no dated one lies in the window."""
    chosen = _status_before_rt(course)
    return Traced(chosen.number("kps"), chosen.source("kps", date="date"))


@declared(
    "categorical",
    "KPS before RT",
    "PerformanceStatus.kps",
    "PerformanceStatus.timepoint",
    levels=("90", "80", "70"),
    window="within {kps_window_days} days before the start of RT",
    known_at="rt_start",
)
def kps_before_rt(course: Course) -> Any:
    """Latest Karnofsky performance status before RT (kps) in three groups: '90' is 90 and above, '70' is 70 and
    below."""
    chosen = _status_before_rt(course)
    value = chosen.number("kps")
    level = choose((value >= 90, "90"), (value == 80, "80"), (value <= 70, "70"))
    return Traced(level, chosen.source("kps", date="date"))


VARIABLES = (
    locoregional_rt,
    rt_start_date,
    rt_technique,
    rt_technique_detailed,
    rt_dose_planned,
    rt_dose_delivered,
    rt_dose_group,
    kps,
    kps_before_rt,
)
