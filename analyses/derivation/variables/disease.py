"""The primary tumour and its stage."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from analyses.derivation.course import METASTATIC, Course
from analyses.derivation.dates import days_between, known
from analyses.derivation.declare import Traced, declared
from analyses.derivation.rows import choose
from analyses.pipeline.parameters import DAYS_PER_MONTH, DerivationParameters

T_CATEGORIES = (
    "TX", "T0", "Tis", "T1", "T1a", "T1b", "T2", "T2a", "T2b", "T3", "T3a", "T3b", "T4", "T4a", "T4b",
)  # fmt: skip
N_CATEGORIES = (
    "NX", "N0", "N1", "N1a", "N1b", "N1c", "N2", "N2a", "N2b", "N2c", "N3", "N3a", "N3b", "N3c",
)  # fmt: skip
STAGES = ("0", "I", "IA", "IB", "II", "IIA", "IIB", "III", "IV", "IVA", "IVB", "IVC")
SITES = (
    "Nasopharynx",
    "Oropharynx",
    "Hypopharynx",
    "Larynx",
    "Oral cavity",
    "Nasal cavity and sinuses",
    "Salivary gland",
    "Unknown primary",
    "Other",
)
# ICD-O-3 topography to site; the longest beginning of a code decides, so C05.1 goes before C05.
TOPOGRAPHY = {
    "C11": "Nasopharynx",
    "C01": "Oropharynx",
    "C02.4": "Oropharynx",
    "C05.1": "Oropharynx",
    "C05.2": "Oropharynx",
    "C09": "Oropharynx",
    "C10": "Oropharynx",
    "C12": "Hypopharynx",
    "C13": "Hypopharynx",
    "C32": "Larynx",
    "C00": "Oral cavity",
    "C02": "Oral cavity",
    "C03": "Oral cavity",
    "C04": "Oral cavity",
    "C05": "Oral cavity",
    "C06": "Oral cavity",
    "C30.0": "Nasal cavity and sinuses",
    "C31": "Nasal cavity and sinuses",
    "C07": "Salivary gland",
    "C08": "Salivary gland",
    "C80": "Unknown primary",
}


@declared("date", "Date of diagnosis", "Diagnosis.date")
def diagnosis_date(course: Course) -> Any:
    """Date of the pathological diagnosis; of a date known in part the middle of the period."""
    return Traced(*course.diagnosed)


def _periods(parameters: DerivationParameters) -> tuple[str, ...]:
    return tuple(f"{first}-{after - 1}" for first, after in pairwise(parameters.period_breaks))


@declared("categorical", "Period of diagnosis", "Diagnosis.date", levels=_periods)
def diagnosis_period(course: Course) -> Any:
    """Years in which the date of diagnosis lies; the breaks are a parameter. Missing outside all periods."""
    day = course.diagnosed.day
    year = np.where(known(day), day.astype("datetime64[Y]").astype(np.int64) + 1970, -1)
    inside = [(year >= first) & (year < after) for first, after in pairwise(course.parameters.period_breaks)]
    return choose(*zip(inside, _periods(course.parameters), strict=True))


@declared("boolean", "Biopsy-proven", "Diagnosis.biopsy_proven")
def biopsy_proven(course: Course) -> Any:
    """The primary tumour was proven by biopsy."""
    return course.diagnosis.flag("biopsy_proven")


@declared("categorical", "Primary site", "Diagnosis.primary_site", levels=SITES)
def primary_site(course: Course) -> Any:
    """Site of the ICD-O-3 topography code. Base of tongue (C01), lingual tonsil (C02.4), soft palate and uvula (C05.1,
    C05.2) and tonsil (C09) belong to the oropharynx; C30.0 and C31 to nasal cavity and sinuses; a code outside the
    head and neck sites named is 'Other'."""
    return course.diagnosis.recoded("primary_site", {code: _site(code) for code in _codes(course)})


def _codes(course: Course) -> list[str]:
    return [str(code) for code in course.diagnosis.rows.frame["primary_site"].cat.categories]


def _site(code: str) -> str:
    return TOPOGRAPHY.get(code) or TOPOGRAPHY.get(code[:3]) or "Other"


@declared("categorical", "Pathology (WHO type)", "Diagnosis.who_type", levels=("I-II", "III"))
def pathology(course: Course) -> Any:
    """WHO type of nasopharyngeal carcinoma, I and II together."""
    return course.diagnosis.recoded("who_type", {"I": "I-II", "II": "I-II", "III": "III"})


@declared("categorical", "T category", "Diagnosis.t_category", levels=("T1", "T2", "T3", "T4"))
def t_category(course: Course) -> Any:
    """T category without its suffix; TX, T0 and Tis are missing here (see t_category_detailed)."""
    return course.diagnosis.recoded("t_category", {code: code[:2] for code in T_CATEGORIES[3:]})


@declared("categorical", "T category, detailed", "Diagnosis.t_category", levels=T_CATEGORIES)
def t_category_detailed(course: Course) -> Any:
    """T category as recorded."""
    return course.diagnosis.code("t_category")


@declared("categorical", "N category", "Diagnosis.n_category", levels=("N0", "N1", "N2", "N3"))
def n_category(course: Course) -> Any:
    """N category without its suffix; NX is missing here (see n_category_detailed)."""
    return course.diagnosis.recoded("n_category", {code: code[:2] for code in N_CATEGORIES[1:]})


@declared("categorical", "N category, detailed", "Diagnosis.n_category", levels=N_CATEGORIES)
def n_category_detailed(course: Course) -> Any:
    """N category as recorded."""
    return course.diagnosis.code("n_category")


@declared("categorical", "M category", "Diagnosis.m_category", levels=("M0", "M1"))
def m_category(course: Course) -> Any:
    """M category without its suffix; MX is missing."""
    return course.diagnosis.recoded("m_category", {code: code[:2] for code in ("M0", *METASTATIC)})


@declared("categorical", "Stage", "Diagnosis.stage", levels=STAGES)
def stage(course: Course) -> Any:
    """Stage as entered, by the edition of the chart."""
    return course.diagnosis.code("stage")


@declared("boolean", "Other malignancy", "Diagnosis.other_malignancy")
def other_malignancy(course: Course) -> Any:
    """Another malignant disease is on record."""
    return course.diagnosis.flag("other_malignancy")


@declared("date", "Date of metastasis", "Diagnosis.metastasis_date", "MetastaticSite.date", known_at="metastasis")
def metastasis_date(course: Course) -> Any:
    """Day metastasis was shown: as the diagnosis gives it, else the earliest date of a metastatic site."""
    return Traced(*course.metastasis)


@declared(
    "boolean",
    "Metastasis at diagnosis (de novo)",
    "Diagnosis.metastasis_date",
    "Diagnosis.date",
    "Diagnosis.m_category",
    window="up to {de_novo_months:g} months after the diagnosis",
    known_at="metastasis",
)
def metastasis_at_diagnosis(course: Course) -> Any:
    """Metastasis was shown before, at, or at most the given months after the diagnosis; where one of the two dates is
    not known, by M category (M1 yes, M0 no)."""
    apart = days_between(course.diagnosed.day, course.metastasis.day)
    by_category = choose(
        (course.diagnosis.is_("m_category", *METASTATIC), True), (course.diagnosis.is_("m_category", "M0"), False)
    )
    limit = course.parameters.de_novo_months * DAYS_PER_MONTH
    return np.where(np.isnan(apart), by_category, (apart <= limit).astype(object))


VARIABLES = (
    diagnosis_date,
    diagnosis_period,
    biopsy_proven,
    primary_site,
    pathology,
    t_category,
    t_category_detailed,
    n_category,
    n_category_detailed,
    m_category,
    stage,
    other_malignancy,
    metastasis_date,
    metastasis_at_diagnosis,
)
