"""Systemic treatment and radiotherapy: rows in, values out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.derivation.factories import CAPECITABINE, CISPLATIN, GP, PF, derived, source, value

Row = dict[str, Any]
RT: Row = {"intent": "locoregional", "start": "2012-08-01", "end": "2012-09-20"}


def course(intent: str = "palliative", start: str | None = "2012-05-01", **more: Any) -> Row:
    return {"intent": intent, "agent_class": "chemotherapy", "start": start, **more}


def cycles(*days: str | None, of: int = 1, after: int = 0) -> list[Row]:
    return [
        {"id": after + number, "course_id": of, "number": number, "day_1": day}
        for number, day in enumerate(days, start=1)
    ]


PCT = course(regimen_id=PF)
THREE = cycles("2012-05-01", "2012-05-22", "2012-06-12")
CONCURRENT = course("concurrent", "2012-08-01", id=9, regimen_id=CISPLATIN)


@pytest.mark.parametrize(
    ("tables", "group"),
    [
        ({"systemiccourse": [PCT]}, "PCT alone"),
        ({"systemiccourse": [PCT], "radiotherapycourse": [RT]}, "PCT+RT"),
        ({"systemiccourse": [PCT, CONCURRENT], "radiotherapycourse": [RT]}, "PCT+CCRT"),
        ({"systemiccourse": [CONCURRENT], "radiotherapycourse": [RT]}, "CCRT alone"),
        ({"systemiccourse": [{**CONCURRENT, "start": None}], "radiotherapycourse": [RT]}, "CCRT alone"),
        ({"radiotherapycourse": [RT]}, "Other"),
        ({}, "Other"),
        ({"systemiccourse": [course(start="2013-01-01")], "radiotherapycourse": [RT]}, "Other"),
        ({"systemiccourse": [course(start=None)], "radiotherapycourse": [RT]}, None),
        ({"systemiccourse": [PCT], "radiotherapycourse": [{**RT, "intent": "metastasis"}]}, "PCT alone"),
        ({"systemiccourse": [{**PCT, "agent_class": "checkpoint_inhibitor"}]}, "Other"),
        ({"systemiccourse": [{**CONCURRENT, "agent_class": "anti_egfr"}], "radiotherapycourse": [RT]}, "Other"),
    ],
)
def test_treatment_group(tables: dict[str, list[Row]], group: str | None) -> None:
    assert value("treatment_group", **tables) == group


@pytest.mark.parametrize(
    ("day", "end", "expected"),
    [
        ("2012-07-31", "2012-09-20", "No"),
        ("2012-08-01", "2012-09-20", "Yes"),
        ("2012-09-20", "2012-09-20", "Yes"),
        ("2012-09-21", "2012-09-20", "No"),
        ("2012-08-15", None, "No"),
    ],
)
def test_a_cycle_whose_day_1_falls_inside_rt_is_concurrent(day: str, end: str | None, expected: str) -> None:
    tables = {
        "systemiccourse": [PCT],
        "chemotherapycycle": [*THREE, *cycles(day, after=3)],
        "radiotherapycourse": [{**RT, "end": end}],
    }
    tables["chemotherapycycle"][-1]["number"] = 4
    assert value("concurrent_chemotherapy", **tables) == expected
    assert value("n_pct_cycles", **tables) == (4 if day < "2012-08-01" else 3)
    if expected == "Yes":
        assert source("concurrent_chemotherapy", **tables) == "ChemotherapyCycle:4.day_1"


@pytest.mark.parametrize(
    ("regimens", "doses", "expected"),
    [
        ([CISPLATIN], [], "Single-agent platinum"),
        ([PF], [], "Platinum combination"),
        ([CAPECITABINE], [], "Other"),
        ([CISPLATIN, CAPECITABINE], [], "Platinum combination"),
        ([None], [1], "Single-agent platinum"),
        ([None], [1, 2], "Single-agent platinum"),
        ([None], [1, 3], "Platinum combination"),
        ([None], [], None),
    ],
)
def test_concurrent_regimen(regimens: list[int | None], doses: list[int], expected: str | None) -> None:
    courses = [course("concurrent", "2012-08-01", regimen_id=regimen) for regimen in regimens]
    given = [{"cycle_id": 1, "drug_id": drug} for drug in doses]
    found = value(
        "concurrent_regimen",
        systemiccourse=courses,
        radiotherapycourse=[RT],
        chemotherapycycle=cycles("2012-08-01"),
        drugdose=given,
    )
    assert found == expected


def test_no_concurrent_regimen_without_concurrent_chemotherapy() -> None:
    assert value("concurrent_regimen", systemiccourse=[PCT], radiotherapycourse=[RT]) == "None"


@pytest.mark.parametrize(
    ("courses", "doses", "regimen"),
    [
        ([PCT], [], "PF"),
        ([course(regimen_id=CAPECITABINE)], [], "Others"),
        ([course(regimen_id=GP, start="2012-06-01"), PCT], [], "PF"),
        ([course()], [4, 1], "GP"),
        ([course()], [3, 5], "Others"),
        ([course()], [], None),
        ([], [], None),
    ],
)
def test_pct_regimen(courses: list[Row], doses: list[int], regimen: str | None) -> None:
    given = [{"cycle_id": 1, "drug_id": drug} for drug in doses]
    found = value("pct_regimen", systemiccourse=courses, chemotherapycycle=cycles("2012-05-01"), drugdose=given)
    assert found == regimen


@pytest.mark.parametrize(
    ("count", "group"), [(0, None), (1, "1-3"), (3, "1-3"), (4, "4-6"), (6, "4-6"), (7, ">6"), (9, ">6")]
)
def test_groups_of_pct_cycles(count: int, group: str | None) -> None:
    assert value("pct_cycles", systemiccourse=[PCT], chemotherapycycle=cycles(*[None] * count)) == group


def test_cycles_after_the_cutoff_and_of_other_intent_are_no_pct_cycles() -> None:
    courses = [PCT, course("adjuvant", "2013-01-01")]
    rows = [*cycles("2019-12-31", "2020-01-01"), *cycles("2013-01-01", of=2, after=2)]
    assert value("n_pct_cycles", systemiccourse=courses, chemotherapycycle=rows) == 1


def test_interval_from_pct_to_rt() -> None:
    tables = {"chemotherapycycle": THREE, "radiotherapycourse": [RT]}
    assert value("interval_pct_to_rt", systemiccourse=[PCT], **tables) == 50
    assert value("interval_pct_to_rt", systemiccourse=[{**PCT, "stop": "2012-06-30"}], **tables) == 32


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([("2012-07-01", "SD")], None),  # 31 days
        ([("2012-07-02", "90")], "90"),
        ([("2012-07-10", "80"), ("2012-07-30", "90"), ("2012-08-02", "70")], "90"),
        ([("2012-08-01", "60")], "70"),
        ([("2012-08-01", "100")], "90"),
        ([(None, "70"), ("2012-07-10", "80")], "80"),
        ([(None, "70")], "70"),
    ],
)
def test_kps_before_rt(days: list[tuple[str | None, str]], expected: str | None) -> None:
    rows = [{"date": day, "kps": int(kps) if kps.isdigit() else 90, "timepoint": "before_rt"} for day, kps in days]
    assert value("kps_before_rt", radiotherapycourse=[RT], performancestatus=rows) == expected
    assert value("kps_before_rt", performancestatus=rows) is None, "no RT, no status before it"


def test_the_status_before_rt_says_which_record_gave_it() -> None:
    rows = [{"date": "2012-07-10", "kps": 80}, {"date": "2012-07-30", "kps": 90}]
    assert source("kps", radiotherapycourse=[RT], performancestatus=rows) == "PerformanceStatus:2.kps"


@pytest.mark.parametrize(
    ("assessed", "with_rt", "without_rt"),
    [
        ([("2012-04-30", "PR")], None, None),
        ([("2012-05-01", "PR")], "PR", "PR"),
        ([("2012-06-01", "PR"), ("2012-07-20", "CR"), ("2012-08-02", "SD")], "CR", "SD"),
        ([("2012-06-01", "PR"), ("2012-07-20", None)], "PR", "PR"),
        ([(None, "SD")], "SD", "SD"),
        ([(None, "SD"), ("2012-06-01", "PD")], "PD", "PD"),
        ([("2012-06-01", None)], None, None),
    ],
)
def test_response_to_pct_is_the_last_from_pct_to_rt(
    assessed: list[tuple[str | None, str | None]], with_rt: str | None, without_rt: str | None
) -> None:
    rows = [{"date": day, "category": category, "timepoint": "after_pct"} for day, category in assessed]
    tables = {"systemiccourse": [PCT], "responseassessment": rows}
    assert value("response_to_pct", radiotherapycourse=[RT], **tables) == with_rt
    assert value("response_to_pct", **tables) == without_rt
    assert value("response_to_pct", radiotherapycourse=[RT], responseassessment=rows) is None, "no PCT, no response"


@pytest.mark.parametrize(
    ("technique", "level"),
    [
        ("2d", "Conventional RT"),
        ("3d", "Conventional RT"),
        ("imrt", "IMRT"),
        ("vmat", "IMRT"),
        ("proton", None),
        (None, None),
    ],
)
def test_rt_technique(technique: str | None, level: str | None) -> None:
    assert value("rt_technique", radiotherapycourse=[{**RT, "technique": technique}]) == level


@pytest.mark.parametrize(
    ("volumes", "planned_dose", "dose", "group"),
    [
        ([("gtvnx", 70), ("gtvnd", 66), ("ctv1", 72)], 60, 70, ">=60"),
        ([("ctv1", 60)], 58, 58, "<60"),
        ([("gtvnx", None)], 60, 60, ">=60"),
        ([], None, None, None),
    ],
)
def test_planned_dose(
    volumes: list[tuple[str, int | None]], planned_dose: int | None, dose: int | None, group: str | None
) -> None:
    tables = {
        "radiotherapycourse": [{**RT, "planned_dose_gy": planned_dose, "delivered_dose_gy": 50}],
        "radiotherapyvolume": [{"course_id": 1, "volume": name, "prescribed_gy": gy} for name, gy in volumes],
    }
    assert value("rt_dose_planned", **tables) == dose
    assert value("rt_dose_group", **tables) == group
    assert value("rt_dose_delivered", **tables) == 50


def test_rt_is_the_first_locoregional_course() -> None:
    again = {**RT, "start": "2014-01-01", "end": "2014-02-01", "technique": "imrt"}
    first = {**RT, "technique": "2d"}
    assert value("rt_technique", radiotherapycourse=[again, first]) == "Conventional RT"


def test_local_treatment_includes_radiotherapy_to_a_metastasis() -> None:
    assert value("local_treatment", localtreatment=[{"modality": "surgery"}]) == "Yes"
    assert value("local_treatment", radiotherapycourse=[{**RT, "intent": "metastasis"}]) == "Yes"
    assert value("local_treatment", radiotherapycourse=[RT]) == "No"


def test_ebv_dna_before_treatment_and_after_pct() -> None:
    results = [("2012-04-30", 5000), ("2012-05-20", 900), ("2012-07-01", 40), ("2012-08-20", 7)]
    rows = [{"date": day, "analyte": "ebv_dna", "unit": "copies/mL", "value": copies} for day, copies in results]
    tables = {"systemiccourse": [PCT], "chemotherapycycle": THREE, "radiotherapycourse": [RT]}
    assert value("ebv_dna_baseline", labresult=rows, **tables) == 5000
    assert value("ebv_dna_after_pct", labresult=rows, **tables) == 40
    rows[2] = {**rows[2], "value": None, "below_limit": True}
    assert value("ebv_dna_after_pct", labresult=rows, **tables) == 0


def test_toxicity_keeps_every_event_with_its_phase_recorded_or_by_its_onset() -> None:
    events = [
        {"term": "Nausea", "grade": 2, "phase": "pct"},
        {"term": "Nausea", "grade": 3, "onset": "2012-05-03"},
        {"term": "Mucositis oral", "grade": 3, "onset": "2012-08-20"},
        {"term": "Dry mouth", "grade": 1, "onset": "2013-08"},
        {"term": "Fatigue", "grade": 1},
        {"term": "Fatigue", "grade": 4, "onset": "2020-01-01"},
    ]
    dataset = derived(systemiccourse=[PCT], radiotherapycourse=[RT], adverseevent=events)
    assert [tuple(row) for row in dataset.toxicity.to_numpy()] == [
        ("NPC-000001", "Dry mouth", 1, "late"),
        ("NPC-000001", "Fatigue", 1, "unknown"),
        ("NPC-000001", "Mucositis oral", 3, "RT"),
        ("NPC-000001", "Nausea", 2, "PCT"),
        ("NPC-000001", "Nausea", 3, "PCT"),
    ]
    assert dataset.frame["worst_toxicity_grade"].tolist() == ["3"]
