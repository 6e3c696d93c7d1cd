"""Entry of systemic courses: a line per cycle, a dose column per drug of the regimen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from tests.forms import errors_in, fields_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


@pytest.fixture
def client(client: Client, world: World) -> Client:
    client.force_login(world.users["abstractor"])
    return client


def drug(code: str) -> Any:
    from treatments.models import Drug

    return Drug.objects.get(code=code)


def add_page(client: Client, world: World) -> tuple[str, dict[str, Any]]:
    url = f"{reverse('admin:treatments_systemiccourse_add')}?patient={world.patient().pk}"
    return url, fields_of(client.get(url).content.decode(), "systemiccourse")


def with_tpf(client: Client, world: World) -> tuple[str, dict[str, Any]]:
    """The add form after TPF was chosen and the dose columns were asked for."""
    from treatments.models import Regimen

    url, data = add_page(client, world)
    data |= {"intent": "palliative", "agent_class": "chemotherapy", "regimen": str(Regimen.objects.get(code="TPF").pk)}
    response = client.post(url, data | {"start": "2013-07", "_show_again": "1"})
    assert not errors_in(response)
    return url, fields_of(response.content.decode(), "systemiccourse")


def test_choosing_a_regimen_gives_its_columns_and_keeps_what_was_typed(client: Client, world: World) -> None:
    from treatments.models import SystemicCourse

    _, data = with_tpf(client, world)
    assert data["start"] == "2013-07"
    assert {f"cycles-0-dose_{drug(code).pk}" for code in ("docetaxel", "cisplatin", "fluorouracil")} <= set(data)
    assert not SystemicCourse.objects.exists()


def test_cycles_and_doses_are_saved_with_the_course(client: Client, world: World) -> None:
    from treatments.models import ChemotherapyCycle, SystemicCourse

    url, data = with_tpf(client, world)
    cisplatin, docetaxel = drug("cisplatin").pk, drug("docetaxel").pk
    data |= {"cycles-0-day_1": "2013-07-09", f"cycles-0-dose_{cisplatin}": "75", f"cycles-0-dose_{docetaxel}": "75"}
    data |= {"cycles-1-day_1": "2013-07-30", f"cycles-1-dose_{cisplatin}": "60"}
    response = client.post(url, data)
    assert response.status_code == 302, errors_in(response)
    course = SystemicCourse.objects.get()
    cycles = list(ChemotherapyCycle.objects.filter(course=course))
    assert [(c.number, c.day_1, c.patient_id) for c in cycles] == [
        (1, "2013-07-09", course.patient_id),
        (2, "2013-07-30", course.patient_id),
    ]
    assert {(d.drug_id, d.mg_m2) for d in cycles[0].doses.all()} == {(cisplatin, 75), (docetaxel, 75)}
    assert {(d.drug_id, d.mg_m2) for d in cycles[1].doses.all()} == {(cisplatin, 60)}


def stored(world: World) -> tuple[Any, Any, Any]:
    from treatments.models import ChemotherapyCycle, DrugDose, Regimen, SystemicCourse

    course = world.add(
        SystemicCourse,
        patient=world.patient(),
        intent="palliative",
        agent_class="chemotherapy",
        regimen=Regimen.objects.get(code="TPF"),
    )
    cycle = world.add(ChemotherapyCycle, course=course, number=1, day_1="2013-07-09")
    return course, cycle, world.add(DrugDose, cycle=cycle, drug=drug("cisplatin"), mg_m2=75)


def test_a_dose_alone_can_be_changed_and_is_in_the_trail(client: Client, world: World) -> None:
    from records import trail

    course, cycle, dose = stored(world)
    page = reverse("admin:treatments_systemiccourse_change", args=[course.pk])
    data = fields_of(client.get(page).content.decode(), "systemiccourse")
    name = f"cycles-0-dose_{dose.drug_id}"
    assert data[name] == "75.0"
    assert client.post(page, data | {name: "60", "_reason": "chart p. 14"}).status_code == 302
    latest = trail.history(dose)[0]
    assert [(f.old, f.new) for f in latest.fields] == [("75.0", "60.0")]
    assert latest.reason == "chart p. 14"
    cycle.refresh_from_db()
    assert cycle.version == 1


def test_a_dose_changed_by_somebody_else_is_not_overwritten(client: Client, world: World) -> None:
    from records.actions import amend

    course, _, dose = stored(world)
    page = reverse("admin:treatments_systemiccourse_change", args=[course.pk])
    data = fields_of(client.get(page).content.decode(), "systemiccourse")
    amend(dose, by=world.users["manager"], version=1, mg_m2=70)
    name = f"cycles-0-dose_{dose.drug_id}"
    response = client.post(page, data | {name: "60"})
    assert response.status_code == 200
    assert "70" in str(errors_in(response)[name])
    again = fields_of(response.content.decode(), "systemiccourse")
    assert again[name] == "60"
    assert client.post(page, again).status_code == 302
    dose.refresh_from_db()
    assert (dose.mg_m2, dose.version) == (60, 3)


def test_a_dose_voided_by_somebody_else_stays_void_unless_it_was_typed_anew(client: Client, world: World) -> None:
    from records.actions import void
    from treatments.models import DrugDose

    course, _, dose = stored(world)
    page = reverse("admin:treatments_systemiccourse_change", args=[course.pk])
    data = fields_of(client.get(page).content.decode(), "systemiccourse")
    void(dose, by=world.users["manager"], version=1, reason="not given")
    name = f"cycles-0-dose_{dose.drug_id}"
    untouched = client.post(page, data | {"cycles-0-day_1": "2013-07-10"})
    assert "not given" in str(errors_in(untouched)[name])
    again = fields_of(untouched.content.decode(), "systemiccourse")
    assert again[name] == ""
    assert client.post(page, again).status_code == 302
    assert not DrugDose.objects.filter(voided_at=None).exists()
    typed = client.post(page, data | {"cycles-0-_version": "2", name: "60"})
    assert typed.status_code == 200
    assert client.post(page, fields_of(typed.content.decode(), "systemiccourse")).status_code == 302
    assert DrugDose.objects.get(voided_at=None).mg_m2 == 60


def test_a_course_voided_meanwhile_is_entered_anew_with_its_cycles_and_doses(client: Client, world: World) -> None:
    from records.actions import void
    from treatments.models import ChemotherapyCycle, DrugDose, SystemicCourse

    course, _, dose = stored(world)
    page = reverse("admin:treatments_systemiccourse_change", args=[course.pk])
    data = fields_of(client.get(page).content.decode(), "systemiccourse")
    void(course, by=world.users["manager"], version=1, reason="entered twice")
    response = client.post(page, data | {"start": "2013-07", f"cycles-0-dose_{dose.drug_id}": "60"})
    assert "entered twice" in errors_in(response)["__all__"][0]
    again = fields_of(response.content.decode(), "systemiccourse")
    assert client.post(reverse("admin:treatments_systemiccourse_add"), again).status_code == 302
    anew = SystemicCourse.objects.get(voided_at=None)
    assert anew.start == "2013-07"
    assert ChemotherapyCycle.objects.get(voided_at=None).course == anew
    assert DrugDose.objects.get(voided_at=None).mg_m2 == 60


def test_a_cycle_voided_meanwhile_is_left_out_where_nothing_was_typed_in_it(client: Client, world: World) -> None:
    from records.actions import void
    from treatments.models import ChemotherapyCycle

    course, cycle, dose = stored(world)
    page = reverse("admin:treatments_systemiccourse_change", args=[course.pk])
    data = fields_of(client.get(page).content.decode(), "systemiccourse")
    void(cycle, by=world.users["manager"], version=1, reason="not given")
    typed = client.post(page, data | {f"cycles-0-dose_{dose.drug_id}": "60"})
    assert "not given" in str(errors_in(typed))
    untouched = client.post(page, data | {"stop": "2013-12"})
    assert untouched.status_code == 302, errors_in(untouched)
    assert not ChemotherapyCycle.objects.filter(voided_at=None).exists()


def test_voiding_a_course_voids_its_cycles_and_doses(client: Client, world: World) -> None:
    course, cycle, dose = stored(world)
    page = reverse("admin:treatments_systemiccourse_void", args=[course.pk])
    assert len(client.get(page).context["below"]) == 2
    client.post(page, {"version": 1, "reason": "entered twice"})
    for row in (course, cycle, dose):
        row.refresh_from_db()
        assert row.is_void


def test_a_twice_numbered_cycle_is_refused_as_a_whole(client: Client, world: World) -> None:
    from treatments.models import ChemotherapyCycle, SystemicCourse

    url, data = with_tpf(client, world)
    data |= {
        "cycles-0-number": "1",
        "cycles-0-day_1": "2013-07-09",
        "cycles-1-number": "1",
        "cycles-1-day_1": "2013-07-30",
    }
    response = client.post(url, data)
    assert response.status_code == 200
    assert not SystemicCourse.objects.exists()
    assert not ChemotherapyCycle.objects.exists()


def test_radiotherapy_is_saved_with_its_volumes(client: Client, world: World) -> None:
    from treatments.models import RadiotherapyCourse

    url = f"{reverse('admin:treatments_radiotherapycourse_add')}?patient={world.patient().pk}"
    data = fields_of(client.get(url).content.decode(), "radiotherapycourse")
    data |= {"intent": "locoregional", "start": "2013-11", "end": "2013-12-20", "volumes-0-volume": "gtvnx"}
    data |= {"volumes-0-prescribed_gy": "70", "volumes-0-fractions": "33", "volumes-1-volume": "ctv1"}
    data |= {"responseassessment_set-0-timepoint": "after_rt", "responseassessment_set-0-category": "CR"}
    response = client.post(url, data)
    assert response.status_code == 302, errors_in(response)
    course = RadiotherapyCourse.objects.get()
    assert [(v.volume, v.prescribed_gy) for v in course.volumes.order_by("pk")] == [("gtvnx", 70), ("ctv1", None)]
    assert course.patient.responseassessment_set.get().category == "CR"


def test_the_sites_offered_for_local_treatment_are_the_patients(client: Client, world: World) -> None:
    from patients.models import MetastaticSite

    patient = world.patient()
    own = world.add(MetastaticSite, patient=patient, organ="liver")
    world.add(MetastaticSite, patient=world.patient(), organ="lung")
    url = f"{reverse('admin:treatments_localtreatment_add')}?patient={patient.pk}"
    form = client.get(url).context["adminform"].form
    assert list(form.fields["site"].queryset) == [own]


def test_the_category_by_the_target_lesions_stands_beside_the_one_entered(client: Client, world: World) -> None:
    from treatments.models import ResponseAssessment, TargetLesion

    row = world.add(ResponseAssessment, patient=world.patient(), timepoint="after_pct", category="SD")
    page = reverse("admin:treatments_responseassessment_change", args=[row.pk])
    assert ">–</output>" in client.get(page).content.decode()
    world.add(TargetLesion, assessment=row, location="liver", baseline_mm=40, current_mm=20)
    assert ">Partial response (differs from what was entered)</output>" in client.get(page).content.decode()


def test_proposals_alone_make_no_cycle_and_are_stored_with_one_that_is_typed(client: Client, world: World) -> None:
    from treatments.models import ChemotherapyCycle, SystemicCourse

    url, data = with_tpf(client, world)
    doses = {"docetaxel": "75", "cisplatin": "75", "fluorouracil": "750"}
    proposed = {f"cycles-{n}-dose_{drug(code).pk}": dose for n in range(6) for code, dose in doses.items()}
    data |= proposed | {"cycles-1-day_1": "2013-07-30", f"cycles-3-dose_{drug('cisplatin').pk}": "60"}
    response = client.post(url, data)
    assert response.status_code == 302, errors_in(response)
    cycles = list(ChemotherapyCycle.objects.filter(course=SystemicCourse.objects.get()))
    assert [(cycle.number, cycle.day_1) for cycle in cycles] == [(2, "2013-07-30"), (4, None)]
    assert sorted(dose.mg_m2 for dose in cycles[0].doses.all()) == [75, 75, 750]
    assert sorted(dose.mg_m2 for dose in cycles[1].doses.all()) == [60, 75, 750]


def test_no_dose_is_filled_in_that_was_not_in_the_form(client: Client, world: World) -> None:
    from treatments.models import DrugDose, Regimen

    url, data = add_page(client, world)
    data |= {"intent": "palliative", "agent_class": "chemotherapy", "regimen": str(Regimen.objects.get(code="TPF").pk)}
    assert client.post(url, data | {"cycles-0-day_1": "2013-07-09"}).status_code == 302
    assert not DrugDose.objects.exists()


def test_the_regimens_are_offered_with_their_doses_and_cycle_length(client: Client, world: World) -> None:
    from treatments.admin.regimens import proposals
    from treatments.models import Regimen

    offered = proposals()[str(Regimen.objects.get(code="PF").pk)]
    assert (offered["days"], offered["agent_class"]) == (21, "chemotherapy")
    assert [(part["label"], part["mg_m2"]) for part in offered["drugs"]] == [
        ("Cisplatin, mg/m² per day", "80"),
        ("Fluorouracil, mg/m² per day", "1000"),
    ]


def test_the_body_surface_is_said_with_its_formula_where_height_and_weight_are_known(
    client: Client, world: World
) -> None:
    from patients.models import Diagnosis

    patient = world.patient()
    url = f"{reverse('admin:treatments_systemiccourse_add')}?patient={patient.pk}"
    assert "m² at diagnosis" not in client.get(url).content.decode()
    world.add(Diagnosis, patient=patient, height_cm=168, weight_kg=64)
    page = client.get(url).content.decode()
    assert "Body surface 1.73 m² at diagnosis (168 cm, 64 kg), by Mosteller" in page
    assert 'data-surface="1.73"' in page


def test_volumes_are_proposed_by_name_and_stored_once_something_is_typed_in_them(client: Client, world: World) -> None:
    from treatments.models import RadiotherapyVolume

    url = f"{reverse('admin:treatments_radiotherapycourse_add')}?patient={world.patient().pk}"
    data = fields_of(client.get(url).content.decode(), "radiotherapycourse")
    assert [data[f"volumes-{n}-volume"] for n in range(4)] == ["gtvnx", "gtvnd", "ctv1", "ctv2"]
    data |= {"intent": "locoregional", "volumes-0-prescribed_gy": "70", "volumes-2-volume": ""}
    response = client.post(url, data)
    assert response.status_code == 302, errors_in(response)
    assert [volume.volume for volume in RadiotherapyVolume.objects.all()] == ["gtvnx"]


def test_a_dose_outside_the_guideline_is_stored_and_remarked_on(client: Client, world: World) -> None:
    from treatments.models import RadiotherapyCourse, RadiotherapyVolume

    course = world.add(RadiotherapyCourse, patient=world.patient(), intent="locoregional", fractions_given=34)
    for volume, dose in (("gtvnx", 66), ("ctv1", 63), ("other", 20)):
        world.add(RadiotherapyVolume, course=course, volume=volume, prescribed_gy=dose, fractions=30)
    page = client.get(reverse("admin:treatments_radiotherapycourse_change", args=[course.pk])).content.decode()
    warned = re.findall(r'class="remark warn" id="([^"]*)" aria-live="polite">([^<]*)<', page)
    assert warned == [
        ("id_fractions_given_remark", "Outside the guideline, 30–33"),
        ("id_volumes-1-prescribed_gy_remark", "Outside the guideline, 60–62 Gy"),
    ]
    assert 'id="id_volumes-0-prescribed_gy_remark" aria-live="polite">Guideline 66–70 Gy<' in page
