"""A chart that is signed off changes only with a reason, and the change ends the sign-off: on every way to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from tests.at_once import at_once
from tests.forms import errors_in, fields_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World

ASKED = "abstractor signed the chart of NPC-000001 off on"


@pytest.fixture
def client(client: Client, world: World) -> Client:
    client.force_login(world.users["abstractor"])
    return client


def signed_off(world: World, **values: Any) -> tuple[Any, Any, Any]:
    """A patient with a diagnosis, and the sign-off of the chart."""
    from patients.actions import sign_off
    from patients.models import Diagnosis

    patient = world.patient()
    diagnosis = world.add(Diagnosis, patient=patient, t_category="T1", **values)
    return patient, diagnosis, sign_off(patient, by=world.users["abstractor"])


def ended(lock: Any) -> tuple[bool, str]:
    lock.refresh_from_db()
    return lock.is_void, lock.void_reason


def test_every_write_of_the_chart_asks_for_a_reason(world: World) -> None:
    from patients.models import Diagnosis, LabResult
    from records.actions import add, add_many, amend, built

    patient, diagnosis, lock = signed_off(world)
    by = world.admin
    result = {"patient": patient, "date": "2012", "analyte": "ldh", "value": 200, "unit": "U/L"}
    writes = [
        lambda: add(LabResult, by=by, **result),
        lambda: add(LabResult, by=by, reason=" ", **result),
        lambda: add_many([built(LabResult, by=by, source="import", **result)], by=by, source="import"),
        lambda: amend(diagnosis, by=by, version=1, t_category="T2"),
        lambda: amend(patient, by=by, version=1, sex="male"),
    ]
    for write in writes:
        with pytest.raises(ValidationError) as refused:
            write()
        assert refused.value.code == "locked"
        assert "Say why you change it; the sign-off then ends." in refused.value.message
    assert not LabResult.objects.exists()
    assert Diagnosis.objects.get().t_category == "T1"
    assert ended(lock) == (False, "")


def test_a_change_with_a_reason_is_made_and_ends_the_sign_off(world: World) -> None:
    from records import trail
    from records.actions import amend

    _, diagnosis, lock = signed_off(world)
    amend(diagnosis, by=world.users["manager"], version=1, reason="chart p. 14", t_category="T2")
    assert ended(lock) == (True, "chart p. 14")
    assert lock.voided_by == world.users["manager"]
    assert [(change.what, change.reason) for change in trail.history(lock)] == [
        ("voided", "chart p. 14"),
        ("added", ""),
    ]
    amend(diagnosis, by=world.users["manager"], version=2, t_category="T3")


def test_a_change_that_is_refused_leaves_the_sign_off(world: World) -> None:
    from records.actions import amend

    _, diagnosis, lock = signed_off(world)
    with pytest.raises(ValidationError):
        amend(diagnosis, by=world.admin, version=1, reason="chart p. 14", date="2012-02-30")
    assert ended(lock) == (False, "")


def test_voiding_a_record_gives_its_reason_already(world: World) -> None:
    from records.actions import void

    _, diagnosis, lock = signed_off(world)
    void(diagnosis, by=world.admin, version=1, reason="wrong patient")
    assert ended(lock) == (True, "wrong patient")


def test_new_follow_up_is_free_and_a_change_of_old_follow_up_is_not(world: World) -> None:
    from patients.models import Death, FollowUp, Progression
    from records.actions import add, amend

    patient, _, lock = signed_off(world)
    coordinator = world.users["coordinator"]
    contact = add(FollowUp, by=coordinator, patient=patient, date="2014", status="alive")
    add(Progression, by=coordinator, patient=patient, date="2014", kind="distant")
    add(Death, by=coordinator, patient=patient, date="2015", cause="cancer")
    assert ended(lock) == (False, "")
    with pytest.raises(ValidationError):
        amend(contact, by=coordinator, version=1, date="2013")
    amend(contact, by=coordinator, version=1, date="2013", reason="misread")
    assert ended(lock) == (True, "misread")


def test_what_is_only_about_the_chart_is_free(world: World) -> None:
    from patients.actions import record_identity
    from patients.models import Consent, DataQuery
    from records.actions import add

    patient, _, lock = signed_off(world)
    add(DataQuery, by=world.admin, patient=patient, table="patients.patient", row=patient.pk, text="Is this so?")
    add(Consent, by=world.admin, patient=patient, basis="consent", scope="research", date="2012")
    record_identity(patient, by=world.admin, name="Nobody")
    assert ended(lock) == (False, "")


def test_who_enters_charts_signs_them_off_and_who_manages_unlocks(world: World) -> None:
    from patients.actions import sign_off, unlock

    patient, _, lock = signed_off(world)
    with pytest.raises(ValidationError, match="already"):
        sign_off(patient, by=world.users["manager"])
    with pytest.raises(PermissionDenied):
        unlock(patient, by=world.users["abstractor"], reason="I was too quick")
    with pytest.raises(ValidationError):
        unlock(patient, by=world.users["manager"], reason=" ")
    unlock(patient, by=world.users["manager"], reason="new pathology report")
    assert ended(lock) == (True, "new pathology report")
    with pytest.raises(ValidationError, match="not signed off"):
        unlock(patient, by=world.users["manager"], reason="again")
    with pytest.raises(PermissionDenied):
        sign_off(patient, by=world.users["coordinator"])
    sign_off(patient, by=world.users["manager"], note="complete")


def test_a_contradiction_stands_against_a_sign_off_and_a_warning_does_not(world: World) -> None:
    from patients.actions import accept, answer, sign_off
    from patients.models import DataQuery

    patient = world.patient()
    about = {"patient": patient, "table": "patients.patient", "row": patient.pk}
    world.add(DataQuery, **about, rule="rare", severity="warning", text="Unusual.")
    query = world.add(DataQuery, **about, rule="clash", severity="error", text="The end is before the start.")
    with pytest.raises(ValidationError) as refused:
        sign_off(patient, by=world.admin)
    assert refused.value.messages[1:] == ["The end is before the start."]
    answer(query, by=world.admin, version=1, text="So it stands in the chart.")
    with pytest.raises(ValidationError):
        sign_off(patient, by=world.admin)
    query.refresh_from_db()
    accept(query, by=world.admin, version=query.version)
    sign_off(patient, by=world.admin)


def diagnosis_page(client: Client, diagnosis: Any) -> tuple[str, dict[str, Any]]:
    page = reverse("admin:patients_diagnosis_change", args=[diagnosis.pk])
    return page, fields_of(client.get(page).content.decode(), "diagnosis")


def test_the_form_says_who_signed_and_asks_why(client: Client, world: World) -> None:
    _, diagnosis, lock = signed_off(world)
    page, data = diagnosis_page(client, diagnosis)
    assert ASKED in client.get(page).content.decode()
    assert client.post(page, data).status_code == 302, "nothing was changed"
    refused = client.post(page, data | {"t_category": "T2"})
    assert list(errors_in(refused)) == ["_reason"]
    again = fields_of(refused.content.decode(), "diagnosis")
    assert again["t_category"] == "T2"
    saved = client.post(page, again | {"_reason": "chart p. 14"}, follow=True)
    assert "The sign-off of the chart ended with this change." in saved.content.decode()
    assert ended(lock) == (True, "chart p. 14")
    assert ASKED not in client.get(page).content.decode()


def test_a_new_line_of_a_locked_chart_asks_in_the_one_reason_of_the_form(client: Client, world: World) -> None:
    from patients.models import MetastaticSite

    _, diagnosis, lock = signed_off(world)
    page, data = diagnosis_page(client, diagnosis)
    data |= {"metastaticsite_set-0-organ": "bone", "metastaticsite_set-0-n_lesions": "3"}
    refused = client.post(page, data)
    assert list(errors_in(refused)) == ["_reason"]
    assert not MetastaticSite.objects.exists()
    again = fields_of(refused.content.decode(), "diagnosis") | {"_reason": "a later bone scan"}
    assert client.post(page, again).status_code == 302
    assert MetastaticSite.objects.get().n_lesions == 3
    assert ended(lock) == (True, "a later bone scan")


def test_a_new_record_of_a_locked_chart_asks_why_too(client: Client, world: World) -> None:
    from patients.models import LabResult

    patient, _, lock = signed_off(world)
    page = f"{reverse('admin:patients_labresult_add')}?patient={patient.pk}"
    shown = client.get(page).content.decode()
    assert ASKED in shown
    data = fields_of(shown, "labresult") | {"date": "2012", "analyte": "ldh", "value": "200", "unit": "U/L"}
    refused = client.post(page, data)
    assert list(errors_in(refused)) == ["_reason"]
    assert client.post(page, data | {"_reason": "found in the archive"}).status_code == 302
    assert LabResult.objects.get().value == 200
    assert ended(lock) == (True, "found in the archive")


def test_a_new_contact_of_a_locked_chart_is_not_asked(client: Client, world: World) -> None:
    patient, _, lock = signed_off(world)
    page = f"{reverse('admin:patients_followup_add')}?patient={patient.pk}"
    shown = client.get(page).content.decode()
    assert ASKED not in shown
    assert "_reason" not in fields_of(shown, "followup")
    assert client.post(page, fields_of(shown, "followup") | {"date": "2014", "status": "alive"}).status_code == 302
    assert ended(lock) == (False, "")


def test_the_api_takes_the_reason_from_a_header(client: Client, world: World) -> None:
    patient, diagnosis, lock = signed_off(world)
    address = f"/api/v1/diagnoses/{diagnosis.pk}/"
    sent: dict[str, Any] = {"content_type": "application/json", "data": {"t_category": "T2"}}
    refused = client.patch(address, **sent, headers={"If-Match": '"1"'})
    assert refused.status_code == 400
    assert ASKED in str(refused.json())
    long = client.patch(address, **sent, headers={"If-Match": '"1"', "Change-Reason": "x" * 201})
    assert list(long.json()) == ["Change-Reason"]
    assert ended(lock) == (False, "")
    reason = {"If-Match": '"1"', "Change-Reason": "%E7%97%85%E6%A1%88 14"}
    assert client.patch(address, **sent, headers=reason).status_code == 200
    assert ended(lock) == (True, "病案 14")
    result = {"patient": patient.number, "date": "2012", "analyte": "ldh", "value": "200", "unit": "U/L"}
    assert client.post("/api/v1/laboratory-results/", result, content_type="application/json").status_code == 201


def test_the_api_adds_to_a_locked_chart_with_a_reason_only(client: Client, world: World) -> None:
    patient, diagnosis, lock = signed_off(world)
    result = {"patient": patient.number, "date": "2012", "analyte": "ldh", "value": "200", "unit": "U/L"}
    sent: dict[str, Any] = {"content_type": "application/json", "data": result}
    address = "/api/v1/laboratory-results/"
    assert client.post(address, **sent).status_code == 400
    assert client.post(address, **sent, headers={"Change-Reason": "found"}).status_code == 201
    assert ended(lock) == (True, "found")
    voided = client.post(
        f"/api/v1/diagnoses/{diagnosis.pk}/void/",
        {"reason": "wrong"},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert voided.status_code == 200


def test_the_chart_offers_what_the_user_may_and_the_pages_do_it(client: Client, world: World) -> None:
    patient = world.patient()
    chart, page = (reverse(name, args=[patient.number]) for name in ("chart", "sign_off"))
    assert page in client.get(chart).content.decode()
    signed = client.post(page, {"note": "complete"}, follow=True).content.decode()
    assert "Signed off by abstractor on" in signed
    unlock = reverse("unlock", args=[patient.number])
    assert unlock not in signed
    assert client.post(unlock, {"reason": "too quick"}).status_code == 403
    client.force_login(world.users["manager"])
    assert unlock in client.get(chart).content.decode()
    assert client.post(unlock, {"reason": ""}).status_code == 200
    assert "Chart open" in client.post(unlock, {"reason": "too quick"}, follow=True).content.decode()


def test_the_page_says_which_contradictions_stand_against_it(client: Client, world: World) -> None:
    from patients.models import DataQuery

    patient = world.patient()
    about = {"patient": patient, "table": "patients.patient", "row": patient.pk, "severity": "error", "rule": "clash"}
    world.add(DataQuery, **about, text="The end is before the start.")
    page = reverse("sign_off", args=[patient.number])
    assert "The end is before the start." in client.get(page).content.decode()
    assert "The end is before the start." in client.post(page, {"note": ""}).content.decode()
    assert "Chart open" in client.get(reverse("chart", args=[patient.number])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_a_sign_off_and_a_change_at_once_one_sees_the_other() -> None:
    """Either the change is in the chart before it is signed, or it is refused for want of a reason."""
    from patients.actions import sign_off
    from patients.models import ChartLock, Diagnosis
    from records.actions import amend
    from tests.worlds import build

    world = build()
    for _ in range(8):
        patient = world.patient()
        diagnosis = world.add(Diagnosis, patient=patient, t_category="T1")

        def change(diagnosis: Any = diagnosis) -> Any:
            try:
                return amend(diagnosis, by=world.users["manager"], version=1, t_category="T2").updated_at
            except ValidationError:
                return None

        changed, lock = at_once(change, lambda patient=patient: sign_off(patient, by=world.users["abstractor"]))
        assert ChartLock.objects.filter(pk=lock.pk, voided_at=None).exists()
        diagnosis.refresh_from_db()
        assert (diagnosis.t_category == "T2") == (changed is not None)
        if changed:
            assert changed <= ChartLock.objects.get(pk=lock.pk).created_at


@pytest.mark.django_db(transaction=True)
def test_two_reasoned_changes_at_once_both_stand() -> None:
    from patients.models import LabResult
    from records.actions import add
    from tests.worlds import build

    world = build()
    patient, _, lock = signed_off(world)
    result = {"patient": patient, "analyte": "ldh", "value": 200, "unit": "U/L", "by": world.admin}
    at_once(
        lambda: add(LabResult, date="2012", reason="first", **result),
        lambda: add(LabResult, date="2013", reason="second", **result),
    )
    assert LabResult.objects.count() == 2
    assert ended(lock)[0]
