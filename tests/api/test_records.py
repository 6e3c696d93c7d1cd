"""Patients and their records through the API: as the forms do, by the same actions."""

import pytest
from rest_framework.test import APIClient

from patients.models import Diagnosis, Patient
from records.models import Centre, Membership, Registry, User
from records.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return Registry.objects.create(code="test", title="Test registry", number_prefix="TST")


@pytest.fixture
def here() -> Centre:
    return Centre.objects.create(code="here", name="Here")


@pytest.fixture
def elsewhere() -> Centre:
    return Centre.objects.create(code="elsewhere", name="Elsewhere")


def client_of(role: Role, centre: Centre) -> APIClient:
    user = User.objects.create_user(f"{role}-{centre.code}", password="only-for-tests")
    Membership.objects.create(user=user, centre=centre, role=role)
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def abstractor(here: Centre) -> APIClient:
    return client_of(Role.ABSTRACTOR, here)


@pytest.fixture
def number(abstractor: APIClient, registry: Registry, here: Centre) -> str:
    sent = {"registry": "test", "centre": "here", "sex": "female", "birth_date": "1960-05"}
    answer = abstractor.post("/api/v1/patients/", sent)
    assert answer.status_code == 201, answer.data
    return answer.data["number"]


def test_a_patient_is_registered_under_the_next_number(number: str) -> None:
    patient = Patient.objects.get()
    assert number == patient.number == "TST-000001"
    assert (patient.birth_date, patient.source) == ("1960-05", "api")


def test_a_whole_course_with_its_cycle_and_dose(abstractor: APIClient, number: str) -> None:
    course = abstractor.post(
        "/api/v1/systemic-courses/",
        {
            "patient": number,
            "intent": "palliative",
            "agent_class": "chemotherapy",
            "regimen": "TPF",
            "start": "2012-05",
        },
    )
    assert course.status_code == 201, course.data
    cycle = abstractor.post(
        "/api/v1/chemotherapy-cycles/", {"course": course.data["id"], "number": 1, "day_1": "2012-05-17"}
    )
    assert (cycle.status_code, cycle.data["patient"]) == (201, number)
    dose = abstractor.post("/api/v1/drug-doses/", {"cycle": cycle.data["id"], "drug": "cisplatin", "mg_m2": "75.0"})
    assert (dose.status_code, dose.data["mg_m2"]) == (201, "75.0")


def test_impossible_values_are_refused_by_field_and_by_rule(abstractor: APIClient, number: str) -> None:
    answer = abstractor.post("/api/v1/diagnoses/", {"patient": number, "date": "2012-02-30"})
    assert (answer.status_code, answer.data["date"]) == (400, ["'2012-02-30' does not exist: that month has 29 days."])
    answer = abstractor.post("/api/v1/deaths/", {"patient": number, "date": "1950", "cause": "cancer"})
    assert answer.status_code == 400
    assert "before the birth" in str(answer.data)


def test_unknown_and_recording_fields_are_refused_not_dropped(abstractor: APIClient, number: str) -> None:
    answer = abstractor.post("/api/v1/diagnoses/", {"patient": number, "version": 9, "voided_by": 1, "colour": "red"})
    assert answer.status_code == 400
    assert set(answer.data) == {"version", "voided_by", "colour"}


def test_of_two_editors_the_second_gets_both_versions(abstractor: APIClient, number: str) -> None:
    made = abstractor.post("/api/v1/diagnoses/", {"patient": number, "t_category": "T3"})
    address, tag = f"/api/v1/diagnoses/{made.data['id']}/", made.headers["ETag"]
    first = abstractor.patch(address, {"t_category": "T4"}, headers={"If-Match": tag})
    assert (first.status_code, first.data["version"], first.headers["ETag"]) == (200, 2, '"2"')
    second = abstractor.patch(address, {"t_category": "T2"}, headers={"If-Match": tag})
    assert second.status_code == 412
    assert (second.data["sent"]["t_category"], second.data["current"]["t_category"]) == ("T2", "T4")
    assert Diagnosis.objects.get().t_category == "T4"


def test_a_change_without_the_etag_is_not_made(abstractor: APIClient, number: str) -> None:
    made = abstractor.post("/api/v1/diagnoses/", {"patient": number, "t_category": "T3"})
    assert abstractor.patch(f"/api/v1/diagnoses/{made.data['id']}/", {"t_category": "T4"}).status_code == 428


