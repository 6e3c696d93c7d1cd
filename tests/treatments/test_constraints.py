"""What is impossible in a treatment, the database refuses: per rule rows that break it and rows that do not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from records.actions import void
from tests.access_matrix import PARENTS, RECORDS, model_of, record, values_of
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
from treatments.models import Drug, Regimen

if TYPE_CHECKING:
    from tests.worlds import World

CASES: dict[str, list[Case]] = {
    "treatments.SystemicCourse": [
        *dates("systemiccourse", "start", "stop"),
        *choices("systemiccourse", intent="adjuvant", agent_class="checkpoint_inhibitor", stop_reason="toxicity"),
        case(
            "systemiccourse_stop_not_before_start",
            {"start": "2012-06-02", "stop": "2012-06-01"},
            {"start": "2012-06-02", "stop": "2012-06"},
        ),
        Case(
            "systemiccourse_line_possible",
            [[{"intent": "later_line", "line": line}] for line in (0, 21)],
            [[{"intent": "later_line", "line": line}] for line in (2, 20)],
        ),
        Case(
            "systemiccourse_line_of_intent",
            [[{"intent": "palliative", "line": 2}], [{"intent": "later_line", "line": 1}]],
            [[{"intent": "palliative", "line": 1}], [{"intent": "later_line", "line": None}]],
        ),
    ],
    "treatments.ChemotherapyCycle": [
        *dates("chemotherapycycle", "day_1"),
        *ranges("chemotherapycycle", number=(1, 60), delay_days=(0, 365)),
        once("chemotherapycycle", {"number": 2}, number=3),
    ],
    "treatments.DrugDose": [*ranges("drugdose", mg_m2=(0, 15000), days=(1, 42)), once("drugdose", {})],
    "treatments.RadiotherapyCourse": [
        *dates("radiotherapycourse", "start", "end"),
        *choices("radiotherapycourse", intent="metastasis", technique="proton"),
        case(
            "radiotherapycourse_end_not_before_start",
            {"start": "2013", "end": "2012-12"},
            {"start": "2013-07", "end": "2013"},
        ),
        *ranges("radiotherapycourse", planned_dose_gy=(0, 90), delivered_dose_gy=(0, 90)),
        *ranges("radiotherapycourse", fractions_planned=(1, 60), fractions_given=(0, 60)),
        *ranges("radiotherapycourse", fractions_per_week=(1, 14), interruption_days=(0, 365)),
    ],
    "treatments.RadiotherapyVolume": [
        *choices("radiotherapyvolume", volume="ctv2"),
        *ranges("radiotherapyvolume", prescribed_gy=(0, 90), delivered_gy=(0, 90), fractions=(1, 60)),
        once("radiotherapyvolume", {"volume": "other", "label": "neck"}, label="node"),
    ],
    "treatments.LocalTreatment": [*dates("localtreatment", "date"), *choices("localtreatment", modality="microwave")],
    "treatments.ResponseAssessment": [
        *dates("responseassessment", "date"),
        *choices("responseassessment", timepoint="after_rt", category="SD", modalities=["pet_ct", "bone_scan"]),
    ],
    "treatments.TargetLesion": [
        *ranges("targetlesion", baseline_mm=(1, 400), smallest_mm=(0, 400), current_mm=(0, 400))
    ],
    "treatments.AdverseEvent": [
        *dates("adverseevent", "onset", "resolution"),
        *choices("adverseevent", phase="late", related_to="both"),
        *ranges("adverseevent", grade=(1, 5)),
        case(
            "adverseevent_resolution_not_before_onset",
            {"onset": "2013-05", "resolution": "2013-04-30"},
            {"onset": "2013-05", "resolution": "2013-05-01"},
        ),
    ],
}
CATALOGUE: dict[str, tuple[dict[str, Any], list[Case]]] = {
    "treatments.Drug": (
        {"code": "new", "name": "New", "agent_class": "other"},
        choices("drug", agent_class="anti_egfr"),
    ),
    "treatments.Regimen": ({"code": "new", "name": "New"}, ranges("regimen", cycle_days=(1, 90))),
    "treatments.RegimenDrug": (
        {"route": "iv"},
        [
            *choices("regimendrug", route="po"),
            *ranges("regimendrug", mg_m2=(0, 15000)),
            Case("regimendrug_once", [[{}, {}]], [[{}]]),
        ],
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_the_database_decides_each_row_as_the_table_says(world: World, kind: str) -> None:
    assert surprises(world, kind, CASES[kind]) == []


@pytest.mark.parametrize("kind", CATALOGUE)
def test_so_it_does_for_the_catalogue(world: World, kind: str) -> None:
    base, cases = CATALOGUE[kind]
    if kind == "treatments.RegimenDrug":
        base = {**base, "regimen": Regimen.objects.get(code="PF"), "drug": Drug.objects.get(code="bleomycin")}
    assert surprises(world, kind, cases, base) == []
    assert {item.rule for item in cases} == declared(kind)


@pytest.mark.parametrize("kind", CASES)
def test_every_constraint_has_its_rows(kind: str) -> None:
    assert {item.rule for item in CASES[kind]} == declared(kind)


def test_every_kind_of_record_has_its_table() -> None:
    assert set(CASES) == {kind for kind in RECORDS if kind.startswith("treatments.")}


DEATH = {"date": "2014-03", "cause": "cancer"}
# A date of a treatment, and the rule that it breaks beside the death in March 2014.
DATED: list[tuple[str, dict[str, Any], str | None]] = [
    ("treatments.SystemicCourse", {"start": "2014-04"}, "nothing_after_death"),
    ("treatments.SystemicCourse", {"start": "2014", "stop": "2014-03-31"}, None),
    ("treatments.SystemicCourse", {"start": "2013", "stop": "2014-04"}, "nothing_after_death"),
    ("treatments.SystemicCourse", {"start": "2015", VOID: True}, None),
    ("treatments.SystemicCourse", {"start": "1959"}, "nothing_before_birth"),
    ("treatments.ChemotherapyCycle", {"day_1": "2014-04-01"}, "nothing_after_death"),
    ("treatments.ChemotherapyCycle", {"day_1": "2014-03-02"}, None),
    ("treatments.RadiotherapyCourse", {"start": "2015"}, "nothing_after_death"),
    ("treatments.RadiotherapyCourse", {"end": "2015"}, "nothing_after_death"),
    ("treatments.LocalTreatment", {"date": "2015"}, "nothing_after_death"),
    ("treatments.ResponseAssessment", {"date": "2015"}, "nothing_after_death"),
    ("treatments.ResponseAssessment", {"date": None}, None),
    ("treatments.AdverseEvent", {"onset": "2015"}, "nothing_after_death"),
    ("treatments.AdverseEvent", {"onset": "2013", "resolution": "2015"}, "nothing_after_death"),
    ("treatments.AdverseEvent", {"onset": "1958"}, "nothing_before_birth"),
]


def base_of(world: World, kind: str) -> dict[str, Any]:
    """Values of a record of a patient born in 1960, stored with the row that it hangs below."""
    patient = world.patient(birth_date="1960")
    if kind not in PARENTS:
        return RECORDS[kind] | {"patient": patient}
    parent = world.add(model_of(PARENTS[kind]), patient=patient, **RECORDS[PARENTS[kind]])
    return RECORDS[kind] | {"patient": patient, model_of(kind).parent_field: parent}


@pytest.mark.parametrize(("kind", "values", "rule"), DATED)
def test_no_treatment_lies_outside_the_life(world: World, kind: str, values: dict[str, Any], rule: str | None) -> None:
    base = base_of(world, kind)
    death = writing(world, "patients.Death", {"patient": base["patient"]}, DEATH)
    assert rule_refusing(death, writing(world, kind, base, values)) == rule
    assert rule_refusing(writing(world, kind, base, values), death) == rule


@pytest.mark.parametrize("kind", sorted(PARENTS))
def test_what_hangs_below_belongs_to_the_parents_patient(world: World, kind: str) -> None:
    values = values_of(world, world.here, kind)
    parent = values[model_of(kind).parent_field]
    rule = f"{kind.partition('.')[2].lower()}_of_parents_patient"
    assert rule_refusing(writing(world, kind, values, {"patient": OTHER})) == rule
    assert rule_refusing(writing(world, kind, values, {"patient": parent.patient})) is None


def test_the_treated_site_is_the_patients_own(world: World) -> None:
    site = record(world, world.here, "patients.MetastaticSite")
    values = {"patient": site.patient, "modality": "surgery", "site": site}
    other = writing(world, "treatments.LocalTreatment", values, {"patient": OTHER})
    assert rule_refusing(other) == "localtreatment_of_sites_patient"
    assert rule_refusing(writing(world, "treatments.LocalTreatment", values, {})) is None
    assert rule_refusing(writing(world, "treatments.LocalTreatment", values, {"patient": OTHER, "site": None})) is None


def voiding(world: World, row: Any) -> Callable[[], Any]:
    """The void of one row alone, past the action that takes along what hangs below."""
    void_values = {"voided_at": "2020-01-01T00:00Z", "voided_by": world.admin, "void_reason": "a test"}
    return partial(type(row).objects.filter(pk=row.pk).update, **void_values)


@pytest.mark.parametrize("kind", sorted(PARENTS))
def test_nothing_live_hangs_below_a_void_row(world: World, kind: str) -> None:
    row = record(world, world.here, kind)
    parent = getattr(row, row.parent_field)
    assert rule_refusing(voiding(world, parent)) == "live_below_live"
    assert rule_refusing(voiding(world, parent), voiding(world, row)) is None
    void(row, by=world.admin, version=1, reason="a test")
    assert rule_refusing(voiding(world, parent)) is None
    again = values_of(world, world.here, kind) | {"patient": row.patient, row.parent_field: parent}
    again |= {"drug": row.drug} if kind == "treatments.DrugDose" else {}
    assert rule_refusing(voiding(world, parent), writing(world, kind, again, {})) == "live_below_live"
    assert rule_refusing(voiding(world, parent), writing(world, kind, again, {VOID: True})) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_sessions_that_contradict_each_other_one_is_refused(world: World) -> None:
    """Neither sees what the other has not committed yet; the second to commit learns of it."""
    courses = [record(world, world.here, "treatments.SystemicCourse") for _ in range(3)]

    def cycle(number: int) -> Callable[[], Any]:
        course = courses[number]
        values = {"patient": course.patient, "course": course, "number": 1, "day_1": "2014-04-01"}
        return writing(world, "treatments.ChemotherapyCycle", values, {})

    def death(number: int, date: str) -> Callable[[], Any]:
        return writing(world, "patients.Death", {"patient": courses[number].patient, "cause": "cancer"}, {"date": date})

    table = [
        (cycle(0), death(0, "2014-03"), ["nothing_after_death"]),
        (cycle(1), voiding(world, courses[1]), ["live_below_live"]),
        (cycle(2), death(2, "2014-05"), []),
    ]
    assert [rules_broken(one, other) for one, other, _ in table] == [rules for *_, rules in table]
