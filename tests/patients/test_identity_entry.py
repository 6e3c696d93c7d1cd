"""Who a patient is: entered by those allowed, read by those allowed, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.forms import errors_in, fields_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World

CANARY = "Quetzalcoatl Canary"
NUMBER = "H-998877"


@pytest.fixture
def client(client: Client, world: World) -> Client:
    client.force_login(world.users["abstractor"])
    return client


def enter(client: Client, patient: object) -> None:
    url = f"{reverse('admin:patients_identity_add')}?patient={patient.pk}"  # type: ignore[attr-defined]
    data = fields_of(client.get(url).content.decode(), "identity")
    response = client.post(url, data | {"name": CANARY, "hospital_number": NUMBER})
    assert response.status_code == 302, errors_in(response)


def test_it_is_stored_encrypted_and_shown_again_in_its_own_form(client: Client, world: World) -> None:
    from patients.models import Identity

    patient = world.patient()
    enter(client, patient)
    row = Identity.objects.get()
    assert CANARY.encode() not in bytes(row.name)
    page = reverse("admin:patients_identity_change", args=[row.pk])
    data = fields_of(client.get(page).content.decode(), "identity")
    assert (data["name"], data["hospital_number"], data["phone"]) == (CANARY, NUMBER, "")
    client.post(page, data | {"phone": "555 1234"})
    assert fields_of(client.get(page).content.decode(), "identity")["phone"] == "555 1234"
    row.refresh_from_db()
    assert row.version == 2


def test_no_other_page_shows_it(client: Client, world: World) -> None:
    from patients.models import Identity

    patient = world.patient()
    enter(client, patient)
    row = Identity.objects.get()
    pages = [
        reverse("home"),
        reverse("chart", args=[patient.number]),
        reverse("admin:patients_patient_changelist"),
        reverse("admin:patients_identity_changelist"),
        reverse("admin:patients_patient_history", args=[patient.pk]),
        reverse("admin:patients_identity_history", args=[row.pk]),
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert CANARY not in text, page
        assert NUMBER not in text, page


def test_a_coordinator_reads_it_and_an_investigator_does_not(client: Client, world: World) -> None:
    from patients.models import Identity

    enter(client, world.patient())
    page = reverse("admin:patients_identity_change", args=[Identity.objects.get().pk])
    client.force_login(world.users["coordinator"])
    text = client.get(page).content.decode()
    assert CANARY in text
    assert 'name="_save"' not in text
    client.force_login(world.users["investigator"])
    assert client.get(page).status_code == 404


def test_a_second_live_hospital_number_is_refused_at_the_field(client: Client, world: World) -> None:
    enter(client, world.patient())
    url = f"{reverse('admin:patients_identity_add')}?patient={world.patient().pk}"
    data = fields_of(client.get(url).content.decode(), "identity")
    response = client.post(url, data | {"name": "Other", "hospital_number": NUMBER.lower()})
    assert "another patient" in str(errors_in(response)["hospital_number"])
    assert fields_of(response.content.decode(), "identity")["name"] == "Other"


def test_a_chart_is_found_by_hospital_number_that_enters_no_address(client: Client, world: World) -> None:
    patient = world.patient()
    enter(client, patient)
    find = reverse("find_patient")
    assert client.post(find, {"hospital_number": "h 998877"})["Location"] == reverse("chart", args=[patient.number])
    assert client.post(find, {"hospital_number": "H-1"})["Location"] == reverse("admin:patients_patient_changelist")
    assert client.get(find, {"hospital_number": NUMBER}).status_code == 405
    client.force_login(world.users["investigator"])
    assert client.post(find, {"hospital_number": NUMBER}).status_code == 403


def test_the_reason_of_a_change_is_in_the_history(client: Client, world: World) -> None:
    from patients.models import Identity
    from records import trail

    enter(client, world.patient())
    row = Identity.objects.get()
    page = reverse("admin:patients_identity_change", args=[row.pk])
    data = fields_of(client.get(page).content.decode(), "identity")
    client.post(page, data | {"phone": "555 1234", "_reason": "called back"})
    change = trail.history(row)[0]
    assert (change.reason, [(field.label, field.new) for field in change.fields]) == (
        "called back",
        [("phone", "encrypted")],
    )
