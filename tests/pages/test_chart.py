"""The chart of one patient: marks that open their forms, completeness, queries in place, history; and 'my work'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from patients.actions.in_hand import taken_in_hand
from patients.models import ChartLock, DataQuery, Diagnosis, FollowUp, MetastaticSite, Patient
from records.actions import amend
from records.writes import Written
from treatments.models import ChemotherapyCycle, DrugDose, RadiotherapyCourse, Regimen, SystemicCourse

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


def treated(world: World) -> Any:
    """A patient with a diagnosis, a course of two cycles, radiotherapy to the month, and a contact."""
    patient = world.patient(sex="male", birth_date="1966-05")
    world.add(Diagnosis, patient=patient, date="2013-06-11", t_category="T3", n_category="N2", m_category="M1")
    world.add(MetastaticSite, patient=patient, organ="bone", n_lesions=3)
    regimen = Regimen.objects.get(code="TPF")
    values = {"intent": "palliative", "agent_class": "chemotherapy", "regimen": regimen}
    course = world.add(SystemicCourse, patient=patient, **values)
    for number, day in ((1, "2013-07-09"), (2, "2013-07-30")):
        cycle = world.add(ChemotherapyCycle, course=course, number=number, day_1=day)
        world.add(DrugDose, cycle=cycle, drug=regimen.drugs.all()[0].drug, mg_m2=75)
    world.add(RadiotherapyCourse, patient=patient, intent="locoregional", start="2013-12", delivered_dose_gy=70)
    world.add(FollowUp, patient=patient, date="2014", status="alive")
    return patient


def page(client: Client, world: World, patient: Any) -> Any:
    client.force_login(world.users["abstractor"])
    return client.get(reverse("chart", args=[patient.number]))


def test_each_dated_record_has_a_mark_that_opens_its_form(client: Client, world: World) -> None:
    patient = treated(world)
    response = page(client, world, patient)
    marks = [(one.mark.text, one.url) for one in response.context["picture"].placed]
    course = patient.systemiccourse_set.get()
    form = reverse("admin:treatments_systemiccourse_change", args=[course.pk])
    assert [text for text, url in marks if url == form] == ["TPF, cycle 1: 2013-07-09", "TPF, cycle 2: 2013-07-30"]
    assert any(text.startswith("Diagnosis 2013-06-11, T3 N2 M1") for text, _ in marks)
    assert any("70 Gy" in text for text, _ in marks)
    assert f'href="{form}"' in response.content.decode()


def test_the_head_says_the_patient_in_a_few_sentences(client: Client, world: World) -> None:
    said = page(client, world, treated(world)).context["summary"]
    assert said == "Male, born 1966-05. T3 N2 M1. 3 lesions in 1 organ. Last contact 2014."


def test_completeness_counts_what_the_records_of_a_section_say(client: Client, world: World) -> None:
    panels = {panel.title: panel.completeness for panel in page(client, world, treated(world)).context["measured"]}
    site = panels["Metastatic sites"]
    assert (site.said, site.expected, site.percent) == (2, 4, 50)  # organ and number; neither date nor basis
    assert panels["Laboratory"].percent == 0
    assert "Death" not in panels


def test_cycles_stand_below_their_course_with_a_column_per_drug(client: Client, world: World) -> None:
    (panel,) = [p for p in page(client, world, treated(world)).context["filled"] if p.section.model is SystemicCourse]
    below = panel.lines[0].below
    assert below.head[:2] == ("Cycle", "Day 1")
    assert below.lines[0][:3] == ("1", "2013-07-09", "75")


def test_an_open_query_stands_in_the_chart_and_at_its_record(client: Client, world: World) -> None:
    patient = treated(world)
    site = patient.metastaticsite_set.get()
    asked = {"patient": patient, "table": "patients.metastaticsite", "text": "Which bone?"}
    query = world.add(DataQuery, row=site.pk, **asked)
    world.add(DataQuery, row=site.pk, **asked | {"text": "Settled."}, state="closed")
    response = page(client, world, patient)
    assert list(response.context["queries"]) == [query]
    (panel,) = [p for p in response.context["filled"] if p.section.model is MetastaticSite]
    assert list(panel.lines[0].queries) == [query]
    assert "Which bone?" in response.content.decode()
    assert "Settled." not in response.content.decode()


def test_the_history_tells_every_record_with_old_and_new_value(client: Client, world: World) -> None:
    patient = treated(world)
    amend(patient.diagnosis_set.get(), by=world.admin, version=1, reason="p. 14", t_category="T4")
    client.force_login(world.users["abstractor"])
    address = reverse("chart_history", args=[patient.number])
    changes = client.get(address).context["changes"]
    (changed,) = [item.change for item in changes if item.change.what == "changed"]
    assert (changed.who, changed.reason) == ("administrator", "p. 14")
    assert [(field.label, field.old, field.new) for field in changed.fields] == [("T category", "T3", "T4")]
    assert {change.noun for change in changes} >= {"patient", "drug dose", "follow-up contact", "radiotherapy course"}
    part = client.get(address, headers={"HX-Request": "true"})
    assert "changed" in [group.first.change.what for group in part.context["groups"] if not group.others]
    assert sum(1 + group.others for group in part.context["groups"]) == len(changes)
    assert "<html" not in part.content.decode()


def test_the_history_of_a_long_chart_is_paged(client: Client, world: World) -> None:
    patient = world.patient()
    for year in range(1960, 2012):
        world.add(FollowUp, patient=patient, date=str(year), status="alive")
    client.force_login(world.users["auditor"])
    address = reverse("chart_history", args=[patient.number])
    first, second = client.get(address), client.get(f"{address}?page=2")
    assert (len(first.context["changes"]), first.context["more"]) == (50, True)
    assert (len(second.context["changes"]), second.context["more"]) == (3, False)
    assert client.get(f"{address}?page=-1").context["page"] == 1


def test_my_work_goes_on_with_the_charts_last_saved_until_they_are_signed_off(client: Client, world: World) -> None:
    user = world.users["abstractor"]
    one, two = world.patient(), world.patient()
    for patient in (one, two):
        taken_in_hand(Written({Patient: {patient.pk}}, user))
    world.add(DataQuery, patient=one, table="patients.patient", row=one.pk, text="Sex?", severity="missing", rule="X")
    client.force_login(user)
    work = client.get(reverse("home")).context["work"]
    assert [(chart.number, chart.missing) for chart in work["in_hand"]] == [(two.number, 0), (one.number, 1)]
    assert [item["patient__number"] for item in work["incomplete"]] == [one.number]
    assert [query.patient for query in work["waiting"]] == [one]
    world.add(ChartLock, patient=two)
    assert [chart.number for chart in client.get(reverse("home")).context["work"]["in_hand"]] == [one.number]


def test_an_import_puts_nobodys_charts_in_hand(world: World) -> None:
    from patients.models import ChartInHand

    patients = {world.patient().pk for _ in range(6)}
    taken_in_hand(Written({Patient: patients}, world.admin))
    taken_in_hand(Written({DataQuery: {min(patients)}}, world.admin))
    assert not ChartInHand.objects.exists()


def test_overdue_are_the_living_whose_latest_contact_set_a_day_that_has_passed(client: Client, world: World) -> None:
    overdue, later, dead = world.patient(), world.patient(), world.patient()
    for patient in (overdue, later, dead):
        world.add(FollowUp, patient=patient, date="2013-01", status="alive", next_due="2013-04")
    world.add(FollowUp, patient=later, date="2013-05", status="alive", next_due="2999")
    world.add(FollowUp, patient=dead, date="2013-06", status="dead", next_due="2013-07")
    client.force_login(world.users["coordinator"])
    assert [patient.number for patient in client.get(reverse("home_due")).context["due"]] == [overdue.number]
    client.force_login(world.users["investigator"])
    assert client.get(reverse("home_due")).status_code == 403
