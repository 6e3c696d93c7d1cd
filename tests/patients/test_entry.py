"""Entry of patients and their disease through the admin forms, as a browser posts them."""

from __future__ import annotations

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


def test_a_patient_gets_the_next_number_and_the_chart_opens(client: Client, world: World) -> None:
    from patients.models import Patient

    url = reverse("admin:patients_patient_add")
    data = fields_of(client.get(url).content.decode(), "patient")
    assert data["centre"] == str(world.here.pk), "the only centre of the abstractor is proposed"
    response = client.post(url, data | {"sex": "male", "birth_date": "1966年5月"}, follow=True)
    patient = Patient.objects.get()
    assert (patient.number, patient.birth_date, patient.created_by) == (
        "NPC-000001",
        "1966-05",
        world.users["abstractor"],
    )
    assert response.redirect_chain[-1][0] == reverse("chart", args=["NPC-000001"])


def test_a_centre_that_is_not_the_users_cannot_be_chosen(client: Client, world: World) -> None:
    url = reverse("admin:patients_patient_add")
    data = fields_of(client.get(url).content.decode(), "patient") | {"centre": str(world.there.pk)}
    assert "centre" in errors_in(client.post(url, data))


def diagnosis_form(client: Client, patient: Any) -> tuple[str, dict[str, Any]]:
    url = f"{reverse('admin:patients_diagnosis_add')}?patient={patient.pk}"
    return url, fields_of(client.get(url).content.decode(), "diagnosis")


def test_a_diagnosis_is_saved_with_its_sites_in_one_write(client: Client, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite

    patient = world.patient()
    url, data = diagnosis_form(client, patient)
    assert data["primary_site"] == "C11", "the registry's own site is proposed"
    data |= {"date": "2012/5/17", "t_category": "T3", "biopsy_proven": "true", "comorbidities": ["diabetes", "renal"]}
    data |= {"metastaticsite_set-0-organ": "bone", "metastaticsite_set-0-n_lesions": "3"}
    data |= {"metastaticsite_set-1-organ": "liver", "metastaticsite_set-1-multiple_not_counted": "on"}
    response = client.post(url, data)
    assert response.status_code == 302, errors_in(response)
    diagnosis = Diagnosis.objects.get(patient=patient)
    assert (diagnosis.date, diagnosis.biopsy_proven, diagnosis.comorbidities) == (
        "2012-05-17",
        True,
        ["diabetes", "renal"],
    )
    assert diagnosis.family_history is None
    assert {(s.organ, s.n_lesions, s.patient_id) for s in MetastaticSite.objects.all()} == {
        ("bone", 3, patient.pk),
        ("liver", None, patient.pk),
    }


def test_one_bad_line_keeps_everything_out_and_everything_typed(client: Client, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite

    url, data = diagnosis_form(client, world.patient())
    data |= {"t_category": "T3", "note": "page 14", "metastaticsite_set-0-organ": "bone"}
    data |= {"metastaticsite_set-0-n_lesions": "3", "metastaticsite_set-0-multiple_not_counted": "on"}
    response = client.post(url, data)
    assert errors_in(response) == {
        "metastaticsite_set-0-multiple_not_counted": ["Give a number of lesions or 'multiple, not counted', not both."]
    }
    assert not Diagnosis.objects.exists()
    assert not MetastaticSite.objects.exists()
    again = fields_of(response.content.decode(), "diagnosis")
    assert (again["t_category"], again["note"], again["metastaticsite_set-0-n_lesions"]) == ("T3", "page 14", "3")


def test_none_of_these_is_an_empty_list_and_untouched_is_not_known(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    patient = world.patient()
    url, data = diagnosis_form(client, patient)
    client.post(url, data | {"comorbidities": ["none"]})
    diagnosis = Diagnosis.objects.get()
    assert diagnosis.comorbidities == []
    page = reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])
    data = fields_of(client.get(page).content.decode(), "diagnosis")
    assert data["comorbidities"] == ["none"]
    client.post(page, data | {"comorbidities": []})
    diagnosis.refresh_from_db()
    assert diagnosis.comorbidities is None


def test_a_form_that_comes_back_keeps_its_patient_and_ticks_nothing(client: Client, world: World) -> None:
    url, data = diagnosis_form(client, world.patient())
    response = client.post(url, data | {"date": "next spring"})
    assert errors_in(response)["date"] == [
        "'next spring' is not a date. Write a year (2012), a month (2012-05) or a day (2012-05-17)."
    ]
    again = fields_of(response.content.decode(), "diagnosis")
    assert "comorbidities" not in again
    assert again["patient"] == data["patient"]
    assert response.context["adminform"].form.fields["patient"].widget.is_hidden


def test_what_the_database_refuses_stands_at_the_date_it_is_about(client: Client, world: World) -> None:
    from patients.models import Death, FollowUp

    patient = world.patient()
    world.add(Death, patient=patient, date="2015-03-01", cause="cancer")
    url = f"{reverse('admin:patients_followup_add')}?patient={patient.pk}"
    data = fields_of(client.get(url).content.decode(), "followup")
    response = client.post(url, data | {"date": "2015-04-02", "status": "alive"})
    errors = errors_in(response)
    assert list(errors) == ["date"]
    assert "2015-03-01" in errors["date"][0]
    assert not FollowUp.objects.exists()


def test_a_change_by_somebody_else_is_shown_and_nothing_is_lost(client: Client, world: World) -> None:
    from patients.models import Diagnosis
    from records.actions import amend

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient, t_category="T1", n_category="N1", stage="III")
    page = reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])
    data = fields_of(client.get(page).content.decode(), "diagnosis")
    amend(diagnosis, by=world.users["manager"], version=1, t_category="T4", n_category="N3")
    response = client.post(page, data | {"t_category": "T2", "m_category": "M1"})
    errors = errors_in(response)
    assert "manager changed this record" in errors["__all__"][0]
    assert "T4" in errors["t_category"][0]
    assert "T1" in errors["t_category"][0]
    assert "N3" in errors["n_category"][0]
    again = fields_of(response.content.decode(), "diagnosis")
    assert (again["t_category"], again["n_category"], again["m_category"]) == ("T2", "N3", "M1")
    diagnosis.refresh_from_db()
    assert diagnosis.version == 2
    assert client.post(page, again).status_code == 302
    diagnosis.refresh_from_db()
    assert (diagnosis.t_category, diagnosis.n_category, diagnosis.m_category, diagnosis.version) == (
        "T2",
        "N3",
        "M1",
        3,
    )


