"""A second, blind abstraction of a chart: who may begin it, who enters it, what is compared and how it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from patients import selectors
from patients.actions import (
    Choice,
    finish_second_entry,
    settle,
    settle_many,
    sign_off,
    start_second_entry,
    withdraw_second_entry,
)
from patients.models import (
    Decision,
    Diagnosis,
    EntryState,
    FollowUp,
    LabResult,
    MetastaticSite,
    Patient,
    PerformanceStatus,
    SecondEntry,
)
from records import trail
from records.actions import StaleVersion, add, amend, void
from records.models import Membership, User
from tests.patients.second_charts import changed, copy_chart, enter, finished, started
from treatments.models import ChemotherapyCycle, DrugDose, LocalTreatment, SystemicCourse

if TYPE_CHECKING:
    from tests.worlds import World


def told(entry: SecondEntry) -> list[tuple[str, str, str, str]]:
    """The discrepancies as (model, field, first, second)."""
    rows = entry.discrepancies.order_by("pk")
    return [(row.table.partition(".")[2], row.field, row.first, row.second) for row in rows]


def with_chart(world: World) -> Patient:
    """A patient with a chart of several kinds of record, entered by the administrator."""
    from treatments.models import Drug

    patient = world.patient(sex="male", birth_date="1960-05")
    world.add(Diagnosis, patient=patient, date="2012-05-17", t_category="T3", height_cm=171, comorbidities=["diabetes"])
    bone = world.add(MetastaticSite, patient=patient, organ="bone", n_lesions=3)
    world.add(LocalTreatment, patient=patient, modality="surgery", site=bone, date="2013")
    course = world.add(
        SystemicCourse, patient=patient, intent="palliative", agent_class="chemotherapy", start="2012-06"
    )
    cycle = world.add(ChemotherapyCycle, course=course, number=1, day_1="2012-06-01")
    world.add(DrugDose, cycle=cycle, drug=Drug.objects.get(code="cisplatin"), mg_m2=75)
    world.add(FollowUp, patient=patient, date="2013-02", status="alive")
    world.add(FollowUp, patient=patient, date="2013-08", status="alive")
    return patient


def test_a_second_chart_has_a_number_of_its_own_and_counts_nowhere(world: World) -> None:
    patient = with_chart(world)
    entry = started(world, patient)
    assert entry.chart.number == f"{patient.number}.2"
    assert (entry.chart.registry_id, entry.chart.centre_id) == (patient.registry_id, patient.centre_id)
    assert (entry.chart.sex, entry.chart.birth_date) == (None, None)
    enter(entry, Diagnosis, t_category="T4")
    for user in world.users.values():
        assert entry.chart not in selectors.patients(user)
        assert not selectors.live(user, Diagnosis).filter(patient=entry.chart).exists()
    world.patient()
    assert Patient.objects.filter(second_of=None).count() == 2
    assert Patient.objects.order_by("pk").last().number == "NPC-000002"  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["abstractor", "investigator", "coordinator", "auditor", "stranger"])
def test_only_a_manager_begins_one(world: World, role: str) -> None:
    with pytest.raises(PermissionDenied):
        start_second_entry(world.patient(), by=world.users[role], abstractor=world.users["abstractor"])


def test_the_abstractor_may_enter_there_and_has_not_seen_the_chart(world: World) -> None:
    manager, abstractor = world.users["manager"], world.users["abstractor"]
    patient = world.patient()
    for nobody in (world.users["investigator"], world.users["stranger"]):
        with pytest.raises(ValidationError, match="may not enter"):
            start_second_entry(patient, by=manager, abstractor=nobody)
    contact = add(FollowUp, by=abstractor, patient=patient, date="2013", status="alive")
    with pytest.raises(ValidationError, match="wrote part"):
        start_second_entry(patient, by=manager, abstractor=abstractor)
    void(contact, by=manager, version=1, reason="Another patient's")
    entry = start_second_entry(patient, by=manager, abstractor=abstractor)
    with pytest.raises(ValidationError, match="Stands already"):
        start_second_entry(patient, by=manager, abstractor=abstractor)
    with pytest.raises(ValidationError, match="itself"):
        start_second_entry(entry.chart, by=manager, abstractor=abstractor)


def test_who_only_changed_a_row_is_not_blind_either(world: World) -> None:
    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient)
    amend(diagnosis, by=world.users["abstractor"], version=1, t_category="T1")
    with pytest.raises(ValidationError, match="wrote part"):
        started(world, patient)


def test_the_second_chart_is_written_by_its_abstractor_alone_and_the_first_not_by_them(world: World) -> None:
    patient = with_chart(world)
    entry = started(world, patient)
    with pytest.raises(ValidationError, match="its abstractor alone"):
        world.add(Diagnosis, patient=entry.chart)
    diagnosis = Diagnosis.objects.get(patient=patient)
    with pytest.raises(ValidationError, match="first is hidden"):
        amend(diagnosis, by=entry.abstractor, version=1, t_category="T1")
    with pytest.raises(ValidationError, match="first is hidden"):
        add(FollowUp, by=entry.abstractor, patient=patient, date="2015", status="alive")
    own = enter(entry, Diagnosis, t_category="T1")
    finished(entry)
    with pytest.raises(ValidationError, match="stays as it was compared"):
        changed(own, entry.abstractor, t_category="T2")
    changed(diagnosis, entry.abstractor, t_category="T2")


def test_an_equal_chart_is_settled_at_once(world: World) -> None:
    entry = started(world, with_chart(world))
    copy_chart(entry)
    entry = finished(entry)
    assert told(entry) == []
    assert entry.state == EntryState.SETTLED
    assert {field["agrees"] for field in entry.compared["fields"]} == {"same"}
    assert entry.compared["by"] == [world.admin.pk]
    assert entry.compared["alone"] == []


def test_each_difference_is_a_discrepancy(world: World) -> None:
    entry = started(world, with_chart(world))
    copies = {type(row): row for row in copy_chart(entry).values()}
    by = entry.abstractor
    changed(entry.chart, by, birth_date="1960")
    changed(copies[Diagnosis], by, t_category="T4", height_cm=None, comorbidities=["renal", "diabetes"])
    changed(copies[DrugDose], by, mg_m2=60)
    changed(copies[FollowUp], by, date="2013-07")
    enter(entry, MetastaticSite, organ="liver", multiple_not_counted=True)
    void(copies[LocalTreatment], by=by, version=1, reason="not in the folder")
    assert told(finished(entry)) == [
        ("patient", "birth_date", "1960-05", "1960"),
        ("diagnosis", "t_category", "T3", "T4"),
        ("diagnosis", "comorbidities", "Diabetes", "Moderate or severe renal disease, Diabetes"),
        ("diagnosis", "height_cm", "171", ""),
        ("metastaticsite", "", "", "organ: Liver; multiple, not counted: yes"),
        ("followup", "date", "2013-08", "2013-07"),
        (
            "localtreatment",
            "",
            f"modality: Surgery; metastatic site: Bone metastasis of {entry.patient}; date: 2013",
            "",
        ),
        ("drugdose", "mg_m2", "75", "60"),
    ]
    entry.refresh_from_db()
    verdicts = {field["field"]: field["agrees"] for field in entry.compared["fields"]}
    assert verdicts["birth_date"] == "compatible"


def test_rows_below_a_record_that_one_chart_lacks_go_with_it(world: World) -> None:
    entry = started(world, with_chart(world))
    entry = finished(entry)
    tables = [table for table, *_ in told(entry)]
    assert "systemiccourse" in tables
    assert not {"chemotherapycycle", "drugdose"} & set(tables)


def test_a_reference_agrees_when_it_is_to_the_same_record(world: World) -> None:
    patient = with_chart(world)
    world.add(MetastaticSite, patient=patient, organ="liver")
    entry = started(world, patient)
    copies = copy_chart(entry)
    treatment = next(row for (model, _), row in copies.items() if model is LocalTreatment)
    liver = next(row for row in copies.values() if isinstance(row, MetastaticSite) and row.organ == "liver")
    changed(treatment, entry.abstractor, site=liver)
    (said,) = told(finished(entry))
    assert said[:2] == ("localtreatment", "site")


def test_finishing_is_the_abstractors_once(world: World) -> None:
    entry = started(world, with_chart(world))
    with pytest.raises(PermissionDenied):
        finish_second_entry(entry, by=world.users["manager"], version=1)
    with pytest.raises(StaleVersion):
        finish_second_entry(entry, by=entry.abstractor, version=7)
    finished(entry)
    with pytest.raises(ValidationError, match="finished"):
        finished(entry)


def compared(world: World) -> tuple[SecondEntry, dict[str, Any]]:
    """A finished entry with a discrepancy of each kind; these by table, and by field where a table has several."""
    entry = started(world, with_chart(world))
    rows = copy_chart(entry)
    copies = {type(row): row for row in rows.values()}
    changed(copies[Diagnosis], entry.abstractor, t_category="T4", height_cm=None)
    void(copies[SystemicCourse], by=entry.abstractor, version=1, reason="none")
    liver = enter(entry, MetastaticSite, organ="liver")
    changed(copies[LocalTreatment], entry.abstractor, site=liver)
    course = enter(entry, SystemicCourse, intent="concurrent", agent_class="chemotherapy")
    enter(entry, ChemotherapyCycle, course=course, number=1)
    entry = finished(entry)
    keyed = {}
    for row in entry.discrepancies.order_by("pk"):
        keyed[row.field or row.table.partition(".")[2] + (" first" if row.row else " second")] = row
    return entry, keyed


def test_each_decision_does_what_it_says(world: World) -> None:
    entry, found = compared(world)
    manager, patient = world.users["manager"], entry.patient
    diagnosis = Diagnosis.objects.get(patient=patient)
    assert set(found) == {
        "t_category", "height_cm", "metastaticsite second", "systemiccourse first", "systemiccourse second", "site",
    }  # fmt: skip

    settle(found["height_cm"], by=manager, version=1, decision=Decision.FIRST)
    diagnosis.refresh_from_db()
    assert (diagnosis.version, found["height_cm"].decision) == (1, "first")

    with pytest.raises(ValidationError, match="Say why"):
        settle(found["t_category"], by=manager, version=1, decision=Decision.SECOND)
    settle(found["t_category"], by=manager, version=1, decision=Decision.SECOND, reason="MRI report, p. 4")
    diagnosis.refresh_from_db()
    assert diagnosis.t_category == "T4"
    change = trail.history(diagnosis)[0]
    assert (change.who, change.reason) == ("manager", "MRI report, p. 4")
    with pytest.raises(ValidationError, match="settled already"):
        settle(found["t_category"], by=manager, version=2, decision=Decision.FIRST)

    with pytest.raises(ValidationError, match="Settle first"):
        settle(found["site"], by=manager, version=1, decision=Decision.SECOND, reason="p. 9")
    found["site"].refresh_from_db()
    assert found["site"].decision is None
    settle(found["metastaticsite second"], by=manager, version=1, decision=Decision.SECOND, reason="p. 8")
    liver = MetastaticSite.objects.get(patient=patient, organ="liver")
    settle(found["site"], by=manager, version=1, decision=Decision.SECOND, reason="p. 9")
    assert LocalTreatment.objects.get(patient=patient).site == liver

    settle(found["systemiccourse second"], by=manager, version=1, decision=Decision.SECOND, reason="p. 12")
    added = SystemicCourse.objects.get(patient=patient, intent="concurrent")
    assert ChemotherapyCycle.objects.get(course=added).patient == patient
    entry.refresh_from_db()
    assert entry.state == EntryState.FINISHED
    settle(found["systemiccourse first"], by=manager, version=1, decision=Decision.SECOND, reason="not given")
    gone = SystemicCourse.objects.get(patient=patient, intent="palliative")
    assert gone.void_reason == "not given"
    assert ChemotherapyCycle.objects.filter(course=gone, voided_at=None).count() == 0
    entry.refresh_from_db()
    assert entry.state == EntryState.SETTLED


def test_neither_is_remembered_and_changes_nothing(world: World) -> None:
    entry, found = compared(world)
    row = settle(
        found["t_category"], by=world.users["manager"], version=1, decision=Decision.NEITHER, reason="T2, p. 4"
    )
    assert (row.decision, row.note) == ("neither", "T2, p. 4")
    assert Diagnosis.objects.get(patient=entry.patient).t_category == "T3"


def test_fields_that_can_only_change_together_do(world: World) -> None:
    patient = world.patient()
    world.add(LabResult, patient=patient, date="2012", analyte="ebv_dna", unit="copies/mL", value=4000)
    entry = started(world, patient)
    enter(entry, LabResult, date="2012", analyte="ebv_dna", unit="copies/mL", below_limit=True, detection_limit=500)
    entry = finished(entry)
    choices = [Choice(row, row.version, Decision.SECOND) for row in entry.discrepancies.all()]
    assert len(choices) == 3
    with pytest.raises(ValidationError):
        settle_many(entry, by=world.users["manager"], choices=choices[:1], reason="one alone")
    entry = settle_many(entry, by=world.users["manager"], choices=choices, reason="the report")
    result = LabResult.objects.get(patient=patient)
    assert (result.value, result.below_limit, result.detection_limit) == (None, True, 500)
    assert entry.state == EntryState.SETTLED


def test_what_is_settled_in_a_signed_off_chart_ends_the_sign_off_with_the_reason(world: World) -> None:
    entry, found = compared(world)
    lock = sign_off(entry.patient, by=world.admin)
    settle(found["height_cm"], by=world.users["manager"], version=1, decision=Decision.FIRST)
    lock.refresh_from_db()
    assert lock.voided_at is None
    settle(found["t_category"], by=world.users["manager"], version=1, decision=Decision.SECOND, reason="MRI report")
    lock.refresh_from_db()
    assert "MRI report" in lock.void_reason


def test_a_chart_that_moved_on_is_not_overwritten(world: World) -> None:
    entry, found = compared(world)
    changed(Diagnosis.objects.get(patient=entry.patient), world.admin, t_category="T1")
    with pytest.raises(ValidationError, match="was changed since"):
        settle(found["t_category"], by=world.users["manager"], version=1, decision=Decision.SECOND, reason="p. 4")


def test_two_who_settle_at_once(world: World) -> None:
    _, found = compared(world)
    settle(found["t_category"], by=world.users["manager"], version=1, decision=Decision.FIRST)
    other = type(found["t_category"]).objects.get(pk=found["t_category"].pk)
    other.decision = None
    with pytest.raises(StaleVersion):
        settle(other, by=world.admin, version=1, decision=Decision.NEITHER)


@pytest.mark.parametrize("role", ["abstractor", "investigator", "coordinator", "auditor", "stranger"])
def test_only_a_manager_settles(world: World, role: str) -> None:
    _, found = compared(world)
    with pytest.raises(PermissionDenied):
        settle(found["t_category"], by=world.users[role], version=1, decision=Decision.FIRST)


def test_an_entry_that_was_begun_in_error_is_withdrawn(world: World) -> None:
    patient = with_chart(world)
    entry = started(world, patient)
    with pytest.raises(PermissionDenied):
        withdraw_second_entry(entry, by=entry.abstractor, version=1, reason="too much")
    withdraw_second_entry(entry, by=world.users["manager"], version=1, reason="the wrong patient")
    assert patient in selectors.patients(entry.abstractor)
    with pytest.raises(ValidationError, match="void"):
        enter(entry, PerformanceStatus, timepoint="baseline", kps=90)
    again = started(world, patient)
    assert again.chart.number == f"{patient.number}.3"


def test_at_another_centre_it_is_nobodys(world: World) -> None:
    patient = world.patient(world.there)
    with pytest.raises(PermissionDenied):
        started(world, patient)
    mover = User.objects.create(username="manager there")
    Membership.objects.create(user=mover, centre=world.there, role="manager")
    with pytest.raises(ValidationError, match="may not enter"):
        start_second_entry(patient, by=mover, abstractor=world.users["abstractor"])
