"""Somebody else changed or voided what is open here: both versions are shown, and nothing typed is lost."""

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


def opened(client: Client, row: Any) -> tuple[str, dict[str, Any]]:
    page = reverse(f"admin:patients_{row._meta.model_name}_change", args=[row.pk])
    return page, fields_of(client.get(page).content.decode(), row._meta.model_name)


def table(response: Any) -> dict[str, tuple[str, str, str, bool]]:
    """Rows of the comparison: opened, theirs, mine, and whether theirs was taken."""
    found = response.context["comparison"].differences
    return {one.label: (one.opened, one.theirs, one.mine, one.taken) for one in found}


def test_the_comparison_is_in_words_and_of_what_differs_alone(client: Client, world: World) -> None:
    from patients.models import Diagnosis
    from records.actions import amend

    was = {"date": "2012-05", "biopsy_proven": None, "comorbidities": ["diabetes"], "smoking": "never"}
    diagnosis = world.add(Diagnosis, patient=world.patient(), t_category="T1", note="page 3", **was)
    page, data = opened(client, diagnosis)
    now = {"date": "2012-05-17", "biopsy_proven": True, "comorbidities": [], "smoking": "former", "t_category": "T2"}
    amend(diagnosis, by=world.users["manager"], version=1, **now)
    typed = {"date": "2012-06", "comorbidities": ["diabetes", "renal"], "t_category": "T2", "note": "page 4"}
    response = client.post(page, data | typed)
    assert table(response) == {
        "Date of pathological diagnosis": ("2012-05", "2012-05-17", "2012-06", False),
        "Biopsy proven": ("not known", "yes", "not known", True),
        "Comorbidities": ("Diabetes", "none", "Diabetes, Moderate or severe renal disease", False),
        "Smoking": ("Never smoker", "Former smoker", "Never smoker", True),
    }
    shown = response.content.decode()
    assert "manager changed this record on" in shown
    assert "to mend before this can be saved" not in shown, "the table says it already"
    again = fields_of(shown, "diagnosis")
    kept = {"date": "2012-06", "biopsy_proven": "true", "smoking": "former", "t_category": "T2", "note": "page 4"}
    assert {name: again[name] for name in kept} == kept
    assert again["comorbidities"] == ["diabetes", "renal"]
    assert client.post(page, again).status_code == 302
    diagnosis.refresh_from_db()
    assert (diagnosis.date, diagnosis.biopsy_proven, diagnosis.smoking) == ("2012-06", True, "former")


def test_each_choice_carries_what_a_browser_would_send(client: Client, world: World) -> None:
    from patients.models import Diagnosis
    from records.actions import amend

    diagnosis = world.add(Diagnosis, patient=world.patient(), biopsy_proven=True)
    page, data = opened(client, diagnosis)
    amend(diagnosis, by=world.users["manager"], version=1, biopsy_proven=None, comorbidities=[])
    response = client.post(page, data | {"biopsy_proven": "false", "comorbidities": ["diabetes", "renal"]})
    choices = [[choice.values for choice in one.choices] for one in response.context["comparison"].differences]
    assert choices == [['["unknown"]', '["false"]'], ['["none"]', '["diabetes", "renal"]']]


def test_a_changed_line_is_compared_and_said_at_its_place(client: Client, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite
    from records.actions import amend

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient)
    site = world.add(MetastaticSite, patient=patient, organ="bone", n_lesions=2)
    page, data = opened(client, diagnosis)
    amend(site, by=world.users["manager"], version=1, n_lesions=5, date="2012")
    response = client.post(page, data | {"metastaticsite_set-0-n_lesions": "3"})
    assert table(response)["Number of lesions"] == ("2", "5", "3", False)
    errors = errors_in(response)
    assert "is now 5 (it was 2). You typed 3." in errors["metastaticsite_set-0-n_lesions"][0]
    again = fields_of(response.content.decode(), "diagnosis")
    assert (again["metastaticsite_set-0-n_lesions"], again["metastaticsite_set-0-date"]) == ("3", "2012")
    assert client.post(page, again).status_code == 302
    site.refresh_from_db()
    assert (site.n_lesions, site.date) == (3, "2012")