def test_a_change_keeps_its_reason_and_the_page_of_history_tells_it(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    diagnosis = world.add(Diagnosis, patient=world.patient(), t_category="T1")
    page = reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])
    data = fields_of(client.get(page).content.decode(), "diagnosis")
    client.post(page, data | {"t_category": "T2", "_reason": "chart p. 14"})
    history = client.get(reverse("admin:patients_diagnosis_history", args=[diagnosis.pk]))
    latest = history.context["changes"][0]
    assert (latest.what, latest.who, latest.reason) == ("changed", "abstractor", "chart p. 14")
    assert [(f.label, f.old, f.new) for f in latest.fields] == [("T category", "T1", "T2")]


def test_saving_without_a_change_writes_nothing(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    diagnosis = world.add(Diagnosis, patient=world.patient(), t_category="T1")
    page = reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])
    assert client.post(page, fields_of(client.get(page).content.decode(), "diagnosis")).status_code == 302
    diagnosis.refresh_from_db()
    assert diagnosis.version == 1


def test_adding_a_second_diagnosis_opens_the_first(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient)
    response = client.get(f"{reverse('admin:patients_diagnosis_add')}?patient={patient.pk}")
    assert response["Location"] == reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])


def test_voiding_asks_for_a_reason_and_is_shown_on_the_record(client: Client, world: World) -> None:
    from patients.models import LabResult

    result = world.add(LabResult, patient=world.patient(), date="2012", analyte="ldh", value=200, unit="U/L")
    page = reverse("admin:patients_labresult_void", args=[result.pk])
    assert client.post(page, {"version": 1, "reason": " "}).status_code == 200
    assert client.post(page, {"version": 7, "reason": "wrong patient"}).status_code == 200
    assert client.post(page, {"version": 1, "reason": "wrong patient"}).status_code == 302
    result.refresh_from_db()
    assert (result.is_void, result.void_reason, result.voided_by) == (True, "wrong patient", world.users["abstractor"])
    shown = client.get(reverse("admin:patients_labresult_change", args=[result.pk])).content.decode()
    assert "wrong patient" in shown
    assert 'name="_save"' not in shown


