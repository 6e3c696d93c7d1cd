"""Times, events and censoring: rows in, endpoints out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline.dataset import Dataset, Exclusion
from tests.derivation.factories import derived

Row = dict[str, Any]
ZERO = date(2012, 1, 1)
DIAGNOSIS: Row = {"date": "2011-12-20", "metastasis_date": "2012-01-01"}


def alive(*days: str) -> list[Row]:
    return [{"date": day, "status": "alive"} for day in days]


def progressed(*found: tuple[str, str]) -> list[Row]:
    return [{"date": day, "kind": kind} for day, kind in found]


CONTACT = alive("2014-05-01")


def dataset(parameters: dict[str, Any] | None = None, diagnosis: Row = DIAGNOSIS, **tables: list[Row]) -> Dataset:
    return derived(parameters, diagnosis=[diagnosis], **tables)


def endpoint(found: Dataset, name: str) -> tuple[float, int] | None:
    """Days from time zero, and event code."""
    months, event = found.frame[f"{name}_months"].iloc[0], found.frame[f"{name}_event"].iloc[0]
    assert pd.isna(months) == pd.isna(event)
    return None if pd.isna(months) else (round(months * 30.4375, 6), int(event))


def all_endpoints(found: Dataset) -> dict[str, tuple[float, int] | None]:
    return {name: endpoint(found, name) for name in found.endpoints}


def test_every_endpoint_of_one_course() -> None:
    found = dataset(
        progression=progressed(("2012-04-10", "distant"), ("2012-07-19", "both")), death=[{"date": "2012-10-27"}]
    )
    assert all_endpoints(found) == {
        "os": (300, 1),
        "pfs": (100, 1),
        "lrpfs": (200, 1),
        "dpfs": (100, 1),
        "lrp": (200, 1),
        "dp": (100, 1),
    }
    assert found.provenance.iloc[0][["time_zero", "os", "pfs", "lrpfs"]].tolist() == [
        "Diagnosis:1.metastasis_date",
        "Death:1.date",
        "Progression:1.date",
        "Progression:2.date",
    ]


def test_other_progression_may_compete() -> None:
    tables = {"progression": progressed(("2012-04-10", "distant")), "followup": alive("2012-10-27")}
    ignored, competes = dataset(**tables), dataset({"other_progression": "competes"}, **tables)
    assert (endpoint(ignored, "lrp"), endpoint(ignored, "dp")) == ((300, 0), (100, 1))
    assert (endpoint(competes, "lrp"), endpoint(competes, "dp")) == ((100, 2), (100, 1))
    assert [ignored.endpoints["lrp"].competing, competes.endpoints["lrp"].competing] == [
        "Death",
        "Death or distant progression",
    ]


def test_death_competes_with_progression_and_is_an_event_of_progression_free_survival() -> None:
    found = dataset(death=[{"date": "2012-04-10"}])
    assert {name: of[1] for name, of in all_endpoints(found).items() if of} == {
        "os": 1, "pfs": 1, "lrpfs": 1, "dpfs": 1, "lrp": 2, "dp": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "expected", "gave"),
    [
        ({"followup": alive("2014-05-01", "2015-05-01")}, "2015-05-01", "FollowUp:2.date"),
        ({"followup": alive("2021-05-01")}, "2019-12-31", "data cut-off"),
        ({"followup": alive("2015-05-01"), "death": [{"date": "2020-01-01"}]}, "2019-12-31", "data cut-off"),
        ({"followup": CONTACT, "progression": progressed(("2020-03-01", "both"))}, "2019-12-31", "data cut-off"),
        ({"followup": [*CONTACT, {"date": "2016-01-01", "status": "lost"}]}, "2014-05-01", "FollowUp:1.date"),
        ({"followup": [*CONTACT, {"date": "2016-01-01", "status": "dead"}]}, "2014-05-01", "FollowUp:1.date"),
        ({"followup": alive("2014"), "death": [{"date": "2020"}]}, "2019-12-31", "data cut-off"),
        ({"followup": alive("2014-06-15", "2014")}, "2014-07-02", "FollowUp:2.date (within 2014)"),
    ],
)
def test_censoring_at_the_last_day_known_alive_or_the_cutoff(
    tables: dict[str, list[Row]], expected: str, gave: str
) -> None:
    found = dataset(**tables)
    days = (date.fromisoformat(expected) - ZERO).days
    assert set(all_endpoints(found).values()) == {(days, 0)}
    assert found.provenance["os"].tolist() == [gave]


def test_a_progression_after_the_last_contact_counts_and_shows_the_patient_alive() -> None:
    found = dataset(followup=alive("2012-04-10"), progression=progressed(("2012-07-19", "distant")))
    assert (endpoint(found, "os"), endpoint(found, "pfs"), endpoint(found, "lrpfs")) == ((200, 0), (200, 1), (200, 0))
    assert found.provenance["os"].tolist() == ["Progression:1.date"]


def test_death_on_the_cutoff_is_an_event() -> None:
    assert endpoint(dataset(death=[{"date": "2019-12-31"}]), "os") == ((date(2019, 12, 31) - ZERO).days, 1)


@pytest.mark.parametrize(
    ("zero", "day"),
    [
        ("metastasis", "2012-01-01"),
        ("diagnosis", "2011-12-20"),
        ("pct_start", "2012-01-10"),
        ("rt_start", "2012-06-01"),
        ("rt_end", "2012-07-20"),
    ],
)
def test_time_zero_is_a_parameter(zero: str, day: str) -> None:
    found = dataset(
        {"time_zero": zero},
        systemiccourse=[{"intent": "palliative", "agent_class": "chemotherapy", "start": "2012-01-10"}],
        radiotherapycourse=[{"intent": "locoregional", "start": "2012-06-01", "end": "2012-07-20"}],
        followup=alive("2013-01-01"),
    )
    assert endpoint(found, "os") == ((date(2013, 1, 1) - date.fromisoformat(day)).days, 0)
    rt_start = found.frame["rt_start_months"].iloc[0] * 30.4375
    assert round(rt_start, 6) == (date(2012, 6, 1) - date.fromisoformat(day)).days


def test_a_landmark_counts_from_itself_and_excludes_who_did_not_reach_it() -> None:
    landmark = {"time_zero": "landmark", "landmark_months": 12.0}
    days_later = 365.25
    assert endpoint(dataset(landmark, followup=alive("2014-01-01")), "os") == (731 - days_later, 0)
    assert dataset(landmark, death=[{"date": "2012-12-30"}]).exclusions == (
        Exclusion(patient="NPC-000001", reason="Died before the index date."),
    )


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"diagnosis": {"date": "2012-01-01"}, "followup": alive("2013")}, "The date of metastasis is not known."),
        ({}, "No death and no day on which the patient is known to be alive is recorded."),
        ({"death": [{"date": "2011-12-31"}]}, "Died before the index date."),
        ({"followup": alive("2011-12-31")}, "Last known to be alive before the index date."),
    ],
)
def test_who_has_no_time_is_named_with_the_reason(tables: dict[str, Any], reason: str) -> None:
    found = dataset(**tables)
    assert found.exclusions == (Exclusion(patient="NPC-000001", reason=reason),)
    assert set(all_endpoints(found).values()) == {None}
    assert len(found.frame) == 1, "the row stays"


def test_a_progression_before_time_zero_takes_the_patient_out_of_its_own_endpoints_only() -> None:
    tables = {"progression": progressed(("2011-12-25", "distant")), "followup": alive("2012-04-10")}
    found = dataset(**tables)
    assert [name for name, of in all_endpoints(found).items() if of is None] == ["pfs", "dpfs", "dp"]
    assert [(item.patient, item.endpoint) for item in found.exclusions] == [
        ("NPC-000001", "dp"),
        ("NPC-000001", "dpfs"),
        ("NPC-000001", "pfs"),
    ]
    assert endpoint(dataset({"other_progression": "competes"}, **tables), "lrp") is None


def test_a_progression_that_may_lie_after_time_zero_is_taken_to() -> None:
    found = dataset(
        {"time_zero": "rt_start"},
        radiotherapycourse=[{"intent": "locoregional", "start": "2012-12-21"}],
        progression=progressed(("2012", "distant")),
        followup=alive("2013-01-01"),
    )
    assert endpoint(found, "pfs") == (5, 1)


def test_an_event_on_the_index_date_has_time_zero() -> None:
    assert endpoint(dataset(death=[{"date": "2012-01-01"}]), "os") == (0, 1)


partial = st.builds(
    lambda days, length: (date(2009, 1, 1) + timedelta(days=days)).isoformat()[:length],
    st.integers(0, 4500),
    st.sampled_from([4, 7, 10, 10, 10]),
)


@st.composite
def charts(draw: st.DrawFn) -> dict[str, Any]:
    """A chart that keeps the rules of the database: nothing lies after the death for certain."""
    death = draw(st.none() | partial)
    last = "9999" if death is None else death
    kinds = st.sampled_from(["locoregional", "distant", "both"])
    before = partial.filter(lambda day: death is None or day[: len(last)] <= last[: len(day)])
    return {
        "diagnosis": [{"date": draw(st.none() | before), "metastasis_date": draw(st.none() | before)}],
        "followup": alive(*draw(st.lists(before, max_size=3))),
        "progression": progressed(*draw(st.lists(st.tuples(before, kinds), max_size=3))),
        "death": [] if death is None else [{"date": death}],
    }


@settings(max_examples=25)
@given(
    st.lists(charts(), min_size=1, max_size=12),
    st.sampled_from(["metastasis", "diagnosis"]),
    st.sampled_from(["ignored", "competes"]),
)
def test_no_progression_free_time_exceeds_survival(drawn: list[dict[str, Any]], zero: str, other: str) -> None:
    tables: dict[str, list[Row]] = {"diagnosis": [], "followup": [], "progression": [], "death": []}
    for patient, chart in enumerate(drawn, start=1):
        for table, rows in chart.items():
            tables[table] += [{**row, "patient_id": patient} for row in rows]
    parameters = {"time_zero": zero, "other_progression": other, "data_cutoff": date(2019, 6, 30)}
    found = derived(parameters, patients=len(drawn), **tables)
    for shorter, longer in [("pfs", "lrpfs"), ("pfs", "dpfs"), ("lrpfs", "os"), ("dpfs", "os"), ("lrp", "os")]:
        both = found.frame[[f"{shorter}_months", f"{longer}_months"]].dropna()
        assert (both[f"{shorter}_months"] <= both[f"{longer}_months"]).all(), (shorter, longer)
    for name in found.endpoints:
        without = {item.patient for item in found.exclusions if item.endpoint in ("", name)}
        missing = found.frame[f"{name}_months"].isna()
        assert set(found.frame.index[missing]) == without
        assert (found.frame.loc[~missing, f"{name}_months"] >= 0).all()