def test_a_record_voided_meanwhile_is_entered_anew_or_left(client: Client, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite
    from records.actions import void

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient, t_category="T1", date="2012")
    page, data = opened(client, diagnosis)
    void(diagnosis, by=world.users["manager"], version=1, reason="wrong patient")
    typed = {"t_category": "T2", "metastaticsite_set-0-organ": "liver", "metastaticsite_set-0-n_lesions": "1"}
    response = client.post(page, data | typed)
    assert response.status_code == 200
    assert "manager voided this on" in errors_in(response)["__all__"][0]
    assert "(wrong patient)" in errors_in(response)["__all__"][0]
    add = reverse("admin:patients_diagnosis_add")
    assert f'action="{add}"' in response.content.decode()
    assert Diagnosis.objects.get().t_category == "T1"
    again = fields_of(response.content.decode(), "diagnosis")
    assert client.post(add, again).status_code == 302
    anew = Diagnosis.objects.get(voided_at=None)
    assert (anew.t_category, anew.date, anew.patient) == ("T2", "2012", patient)
    assert MetastaticSite.objects.get().organ == "liver"


def test_a_line_voided_meanwhile_goes_unless_something_was_typed_in_it(client: Client, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite
    from records.actions import void

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient)
    untouched, touched, stays = (
        world.add(MetastaticSite, patient=patient, organ=organ, n_lesions=1) for organ in ("lung", "bone", "liver")
    )
    page, data = opened(client, diagnosis)
    for site in (untouched, touched):
        void(site, by=world.users["manager"], version=1, reason="seen twice")
    response = client.post(page, data | {"metastaticsite_set-1-n_lesions": "4", "t_category": "T3"})
    assert response.status_code == 200
    (place, sentences), *others = errors_in(response).items()
    assert not others
    assert place.endswith("-__all__")
    assert "manager voided this on" in sentences[0]
    again = fields_of(response.content.decode(), "diagnosis")
    assert again["metastaticsite_set-INITIAL_FORMS"] == "1"
    assert again["metastaticsite_set-0-id"] == str(stays.pk)
    line = place.removesuffix("-__all__")
    assert (again[f"{line}-organ"], again[f"{line}-n_lesions"]) == ("bone", "4")
    assert client.post(page, again).status_code == 302
    live = MetastaticSite.objects.filter(voided_at=None).order_by("organ")
    assert [(site.organ, site.n_lesions) for site in live] == [("bone", 4), ("liver", 1)]
    diagnosis.refresh_from_db()
    assert diagnosis.t_category == "T3"


def test_a_form_whose_untouched_line_was_voided_is_simply_saved(client: Client, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite
    from records.actions import void

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient)
    site = world.add(MetastaticSite, patient=patient, organ="lung", n_lesions=1)
    page, data = opened(client, diagnosis)
    void(site, by=world.users["manager"], version=1, reason="seen twice")
    assert client.post(page, data | {"t_category": "T3"}).status_code == 302
    assert not MetastaticSite.objects.filter(voided_at=None).exists()
    diagnosis.refresh_from_db()
    assert diagnosis.t_category == "T3"


def test_identity_is_compared_in_plain_text_and_undoes_nothing(client: Client, world: World) -> None:
    from patients.actions import record_identity
    from patients.selectors import identity_of

    patient = world.patient()
    identity = record_identity(patient, by=world.admin, name="First Name", phone="1")
    page, data = opened(client, identity)
    record_identity(patient, by=world.users["manager"], version=1, name="Second Name")
    response = client.post(page, data | {"phone": "2"})
    assert table(response) == {"Name": ("First Name", "Second Name", "First Name", True)}
    assert client.post(page, fields_of(response.content.decode(), "identity")).status_code == 302
    assert identity_of(world.admin, patient) == {"name": "Second Name", "phone": "2"}