def test_a_page_for_reading_offers_nothing_to_save(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    diagnosis = world.add(Diagnosis, patient=world.patient(), t_category="T1")
    client.force_login(world.users["investigator"])
    page = reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])
    assert 'name="_save"' not in client.get(page).content.decode()
    assert client.post(page, {"t_category": "T4"}).status_code == 403


def test_the_stage_by_the_categories_stands_beside_the_one_entered(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    values = {"primary_site": "C11", "staging_edition": 7, "t_category": "T3", "n_category": "N2", "m_category": "M1"}
    for stage, shown in (("IVB", "IVC (differs from what was entered)"), ("IVC", "IVC")):
        row = world.add(Diagnosis, patient=world.patient(), stage=stage, **values)
        page = client.get(reverse("admin:patients_diagnosis_change", args=[row.pk])).content.decode()
        assert f'<div class="readonly">{shown}</div>' in page


def test_saving_leads_to_the_next_section_that_has_a_form_of_its_own(client: Client, world: World) -> None:
    from patients.models import Patient

    url = reverse("admin:patients_patient_add")
    data = fields_of(client.get(url).content.decode(), "patient")
    response = client.post(url, data | {"_next": "1"})
    patient = Patient.objects.get()
    diagnosis = f"{reverse('admin:patients_diagnosis_add')}?patient={patient.pk}"
    assert response["Location"] == diagnosis
    data = fields_of(client.get(diagnosis).content.decode(), "diagnosis")
    response = client.post(diagnosis, data | {"t_category": "T3", "_next": "1"})
    systemic = f"{reverse('admin:treatments_systemiccourse_add')}?patient={patient.pk}"
    assert response["Location"] == systemic, "sites and performance status were lines of the diagnosis"
    assert "Save and next: Radiotherapy" in client.get(systemic).content.decode()
    contacts = f"{reverse('admin:patients_followup_add')}?patient={patient.pk}"
    assert "Save and next" not in client.get(contacts).content.decode(), "progressions and death are its lines"


def test_the_next_section_is_one_that_the_user_may_enter(client: Client, world: World) -> None:
    from patients.models import Diagnosis

    diagnosis = world.add(Diagnosis, patient=world.patient())
    client.force_login(world.users["coordinator"])
    page = client.get(reverse("admin:patients_diagnosis_change", args=[diagnosis.pk]))
    assert page.context["next_section"].title == "Follow-up contacts"


def test_contacts_progression_and_death_are_entered_on_one_page(client: Client, world: World) -> None:
    from patients.models import Death, FollowUp, Progression

    patient = world.patient()
    earlier = world.add(FollowUp, patient=patient, date="2013-02", status="alive")
    url = f"{reverse('admin:patients_followup_add')}?patient={patient.pk}"
    data = fields_of(client.get(url).content.decode(), "followup")
    assert data["followup_set-0-date"] == "2013-02", "what is known stands beside what is entered"
    data |= {"date": "2014-01-15", "status": "alive", "followup_set-0-date": "2013-02-11"}
    data |= {"followup_set-1-date": "2014-07-20", "followup_set-1-status": "alive"}
    data |= {"progression_set-0-date": "2014-07-20", "progression_set-0-kind": "distant"}
    data |= {"progression_set-0-sites": ["bone", "liver"]}
    data |= {"death_set-0-date": "2015", "death_set-0-cause": "cancer"}
    response = client.post(url, data)
    assert response.status_code == 302, errors_in(response)
    contacts = FollowUp.objects.filter(patient=patient).order_by("date_first")
    assert [contact.date for contact in contacts] == ["2013-02-11", "2014-01-15", "2014-07-20"]
    assert Progression.objects.get(patient=patient).sites == ["bone", "liver"]
    assert Death.objects.get(patient=patient).date == "2015"
    page = client.get(reverse("admin:patients_followup_change", args=[earlier.pk]))
    others = fields_of(page.content.decode(), "followup")
    dates = [others[f"followup_set-{n}-date"] for n in range(2)]
    assert dates == ["2014-01-15", "2014-07-20"], "the contact of the form is not among the others"
    assert "death_set-1-date" not in others


def test_signs_of_full_width_are_read_as_the_plain_ones() -> None:
    from records.forms import iso

    assert iso("２０１２年５月７日") == "2012-05-07"
    assert iso("２０１２／０５") == "2012-05"
