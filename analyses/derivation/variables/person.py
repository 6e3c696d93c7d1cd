"""Who the patient is, and in what state before treatment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analyses.derivation.course import Course
from analyses.derivation.dates import completed_years, known
from analyses.derivation.declare import Traced, declared
from analyses.derivation.rows import NONE, Choice, Floats, choose
from analyses.pipeline.parameters import DerivationParameters


@declared("categorical", "Sex", "Patient.sex", levels=("Male", "Female"))
def sex(course: Course) -> Any:
    """Sex as recorded."""
    return each(course).recoded("sex", {"male": "Male", "female": "Female"})


@declared("numeric", "Age", "Patient.birth_date", "Diagnosis.date", "Patient.age_at_reference", unit="years")
def age(course: Course) -> Any:
    """Age in completed years at the pathological diagnosis; where the birth date or the date of diagnosis is withheld,
    the recorded age at its reference date (diagnosis or start of RT)."""
    person = each(course)
    reckoned, stated = _age_at_diagnosis(course), person.number("age_at_reference")
    source = np.where(np.isnan(stated), NONE, person.source("age_at_reference"))
    return Traced(_age(course), np.where(np.isnan(reckoned), source, person.source("birth_date")))


def _age_groups(parameters: DerivationParameters) -> tuple[str, ...]:
    return (f"<{parameters.age_cut}", f">={parameters.age_cut}")


@declared(
    "categorical",
    "Age group",
    "Patient.birth_date",
    "Diagnosis.date",
    "Patient.age_at_reference",
    levels=_age_groups,
    unit="years",
)
def age_group(course: Course) -> Any:
    """Age (see there) below the cut, or at or above it; the cut is a parameter."""
    years, (below, above) = _age(course), _age_groups(course.parameters)
    cut = course.parameters.age_cut
    return choose((years < cut, below), (years >= cut, above))


@declared("categorical", "Smoking", "Diagnosis.smoking", levels=("Never", "Former", "Current"))
def smoking(course: Course) -> Any:
    """Smoking status at diagnosis."""
    return course.diagnosis.recoded("smoking", {"never": "Never", "former": "Former", "current": "Current"})


@declared("numeric", "Pack-years", "Diagnosis.pack_years", unit="pack-years")
def pack_years(course: Course) -> Any:
    """Pack-years smoked until diagnosis."""
    return course.diagnosis.number("pack_years")


@declared("boolean", "Family history", "Diagnosis.family_history")
def family_history(course: Course) -> Any:
    """Family history of this cancer."""
    return course.diagnosis.flag("family_history")


@declared("boolean", "Consent withdrawn", "Consent.withdrawn_on", known_at="follow_up")
def consent_withdrawn(course: Course) -> Any:
    """A consent on record was withdrawn, whenever: a withdrawal after the data cut-off counts too."""
    consents = course.rows("consent")
    return consents.any(known(consents.day("withdrawn_on")))


@declared(
    "categorical",
    "ECOG performance status",
    "PerformanceStatus.ecog",
    levels=("0", "1", "2", "3", "4"),
    window="up to the start of the first treatment",
    known_at="pct_start",
)
def ecog(course: Course) -> Any:
    """ECOG performance status before any treatment: the latest one marked 'baseline'; else the latest one dated on or
    before the start of the first systemic treatment or radiotherapy, or marked 'before RT' where RT was the first."""
    rows = course.rows("performancestatus")
    measured = ~np.isnan(rows.number("ecog"))
    before_rt = rows.is_("timepoint", "before_rt") & ~course.pct_before_rt[rows.at] & ~known(rows.day("date"))
    before = (rows.day("date") <= course.treated.day[rows.at]) | before_rt
    baseline = rows.latest(measured & rows.is_("timepoint", "baseline"), rows.day("date"))
    other = rows.latest(measured & before & ~rows.is_("timepoint", "baseline"), rows.day("date"))
    chosen = Choice(rows, np.where(baseline.exists, baseline.index, other.index))
    level = pd.Series(chosen.number("ecog")).map({0.0: "0", 1.0: "1", 2.0: "2", 3.0: "3", 4.0: "4"})
    return Traced(level, chosen.source("ecog", date="date"))


def each(course: Course) -> Choice:
    """Every patient's own row."""
    return Choice(course.persons, np.arange(course.n))


def _age_at_diagnosis(course: Course) -> Floats:
    return completed_years(course.persons.day("birth_date"), course.diagnosed.day)


def _age(course: Course) -> Floats:
    reckoned = _age_at_diagnosis(course)
    return np.where(np.isnan(reckoned), each(course).number("age_at_reference"), reckoned)


VARIABLES = (sex, age, age_group, smoking, pack_years, family_history, consent_withdrawn, ecog)