def test_a_record_is_voided_with_a_reason_and_never_deleted(abstractor: APIClient, number: str) -> None:
    made = abstractor.post("/api/v1/diagnoses/", {"patient": number})
    address, tag = f"/api/v1/diagnoses/{made.data['id']}/", made.headers["ETag"]
    assert abstractor.delete(address).status_code == 405
    assert abstractor.post(f"{address}void/", {}, headers={"If-Match": tag}).status_code == 400
    voided = abstractor.post(f"{address}void/", {"reason": "wrong patient"}, headers={"If-Match": tag})
    assert (voided.status_code, voided.data["void_reason"]) == (200, "wrong patient")
    assert Diagnosis.objects.get().is_void


def test_another_centres_patient_looks_absent(number: str, elsewhere: Centre) -> None:
    stranger = client_of(Role.ABSTRACTOR, elsewhere)
    assert stranger.get(f"/api/v1/patients/{number}/").status_code == 404
    assert stranger.get("/api/v1/patients/").data["count"] == 0
    answer = stranger.post("/api/v1/diagnoses/", {"patient": number})
    assert (answer.status_code, list(answer.data)) == (400, ["patient"])


def test_who_may_only_read_may_not_write(number: str, here: Centre) -> None:
    investigator = client_of(Role.INVESTIGATOR, here)
    assert investigator.get(f"/api/v1/patients/{number}/").status_code == 200
    assert investigator.post("/api/v1/diagnoses/", {"patient": number}).status_code == 403


def test_a_coordinator_records_contacts_only(number: str, here: Centre) -> None:
    coordinator = client_of(Role.COORDINATOR, here)
    contact = {"patient": number, "date": "2015-01-02", "status": "alive"}
    assert coordinator.post("/api/v1/follow-up/", contact).status_code == 201
    assert coordinator.post("/api/v1/diagnoses/", {"patient": number}).status_code == 403


def test_filters_and_pages(abstractor: APIClient, number: str) -> None:
    for year in (2012, 2013, 2014):
        abstractor.post("/api/v1/follow-up/", {"patient": number, "date": str(year), "status": "alive"})
    page = abstractor.get("/api/v1/follow-up/", {"patient": number, "page_size": 2}).data
    assert (page["count"], len(page["results"])) == (3, 2)
    assert abstractor.get("/api/v1/follow-up/", {"patient": "TST-000009"}).data["count"] == 0


def test_a_token_opens_the_api(here: Centre, registry: Registry) -> None:
    user = User.objects.create_user("with-token", password="only-for-tests")
    Membership.objects.create(user=user, centre=here, role=Role.INVESTIGATOR)
    client = APIClient()
    assert client.get("/api/v1/patients/").status_code in (401, 403)
    token = client.post("/api/v1/token/", {"username": "with-token", "password": "only-for-tests"}).data["token"]
    answer = client.get("/api/v1/registries/", headers={"Authorization": f"Token {token}"})
    assert [found["code"] for found in answer.data["results"]] == ["test"]


def test_a_data_query_is_moved_by_its_turns_alone(abstractor: APIClient, number: str, here: Centre) -> None:
    diagnosis = abstractor.post("/api/v1/diagnoses/", {"patient": number, "t_category": "T3"}).data["id"]
    about = {"patient": number, "table": "patients.diagnosis", "row": diagnosis, "field": "t_category", "text": "T4?"}
    assert abstractor.post("/api/v1/data-queries/", about | {"state": "closed"}).status_code == 400
    assert abstractor.post("/api/v1/data-queries/", about | {"row": diagnosis + 1}).status_code == 400
    made = client_of(Role.INVESTIGATOR, here).post("/api/v1/data-queries/", about)
    assert (made.status_code, made.data["state"], made.data["value"], made.data["source"]) == (201, "open", "T3", "api")
    address, tag = f"/api/v1/data-queries/{made.data['id']}/", {"If-Match": made.headers["ETag"]}
    manager = client_of(Role.MANAGER, here)
    for field, value in (("state", "closed"), ("text", "Never mind."), ("row", 1)):
        assert manager.patch(address, {field: value}, headers=tag).status_code == 400
    assert abstractor.post(f"{address}answer/", {"text": "x"}).status_code == 428
    assert abstractor.post(f"{address}answer/", {}, headers=tag).data == {"text": ["Say why."]}
    answered = abstractor.post(f"{address}answer/", {"text": "T3 in the report."}, headers=tag)
    assert (answered.status_code, answered.data["state"]) == (200, "answered")
    assert manager.post(f"{address}accept/", {}, headers=tag).status_code == 412
    accepted = manager.post(f"{address}accept/", {}, headers={"If-Match": answered.headers["ETag"]})
    assert (accepted.status_code, accepted.data["state"]) == (200, "accepted")
