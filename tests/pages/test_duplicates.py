"""The pages of duplicates, transfer and withdrawal, and where a merged number leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from patients.models import Consent, Diagnosis, DistinctPair, FollowUp, Patient
from records.models import Membership
from tests.forms import Fields

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


@pytest.fixture
def manager(client: Client, world: World) -> Any:
    cache.clear()
    user = world.users["manager"]
    Membership.objects.create(user=user, centre=world.there, role="manager")
    client.force_login(user)
    return user


@pytest.fixture
def twins(world: World) -> tuple[Patient, Patient]:
    """Two charts of one person; the second one has more records."""
    one = world.patient(sex="male", birth_date="1960-05-17")
    other = world.patient(world.there, sex="male", birth_date="1960-05-17")
    for patient, t_category in ((one, "T3"), (other, "T2")):
        world.add(Diagnosis, patient=patient, date="2012-03-05", t_category=t_category)
        world.add(FollowUp, patient=patient, date="2013-02", status="alive")
    world.add(FollowUp, patient=other, date="2014-02", status="alive")
    return one, other


def address(*patients: Patient) -> str:
    return reverse("duplicate_pair", args=[patient.number for patient in patients])


def merge_fields(page: str) -> dict[str, Any]:
    """What a browser posts for the merge as it is proposed; fields of one name as a list."""

    class Several(Fields):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if self.inside and given.get("name") == "seen":
                self.data.setdefault("seen", []).append(given.get("value"))
            else:
                super().handle_starttag(tag, attrs)

    parser = Several("merge")
    parser.feed(page)
    return parser.data


def test_the_list_leads_to_the_pair_with_its_evidence(
    client: Client, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    page = client.get(reverse("duplicates")).content.decode()
    assert address(*twins) in page
    assert "Same day of birth" in page


def test_who_has_more_records_stays_unless_the_other_is_asked_for(
    client: Client, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    one, other = twins
    assert client.get(address(one, other)).context["keep"] == other
    assert client.get(address(one, other), {"stays": one.number}).context["keep"] == one
    parts = {part.title: part for part in client.get(address(one, other)).context["parts"]}
    assert [side.label for side in parts["Diagnosis"].sides if not side.same] == ["T category"]
    assert [side.same for side in parts["Follow-up contacts"].sides] == [True, False]


def test_merged_as_proposed_the_old_number_leads_on(
    client: Client, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    one, other = twins
    page = client.get(address(one, other), {"stays": one.number}).content.decode()
    assert "This cannot be undone" in page
    data = merge_fields(page) | {"reason": "Same card", "stands-patients.diagnosis": "drop"}
    response = client.post(address(one, other), data)
    assert response["Location"] == reverse("chart", args=[one.number])
    assert Diagnosis.objects.get(patient=one, voided_at=None).t_category == "T2"
    assert sorted(FollowUp.objects.filter(patient=one, voided_at=None).values_list("date", flat=True)) == [
        "2013-02",
        "2014-02",
    ]
    landed = client.get(reverse("chart", args=[other.number]), follow=True)
    assert landed.redirect_chain == [(reverse("chart", args=[one.number]), 302)]
    text = landed.content.decode()
    history = reverse("chart_history", args=[other.number])
    assert f"{other.number} was merged into {one.number}" in text
    assert f'href="{history}"' in text
    assert "Same card" in client.get(history).content.decode()
    assert client.get(address(one, other)).status_code == 404


def test_what_is_refused_comes_back_with_what_was_chosen(
    client: Client, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    one, other = twins
    page = client.get(address(one, other), {"stays": one.number}).content.decode()
    data = merge_fields(page) | {"reason": "Same card", "stands-patients.diagnosis": "drop"}
    contact = FollowUp.objects.get(patient=other, date="2014-02")
    from records.actions import amend

    amend(contact, by=manager, version=1, method="phone")
    response = client.post(address(one, other), data)
    assert "changed since you compared" in response.content.decode()
    assert {part.title: part.theirs for part in response.context["parts"] if part.choice}["Diagnosis"]
    assert client.post(address(one, other), data | {"seen": ["nonsense"]}).status_code == 200
    assert Patient.objects.filter(merged_into=None).count() == 2


def test_two_persons_are_judged_and_the_judgement_taken_back(
    client: Client, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    said = {"decision": "distinct", "distinct-reason": "Twins, by the family"}
    assert client.post(address(*twins), said)["Location"] == reverse("duplicates")
    assert DistinctPair.objects.get().note == "Twins, by the family"
    assert address(*twins) not in client.get(reverse("duplicates")).content.decode()
    assert "Twins, by the family" in client.get(address(*twins)).content.decode()
    client.post(address(*twins), {"decision": "again", "distinct-reason": "The family has one son"})
    assert DistinctPair.objects.get().is_void
    assert address(*twins) in client.get(reverse("duplicates")).content.decode()


def test_the_comparison_asks_no_more_for_more_records(
    client: Client, world: World, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    from tests.pages.test_page_queries import asked

    client.get(address(*twins))
    before = asked(client, address(*twins))
    for patient in twins:
        for year in range(2000, 2012):
            world.add(FollowUp, patient=patient, date=str(year), status="alive")
    assert asked(client, address(*twins)) == before


def test_a_patient_is_moved_from_the_chart(client: Client, world: World, manager: Any) -> None:
    patient = world.patient()
    page = client.get(reverse("chart", args=[patient.number])).content.decode()
    url = reverse("transfer", args=[patient.number])
    assert url in page
    assert client.post(url, {"to": world.here.pk, "reason": "Moved", "version": 1}).status_code == 200
    response = client.post(url, {"to": world.there.pk, "reason": "Moved", "version": 1})
    assert response["Location"] == reverse("chart", args=[patient.number])
    patient.refresh_from_db()
    assert patient.centre == world.there


def test_a_taken_hospital_number_is_said_at_the_centre(client: Client, world: World, manager: Any) -> None:
    from patients.actions import record_identity

    patient, other = world.patient(), world.patient(world.there)
    for one in (patient, other):
        record_identity(one, by=world.admin, hospital_number="H-1")
    url = reverse("transfer", args=[patient.number])
    page = client.post(url, {"to": world.there.pk, "reason": "Moved", "version": 1})
    assert other.number in page.context["form"].errors["to"][0]


def test_a_withdrawal_is_recorded_from_the_chart_and_shown_on_it(client: Client, world: World, manager: Any) -> None:
    patient = world.patient()
    url = reverse("withdrawal", args=[patient.number])
    assert "No consent of this patient stands" in client.get(url).content.decode()
    consent = world.add(Consent, patient=patient, basis="consent", scope="research", date="2012")
    early = {"consent": f"{consent.pk}:1", "on": "2011", "reason": "Letter"}
    assert "before it was given" in str(client.post(url, early).context["form"].errors["on"])
    client.post(url, early | {"on": "2015/6"})
    assert Consent.objects.get().withdrawn_on == "2015-06"
    page = client.get(reverse("chart", args=[patient.number])).content.decode()
    assert "Consent withdrawn 2015-06" in page
    assert url not in page
    form = client.get(reverse("admin:patients_followup_add") + f"?patient={patient.pk}").content.decode()
    assert "Consent was withdrawn on 2015-06" in form


def test_the_api_shows_a_merged_patient_and_takes_no_writes(
    client: Client, manager: Any, twins: tuple[Patient, Patient]
) -> None:
    from patients.actions import merge

    one, other = twins
    rows = merge_rows(one, other)
    merge(by=manager, keep=one, drop=other, version_keep=1, version_drop=1, singles={}, rows=rows, reason="Same card")
    url = reverse("patients-detail", args=[other.number])
    assert client.get(url).json()["merged_into"] == one.number
    listed = client.get(reverse("patients-list"), {"merged": "false"}).json()
    assert [row["number"] for row in listed["results"]] == [one.number]
    headers = {"If-Match": '"2"'}
    answer = client.patch(url, {"note": "x"}, content_type="application/json", headers=headers)
    assert (answer.status_code, "was merged into" in answer.content.decode()) == (400, True)


def merge_rows(keep: Patient, drop: Patient) -> dict[Any, bool]:
    from patients.comparison import Charts, compare, ref

    compared = compare(Charts(keep, drop), keep, drop)
    return {ref(row): True for item in compared for row in item.optional}
