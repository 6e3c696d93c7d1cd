"""What is impossible, the database refuses: per rule rows that break it and rows that do not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from patients.models import Death, Diagnosis, Identity, Patient
from records.actions import void
from tests.access_matrix import FORMLESS, RECORDS
from tests.at_once import rules_broken
from tests.rules import (
    OTHER,
    VOID,
    Case,
    case,
    choices,
    dates,
    declared,
    once,
    ranges,
    rule_refusing,
    surprises,
    writing,
)

if TYPE_CHECKING:
    from tests.worlds import World

COMPARED = {"state": "finished", "finished_at": "2020-01-01T00:00Z", "compared": {}}
CASES: dict[str, list[Case]] = {
    "patients.Patient": [
        *dates("patient", "birth_date"),
        *choices("patient", sex="female"),
        case(
            "patient_age_reference_known",
            {"age_at_reference": 50, "age_reference": "x"},
            {"age_at_reference": 50, "age_reference": "rt_start"},
        ),
        Case(
            "patient_age_at_reference_possible",
            [[{"age_at_reference": age, "age_reference": "diagnosis"}] for age in (-1, 121)],
            [[{"age_at_reference": age, "age_reference": "diagnosis"}] for age in (0, 120)],
        ),
        Case("patient_age_with_reference", [[{"age_at_reference": 50}], [{"age_reference": "diagnosis"}]], [[{}]]),
        Case(
            "patient_external_id_once",
            [[{"external_id": "a", "number": "1"}, {"external_id": "a", "number": "2"}]],
            [
                [{"external_id": "a", "number": "1"}, {"external_id": "b", "number": "2"}],
                [{"external_id": "a", "number": "1", VOID: True}, {"external_id": "a", "number": "2"}],
                [{"external_id": None, "number": "1"}, {"external_id": None, "number": "2"}],
            ],
        ),
    ],
    "patients.Identity": [
        once("identity", {}),
        Case(
            "identity_hospital_number_once_per_centre",
            [[{"hospital_number_index": "a"}, {"hospital_number_index": "a", "patient": OTHER}]],
            [
                [{"hospital_number_index": "a"}, {"hospital_number_index": "b", "patient": OTHER}],
                [{"hospital_number_index": "a", VOID: True}, {"hospital_number_index": "a", "patient": OTHER}],
                [{"hospital_number_index": None}, {"hospital_number_index": None, "patient": OTHER}],
            ],
        ),
    ],
    "patients.Consent": [
        *dates("consent", "date", "withdrawn_on"),
        *choices("consent", basis="waiver", scope="sharing"),
        case(
            "consent_withdrawn_on_not_before_date",
            {"date": "2012-06", "withdrawn_on": "2012-05"},
            {"date": "2012-06", "withdrawn_on": "2012"},
        ),
    ],
    "patients.Diagnosis": [
        *dates("diagnosis", "date", "metastasis_date"),
        *choices("diagnosis", who_type="II", t_category="T3a", n_category="N2c", m_category="M1b", stage="IVC"),
        *choices("diagnosis", metastasis_basis="imaging", smoking="former", comorbidities=["renal", "diabetes"]),
        *ranges("diagnosis", pack_years=(0, 400), height_cm=(40, 250), weight_kg=(10, 350), staging_edition=(1, 9)),
        case("diagnosis_primary_site_coded", {"primary_site": "D11"}, {"primary_site": "C11.9"}),
        case("diagnosis_morphology_coded", {"morphology": "8072"}, {"morphology": "8072/3"}),
        once("diagnosis", {}, patient=OTHER),
    ],
    "patients.MetastaticSite": [
        *dates("metastaticsite", "date"),
        *choices("metastaticsite", organ="brain", basis="pathology"),
        *ranges("metastaticsite", n_lesions=(1, 500), largest_mm=(1, 400)),
        case(
            "metastaticsite_node_region_known",
            {"organ": "distant_node", "node_region": "x"},
            {"organ": "distant_node", "node_region": "axillary"},
        ),
        case(
            "metastaticsite_region_only_for_nodes",
            {"organ": "bone", "node_region": "axillary"},
            {"organ": "distant_node", "node_region": "other"},
        ),
        case(
            "metastaticsite_text_only_for_other",
            {"organ": "bone", "organ_text": "spleen"},
            {"organ": "other", "organ_text": "spleen"},
        ),
        Case(
            "metastaticsite_counted_or_not",
            [[{"n_lesions": 2, "multiple_not_counted": True}]],
            [[{"n_lesions": 2}], [{"multiple_not_counted": True}], [{}]],
        ),
    ],
    "patients.PerformanceStatus": [
        *dates("performancestatus", "date"),
        *choices("performancestatus", timepoint="before_rt"),
        *ranges("performancestatus", ecog=(0, 4)),
        Case(
            "performancestatus_kps_by_tens",
            [[{"kps": kps}] for kps in (5, 95, 110)],
            [[{"kps": kps}] for kps in (0, 90, 100)],
        ),
        case("performancestatus_one_given", {"kps": None, "ecog": None}, {"kps": None, "ecog": 0}),
    ],
    "patients.LabResult": [
        *dates("labresult", "date"),
        *choices("labresult", analyte="alp"),
        Case(
            "labresult_in_its_unit",
            [[{"unit": "x"}], [{"analyte": "ebv_dna", "unit": "U/L"}], [{"analyte": "haemoglobin", "unit": "mg/L"}]],
            [[{"analyte": "ebv_dna", "unit": "copies/mL"}], [{"analyte": "haemoglobin", "unit": "g/L"}]],
        ),
        Case(
            "labresult_value_or_below_limit",
            [[{"value": None}], [{"value": 5, "below_limit": True}]],
            [[{"value": 5}], [{"value": None, "below_limit": True}]],
        ),
        case("labresult_value_not_negative", {"value": -1}, {"value": 0}),
        case("labresult_detection_limit_positive", {"detection_limit": 0}, {"detection_limit": 50}),
    ],
    "patients.QualityOfLife": [
        *dates("qualityoflife", "date"),
        *choices("qualityoflife", instrument="qlq_hn43"),
        *ranges("qualityoflife", score=(0, 100)),
    ],
    "patients.FollowUp": [
        *dates("followup", "date", "next_due"),
        *choices("followup", method="phone", status="lost", disease_status="stable"),
    ],
    "patients.Progression": [
        *dates("progression", "date"),
        *choices("progression", kind="both", basis="imaging", sites=["bone", "distant_node"]),
    ],
    "patients.Death": [*dates("death", "date"), *choices("death", cause="treatment"), once("death", {}, patient=OTHER)],
    "patients.DataQuery": [
        *choices("dataquery", state="answered", severity="warning"),
        Case(
            "dataquery_one_per_rule_and_record",
            [[{"rule": "birth"}, {"rule": "birth"}]],
            [
                [{"rule": "birth"}, {"rule": "birth", "field": "sex"}],
                [{"rule": "birth", VOID: True}, {"rule": "birth"}],
                [{}, {}],
            ],
        ),
    ],
    "patients.ChartLock": [once("chartlock", {}, patient=OTHER)],
    "patients.DistinctPair": [
        once("distinctpair", {}),
        # the other patient of the row was registered before this one
        case("distinctpair_in_one_order", {"patient": OTHER}, {}),
    ],
    "patients.SecondEntry": [
        case("secondentry_state_known", COMPARED | {"state": "x"}, COMPARED),
        Case(
            "secondentry_once",
            [[{}, {"chart": OTHER}]],
            [[{}, {"patient": OTHER, "chart": OTHER}], [{VOID: True}, {"chart": OTHER}]],
        ),
        Case(
            "secondentry_compared_when_finished",
            [[COMPARED | {"state": "entering"}], *([COMPARED | {name: None}] for name in ("compared", "finished_at"))],
            [[COMPARED], [COMPARED | {"state": "settled"}], [{"state": "entering"}]],
        ),
    ],
    "patients.Discrepancy": [
        *choices("discrepancy", decision="neither"),
        case("discrepancy_of_a_record", {"row": None, "second_row": None}, [{"row": None}, {"second_row": None}]),
    ],
}


def base_of_patient(world: World) -> dict[str, Any]:
    return {"registry": world.registry, "centre": world.here, "number": "NPC-000077"}


@pytest.mark.parametrize("kind", CASES)
def test_the_database_decides_each_row_as_the_table_says(world: World, kind: str) -> None:
    base = base_of_patient(world) if kind == "patients.Patient" else None
    assert surprises(world, kind, CASES[kind], base) == []


@pytest.mark.parametrize("kind", CASES)
def test_every_constraint_has_its_rows(kind: str) -> None:
    assert {item.rule for item in CASES[kind]} == declared(kind)


def test_every_kind_of_record_has_its_table() -> None:
    kinds = {"patients.Patient", *RECORDS, *FORMLESS}
    assert set(CASES) == {kind for kind in kinds if kind.startswith("patients.")}


def test_a_source_is_one_of_those_declared(world: World) -> None:
    row = world.add(Diagnosis, patient=world.patient())
    by_fax = partial(Diagnosis.objects.filter(pk=row.pk).update, source="fax")
    assert rule_refusing(by_fax) == "patients_diagnosis_source_known"


# Records of one patient and the rule that they break together, in whichever order they come.
BORN = "1960-05"
BORN_LATER = ("patients.Patient", {"birth_date": "2000"})
DEAD = ("patients.Death", {"date": "2014-03"})
TOGETHER: list[tuple[str, list[tuple[str, dict[str, Any]]], str | None]] = [
    ("a contact alive after the death", [DEAD, ("patients.FollowUp", {"date": "2014-04"})], "nothing_after_death"),
    ("a contact alive in the month of death", [DEAD, ("patients.FollowUp", {"date": "2014-03-31"})], None),
    ("a contact alive in the year of death", [DEAD, ("patients.FollowUp", {"date": "2014"})], None),
    ("lost after the death", [DEAD, ("patients.FollowUp", {"date": "2015", "status": "lost"})], None),
    ("the death learnt later", [DEAD, ("patients.FollowUp", {"date": "2015", "status": "dead"})], None),
    ("a void contact", [DEAD, ("patients.FollowUp", {"date": "2015", VOID: True})], None),
    ("a void death", [("patients.Death", {"date": "2012", VOID: True}), ("patients.FollowUp", {"date": "2015"})], None),
    ("a laboratory result after", [DEAD, ("patients.LabResult", {"date": "2014-04-01"})], "nothing_after_death"),
    ("a laboratory result before", [DEAD, ("patients.LabResult", {"date": "2014-02-28"})], None),
    ("a progression after", [DEAD, ("patients.Progression", {"date": "2015"})], "nothing_after_death"),
    ("performance after", [DEAD, ("patients.PerformanceStatus", {"date": "2015"})], "nothing_after_death"),
    ("performance undated", [DEAD, ("patients.PerformanceStatus", {"date": None})], None),
    ("quality of life after", [DEAD, ("patients.QualityOfLife", {"date": "2015"})], "nothing_after_death"),
    ("metastasis after", [DEAD, ("patients.MetastaticSite", {"date": "2015"})], "nothing_after_death"),
    ("metastasis after, by diagnosis", [DEAD, ("patients.Diagnosis", {"date": "2012", "metastasis_date": "2015"})],
     "nothing_after_death"),
    ("the pathology's report after", [DEAD, ("patients.Diagnosis", {"date": "2015"})], None),
    ("a waiver after", [DEAD, ("patients.Consent", {"basis": "waiver", "date": "2018"})], None),
    ("diagnosis before birth", [("patients.Diagnosis", {"date": "1960-04"})], "nothing_before_birth"),
    ("diagnosis in the month of birth", [("patients.Diagnosis", {"date": "1960-05-01"})], None),
    ("diagnosis in the year of birth", [("patients.Diagnosis", {"date": "1960"})], None),
    ("consent before birth", [("patients.Consent", {"date": "1959"})], "nothing_before_birth"),
    ("death before birth", [("patients.Death", {"date": "1959"})], "nothing_before_birth"),
    ("a void diagnosis before birth", [("patients.Diagnosis", {"date": "1959", VOID: True})], None),
    ("born after the diagnosis", [("patients.Diagnosis", {"date": "1999"}), BORN_LATER], "nothing_before_birth"),
    ("born after the death", [("patients.Death", {"date": "1999"}), BORN_LATER], "nothing_before_birth"),
]  # fmt: skip


def together(world: World, rows: list[tuple[str, dict[str, Any]]]) -> list[Callable[[], Any]]:
    """The writes of rows of one patient; of the patient itself a change."""
    patient = world.patient(birth_date=BORN)
    change = Patient.objects.filter(pk=patient.pk).update
    return [
        partial(change, **values)
        if kind == "patients.Patient"
        else writing(world, kind, RECORDS[kind] | {"patient": patient}, values)
        for kind, values in rows
    ]


@pytest.mark.parametrize(("rows", "rule"), [row[1:] for row in TOGETHER], ids=[row[0] for row in TOGETHER])
def test_records_that_contradict_each_other_are_refused_whichever_comes_last(
    world: World, rows: list[tuple[str, dict[str, Any]]], rule: str | None
) -> None:
    assert rule_refusing(*together(world, rows)) == rule
    assert rule_refusing(*reversed(together(world, rows))) == rule


def test_a_death_that_is_voided_frees_what_comes_after(world: World) -> None:
    patient = world.patient()
    death = world.add(Death, patient=patient, date="2014", cause="cancer")
    contact = writing(world, "patients.FollowUp", {"patient": patient, "status": "alive"}, {"date": "2015"})
    assert rule_refusing(contact) == "nothing_after_death"
    void(death, by=world.admin, version=1, reason="Another patient's")
    assert rule_refusing(contact) is None


def test_an_identity_is_held_where_its_patient_is(world: World) -> None:
    patient = world.patient()
    elsewhere = writing(world, "patients.Identity", {"patient": patient, "centre": world.there}, {})
    assert rule_refusing(elsewhere) == "identity_at_centre"
    world.add(Identity, patient=patient, centre=world.here)
    moved = partial(Patient.objects.filter(pk=patient.pk).update, centre=world.there)
    assert rule_refusing(moved) == "identity_at_centre"
    identity = partial(Identity.objects.filter(patient=patient).update, centre=world.there)
    assert rule_refusing(moved, identity) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_sessions_that_contradict_each_other_one_is_refused(world: World) -> None:
    """Neither sees what the other has not committed yet; the second to commit learns of it."""

    people = [world.patient(birth_date=BORN) for _ in range(5)]

    def write(number: int, kind: str, **values: Any) -> Callable[[], Any]:
        return writing(world, kind, RECORDS[kind] | {"patient": people[number]}, values)

    def change(number: int, **values: Any) -> Callable[[], Any]:
        return partial(Patient.objects.filter(pk=people[number].pk).update, **values)

    died = {"kind": "patients.Death", "date": "2014"}
    table = [
        (write(0, **died), write(0, "patients.FollowUp", date="2015"), ["nothing_after_death"]),
        (write(1, **died), write(1, "patients.LabResult", date="2015"), ["nothing_after_death"]),
        (write(2, "patients.Diagnosis", date="1970"), change(2, birth_date="1980"), ["nothing_before_birth"]),
        (write(3, "patients.Identity", centre=world.here), change(3, centre=world.there), ["identity_at_centre"]),
        (write(4, **died), write(4, "patients.FollowUp", date="2013"), []),
    ]
    assert [rules_broken(one, other) for one, other, _ in table] == [rules for *_, rules in table]
