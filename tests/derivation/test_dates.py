"""Days of partial dates, ages, and what does not count at the cut-off."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.derivation.dates import completed_years, middle
from records.partial_dates import middle as middle_of_text
from tests.derivation.factories import derived, period, value


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@given(st.from_regex(r"(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8]))?)?", fullmatch=True))
def test_the_middle_is_that_of_the_records(text: str) -> None:
    first, last = period(text)
    assert middle(days(str(first)), days(str(last)))[0].item() == middle_of_text(text)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("NaT", "NaT", "2015-07-02"),
        ("2015-09-01", "NaT", "2015-10-31"),
        ("NaT", "2015-01-03", "2015-01-02"),
        ("2015-03-01", "2015-03-03", "2015-03-02"),
        ("2016-01-01", "NaT", "2015-07-02"),  # contradicts the record, and is not applied
    ],
)
def test_a_period_is_clipped_to_known_bounds_before_its_middle_is_taken(low: str, high: str, expected: str) -> None:
    assert middle(days("2015-01-01"), days("2015-12-31"), (days(low), days(high)))[0] == days(expected)[0]


@given(st.dates(date(1900, 1, 1), date(2000, 12, 31)), st.integers(0, 36_500))
def test_completed_years_are_counted_by_the_calendar(birth: date, age_in_days: int) -> None:
    at = birth + timedelta(days=age_in_days)
    expected = at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))
    assert completed_years(days(str(birth)), days(str(at)))[0] == expected


def test_a_death_known_by_year_lies_after_the_last_day_the_patient_was_alive() -> None:
    rows = {"diagnosis": [{"date": "2012", "metastasis_date": "2012-01-01"}], "death": [{"date": "2015"}]}
    seen = {"followup": [{"date": "2015-11-30", "status": "alive"}]}
    found = derived(**rows, **seen)
    expected = (date(2015, 12, 15) - date(2012, 1, 1)).days / 30.4375
    assert found.frame["os_months"].tolist() == pytest.approx([expected])
    assert found.provenance["os"].tolist() == ["Death:1.date (within 2015)"]


def test_a_progression_known_by_year_lies_between_diagnosis_and_death() -> None:
    rows = {"diagnosis": [{"date": "2012-03-01", "metastasis_date": "2012-03-01"}], "death": [{"date": "2012-03-11"}]}
    frame = derived(**rows, progression=[{"date": "2012", "kind": "distant"}]).frame
    assert frame["pfs_months"].tolist() == [5 / 30.4375]


def test_a_course_known_by_year_starts_no_later_than_its_first_cycle() -> None:
    frame = derived(
        diagnosis=[{"metastasis_date": "2012-01-01"}],
        systemiccourse=[{"intent": "palliative", "agent_class": "chemotherapy", "start": "2012"}],
        chemotherapycycle=[{"course_id": 1, "number": 1, "day_1": "2012-01-11"}],
        followup=[{"date": "2013", "status": "alive"}],
    ).frame
    assert frame["pct_start_months"].iloc[0] == 5 / 30.4375


@pytest.mark.parametrize(
    ("tables", "variable", "without"),
    [
        ({"diagnosis": [{"date": "2020-01-01", "who_type": "III"}]}, "pathology", None),
        ({"diagnosis": [{"date": "2019", "metastasis_date": "2020-01-01"}]}, "metastasis_date", None),
        ({"radiotherapycourse": [{"intent": "locoregional", "start": "2020-01-01"}]}, "locoregional_rt", False),
        ({"localtreatment": [{"modality": "tace", "date": "2020-01-01"}]}, "local_treatment", "No"),
        ({"adverseevent": [{"term": "Nausea", "grade": 3, "onset": "2020"}]}, "worst_toxicity_grade", None),
        (
            {"systemiccourse": [{"intent": "palliative", "agent_class": "chemotherapy", "start": "2020-02"}]},
            "treatment_group",
            "Other",
        ),
    ],
)
def test_nothing_dated_after_the_cutoff_counts(tables: dict, variable: str, without: object) -> None:
    assert value(variable, **tables) == without
    assert value(variable, {"data_cutoff": date(2020, 12, 31)}, **tables) != without


def test_a_withdrawal_of_consent_counts_whenever_it_came() -> None:
    assert value("consent_withdrawn", consent=[{"withdrawn_on": "2021-03"}])
    assert not value("consent_withdrawn", consent=[{}])
