"""Which drugs a course or cycle consists of: by its regimen, else by the doses given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.derivation.course import Course
from analyses.derivation.dates import Mask
from analyses.derivation.rows import Texts


def codes(course: Course) -> Texts:
    """Per systemic course: the code of its regimen; where the chart names none, of the catalogue's regimen that has
    exactly the drugs given, 'combination' when no regimen has them, None when no drug is known either."""
    courses = course.rows("systemiccourse")
    catalogue = course.frames["regimen"].set_index("id")["code"].astype(object)
    found = courses.frame["regimen_id"].map(catalogue).astype(object).to_numpy()
    unnamed = pd.isna(found)
    if not unnamed.any():
        return found
    found[unnamed] = None
    given = _given(course)
    by_drugs = _by_drugs(course, catalogue)
    sets = given[given["course"].isin(np.flatnonzero(unnamed))].groupby("course")["drug"].agg(frozenset)
    found[sets.index] = [by_drugs.get(drugs, "combination") for drugs in sets]
    return found


def _by_drugs(course: Course, catalogue: pd.Series[str]) -> dict[frozenset[int], str]:
    sets = course.frames["regimendrug"].groupby("regimen_id")["drug_id"].agg(frozenset)
    return dict(zip(sets, catalogue.reindex(sets.index), strict=True))


def _given(course: Course) -> pd.DataFrame:
    """One line per drug dose: position of its course, of its cycle, and the drug."""
    doses, cycles = course.rows("drugdose"), course.rows("chemotherapycycle")
    drug = doses.frame["drug_id"].to_numpy()
    parent = cycles.parent[doses.parent] if len(doses) else doses.parent
    return pd.DataFrame({"course": parent, "cycle": doses.parent, "drug": drug})


def concurrent_drugs(course: Course) -> tuple[Mask, Mask]:
    """Per patient: whether the concurrent chemotherapy contains platinum, and whether it contains other cytotoxics.

    The drugs are those of concurrent courses and of the cycles inside the RT dates, by the regimen of the course where
    the chart names one, else by the doses given.
    """
    courses, cycles = course.rows("systemiccourse"), course.rows("chemotherapycycle")
    regimen = courses.frame["regimen_id"].to_numpy()
    concerned = course.concurrent_courses.copy()
    concerned[cycles.parent[course.cycles_in_rt]] = True
    of_regimen = pd.DataFrame({"patient": courses.at, "regimen_id": regimen})[concerned & ~np.isnan(regimen)]
    by_regimen = of_regimen.merge(course.frames["regimendrug"], on="regimen_id")[["patient", "drug_id"]]
    given = _given(course)
    counts = course.concurrent_courses[given["course"]] | course.cycles_in_rt[given["cycle"]]
    mine = given[counts & np.isnan(regimen)[given["course"]]]
    by_dose = pd.DataFrame({"patient": courses.at[mine["course"]], "drug_id": mine["drug"]})
    return _kinds(course, pd.concat([by_regimen, by_dose]))


def _kinds(course: Course, drugs: pd.DataFrame) -> tuple[Mask, Mask]:
    catalogue = course.frames["drug"]
    cytotoxic = catalogue[catalogue["agent_class"] == "chemotherapy"]
    kinds = drugs.merge(cytotoxic, left_on="drug_id", right_on="id")
    platinum = kinds["is_platinum"].fillna(False).astype(bool).to_numpy()
    patient = kinds["patient"].to_numpy(dtype=np.int64)
    return (
        np.bincount(patient[platinum], minlength=course.n) > 0,
        np.bincount(patient[~platinum], minlength=course.n) > 0,
    )
