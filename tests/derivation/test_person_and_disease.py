"""Who the patient is and what disease: rows in, values out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.derivation.factories import derived, source, value

DX = {"date": "2012-05-17"}


@pytest.mark.parametrize(
    ("birth", "years", "group"),
    [("1967-05-17", 45, ">=45"), ("1967-05-18", 44, "<45"), ("1967", 44, "<45"), (None, None, None)],
)
def test_age_in_completed_years_at_diagnosis(birth: str | None, years: int | None, group: str | None) -> None:
    patient = [{"number": "NPC-000001", "birth_date": birth}]
    assert value("age", patient=patient, diagnosis=[DX]) == years
    assert value("age_group", patient=patient, diagnosis=[DX]) == group


def test_age_at_a_reference_date_where_the_birth_date_is_withheld() -> None:
    patient = [{"number": "HN-000001", "age_at_reference": 62.6, "age_reference": "rt_start"}]
    assert value("age", patient=patient) == 62.6
    assert value("age_group", {"age_cut": 60}, patient=patient) == ">=60"
    assert source("age", patient=patient) == "Patient:1.age_at_reference"


@pytest.mark.parametrize(
    ("day", "period"),
    [("1999-12-31", None), ("2000", "2000-2005"), ("2005-12-31", "2000-2005"), ("2006-01-01", "2006-2011"),
     ("2017-12", "2012-2017"), ("2018-01-01", None), (None, None)],
)  # fmt: skip
def test_period_of_diagnosis(day: str | None, period: str | None) -> None:
    assert value("diagnosis_period", diagnosis=[{"date": day}]) == period


@pytest.mark.parametrize(
    ("field", "code", "variable", "level"),
    [
        ("who_type", "I", "pathology", "I-II"),
        ("who_type", "III", "pathology", "III"),
        ("t_category", "T2b", "t_category", "T2"),
        ("t_category", "T4", "t_category", "T4"),
        ("t_category", "TX", "t_category", None),
        ("t_category", "Tis", "t_category", None),
        ("t_category", "Tis", "t_category_detailed", "Tis"),
        ("n_category", "N3a", "n_category", "N3"),
        ("n_category", "NX", "n_category", None),
        ("t_category", "T3a", "t_category", "T3"),
        ("n_category", "N1c", "n_category", "N1"),
        ("m_category", "MX", "m_category", None),
        ("m_category", "M1b", "m_category", "M1"),
        ("stage", "IVB", "stage", "IVB"),
        ("smoking", "former", "smoking", "Former"),
        ("primary_site", "C11.9", "primary_site", "Nasopharynx"),
        ("primary_site", "C09.0", "primary_site", "Oropharynx"),
        ("primary_site", "C01", "primary_site", "Oropharynx"),
        ("primary_site", "C05.1", "primary_site", "Oropharynx"),
        ("primary_site", "C05.0", "primary_site", "Oral cavity"),
        ("primary_site", "C12", "primary_site", "Hypopharynx"),
        ("primary_site", "C32.1", "primary_site", "Larynx"),
        ("primary_site", "C30.0", "primary_site", "Nasal cavity and sinuses"),
        ("primary_site", "C44.3", "primary_site", "Other"),
        ("primary_site", None, "primary_site", None),
        ("biopsy_proven", True, "biopsy_proven", True),
        ("other_malignancy", None, "other_malignancy", None),
    ],
)
def test_what_the_diagnosis_gives(field: str, code: Any, variable: str, level: Any) -> None:
    assert value(variable, diagnosis=[{**DX, field: code}]) == level


@pytest.mark.parametrize(
    ("metastasis", "m_category", "expected"),
    [
        ("2012-05-17", "M0", True),
        ("2012-05-01", None, True),
        ("2012-08-16", None, True),  # 91 days, three months
        ("2012-08-17", "M1", False),
        (None, "M1", True),
        (None, "M1a", True),
        (None, "M0", False),
        (None, None, None),
    ],
)
def test_metastasis_at_diagnosis(metastasis: str | None, m_category: str | None, expected: bool | None) -> None:
    row = {**DX, "metastasis_date": metastasis, "m_category": m_category}
    assert value("metastasis_at_diagnosis", diagnosis=[row]) == expected


def test_the_earliest_site_dates_the_metastasis_where_the_diagnosis_does_not() -> None:
    sites = [{"organ": "bone", "date": "2012-06"}, {"organ": "lung", "date": "2012-05-20"}, {"organ": "liver"}]
    assert str(value("metastasis_date", diagnosis=[DX], metastaticsite=sites))[:10] == "2012-05-20"
    assert source("metastasis_date", diagnosis=[DX], metastaticsite=sites) == "MetastaticSite:2.date"


def test_ecog_is_taken_before_any_treatment() -> None:
    rt = [{"intent": "locoregional", "start": "2012-06-01"}]
    later, marked = {"date": "2012-06-20", "timepoint": "follow_up", "ecog": 2}, {"timepoint": "before_rt", "ecog": 1}
    dated = {"date": "2012-05-20", "timepoint": "follow_up", "ecog": 3}
    assert value("ecog", radiotherapycourse=rt, performancestatus=[later]) is None
    assert value("ecog", radiotherapycourse=rt, performancestatus=[later, marked]) == "1"
    assert value("ecog", radiotherapycourse=rt, performancestatus=[dated, marked, later]) == "3"
    baseline = {"timepoint": "baseline", "ecog": 0}
    assert value("ecog", radiotherapycourse=rt, performancestatus=[dated, baseline, later]) == "0"


def test_a_patient_without_any_record_has_a_row_and_no_guessed_value() -> None:
    frame = derived(patients=2).frame
    assert frame.index.tolist() == ["NPC-000001", "NPC-000002"]
    told = frame.iloc[0].dropna()
    assert set(told.index) == {
        "consent_withdrawn", "had_pct", "n_pct_cycles", "concurrent_chemotherapy", "concurrent_regimen",
        "treatment_group", "immunotherapy", "anti_egfr", "locoregional_rt", "local_treatment", "metastatic_sites_known",
    }  # fmt: skip
