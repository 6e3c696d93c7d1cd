"""The pages of second entries, and on every path what a second abstraction hides while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from patients.abstraction import chart_models
from patients.models import Diagnosis, FollowUp, MetastaticSite, Patient, SecondEntry
from records import access
from records.models import Exit
from records.roles import Act
from tests.access_matrix import API_NAMES, PARENTS, RECORDS, model_of
from tests.patients.second_charts import enter, finished, started

if TYPE_CHECKING:
    from tests.worlds import World

NAMES = {kind: name for name, kind in API_NAMES.items()} | {"patients.Patient": "patients"}


def full_chart(world: World) -> tuple[Patient, dict[str, Any]]:
    """A patient with a record of every kind, identity included."""
    from patients.actions import record_identity
    from treatments.models import Drug

    patient = world.patient(sex="male")
    rows: dict[str, Any] = {"patients.Patient": patient}
    rows["patients.Identity"] = record_identity(patient, by=world.admin, name="Canary", hospital_number="H-17")
    for kind, values in RECORDS.items():
        if kind in rows or kind == "patients.ChartLock":
            continue
        model = model_of(kind)
        above = {model.parent_field: rows[PARENTS[kind]]} if kind in PARENTS else {"patient": patient}
        drug = {"drug": Drug.objects.get(code="cisplatin")} if kind == "treatments.DrugDose" else {}
        rows[kind] = world.add(model, **values, **above, **drug)
    return patient, rows


def client_of(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def addresses(rows: dict[str, Any]) -> dict[str, str]:
    """Every page and API address of one record of each kind."""
    found = {}
    for kind, row in rows.items():
        prefix = "admin:" + kind.lower().replace(".", "_")
        for page in ("change", "history", "void"):
            found[f"{kind} {page}"] = reverse(f"{prefix}_{page}", args=[row.pk])
        if kind in NAMES:
            found[f"{kind} API"] = api_address(kind, row)
    return found


def api_address(kind: str, row: Any) -> str:
    """Written out, as no address of the API can be reversed for the number of a second chart."""
    return f"{reverse(f'{NAMES[kind]}-list')}{row.number if kind == 'patients.Patient' else row.pk}/"


def statuses(client: Client, rows: dict[str, Any]) -> dict[str, int]:
    return {name: client.get(url).status_code for name, url in addresses(rows).items()}


def hidden_in_lists(client: Client, rows: dict[str, Any], number: str) -> list[str]:
    """Kinds whose list, in pages or API, names the patient."""
    seen = []
    for kind in rows:
        prefix = "admin:" + kind.lower().replace(".", "_")
        answer = client.get(reverse(f"{prefix}_changelist"))
        text = answer.content.decode() if answer.status_code == 200 else ""
        if kind in NAMES:
            listed = client.get(reverse(f"{NAMES[kind]}-list")).json()
            text += str(listed["results"]) if listed["count"] else ""
        if number in text:
            seen.append(kind)
    return seen


def test_the_first_chart_is_absent_on_every_path_until_its_second_is_finished(world: World) -> None:
    patient, rows = full_chart(world)
    world.patient()
    blind, other = client_of(world, "abstractor"), client_of(world, "coordinator")
    before = statuses(blind, rows)
    assert set(before.values()) <= {200, 403}  # voiding a query is a data manager's
    entry = started(world, patient)

    assert set(statuses(blind, rows).values()) == {404}
    assert hidden_in_lists(blind, rows, patient.number) == []
    search = blind.get(reverse("admin:patients_patient_changelist"), {"q": patient.number})
    assert f"{patient.number}<" not in search.content.decode()
    found = blind.get(
        reverse("admin:autocomplete"),
        {"term": patient.number, "app_label": "patients", "model_name": "diagnosis", "field_name": "patient"},
    )
    assert [row["text"] for row in found.json()["results"]] == [entry.chart.number]
    added = blind.get(reverse("admin:patients_followup_add"), {"patient": patient.pk})
    assert added.context["patient"] is None
    assert set(statuses(other, {kind: row for kind, row in rows.items() if "Identity" not in kind}).values()) <= {
        200,
        403,
    }

    finished(entry)
    assert statuses(blind, rows) == before


@pytest.mark.parametrize("address", ["chart", "chart_history"])
def test_the_chart_says_why_it_is_hidden(world: World, address: str) -> None:
    patient, _ = full_chart(world)
    entry = started(world, patient)
    url = reverse(address, args=[patient.number])
    answer = client_of(world, "abstractor").get(url)
    assert answer.status_code == 404
    assert "the first is hidden until you finish" in answer.content.decode()
    assert reverse("chart", args=[entry.chart.number]) in answer.content.decode()
    assert client_of(world, "manager").get(url).status_code == 200


def test_the_hospital_number_leads_to_the_second_chart(world: World) -> None:
    patient, _ = full_chart(world)
    blind, find = client_of(world, "abstractor"), reverse("find_patient")
    assert blind.post(find, {"hospital_number": "H-17"}).url == reverse("chart", args=[patient.number])
    entry = started(world, patient)
    assert blind.post(find, {"hospital_number": "H-17"}).url == reverse("chart", args=[entry.chart.number])
    other = client_of(world, "coordinator")
    assert other.post(find, {"hospital_number": "H-17"}).url == reverse("chart", args=[patient.number])


def test_nobody_but_its_abstractor_sees_the_second_chart_until_it_is_finished(world: World) -> None:
    patient = world.patient()
    entry = started(world, patient)
    own = {"patients.Patient": entry.chart, "patients.Diagnosis": enter(entry, Diagnosis, t_category="T3")}
    pages = {name: url for name, url in addresses(own).items() if "API" not in name}
    chart = reverse("chart", args=[entry.chart.number])
    for name in ("manager", "administrator", "coordinator", "investigator", "auditor", "stranger"):
        client = client_of(world, name)
        assert {client.get(url).status_code for url in (chart, *pages.values())} == {404}, name
    abstractor = client_of(world, "abstractor")
    assert {abstractor.get(url).status_code for url in (chart, *pages.values())} == {200}
    assert "finish it" in abstractor.get(chart).content.decode()
    finished(entry)
    assert {client_of(world, "manager").get(url).status_code for url in (chart, *pages.values())} == {200}


def test_lists_counts_and_the_api_never_have_the_second_chart(world: World) -> None:
    patient = world.patient()
    entry = started(world, patient)
    rows = {"patients.Patient": entry.chart, "patients.Diagnosis": enter(entry, Diagnosis, t_category="T3")}
    for name in ("abstractor", "manager", "administrator"):
        client = client_of(world, name)
        assert hidden_in_lists(client, rows, entry.chart.number) == [], name
        for kind, row in rows.items():
            assert client.get(api_address(kind, row)).status_code == 404
        assert client.get(reverse("admin:patients_diagnosis_changelist")).context["cl"].result_count == 0
    finished(entry)
    assert hidden_in_lists(client_of(world, "manager"), rows, entry.chart.number) == []


def test_the_abstractor_enters_the_second_chart_through_the_ordinary_forms(world: World) -> None:
    from tests.forms import fields_of

    entry = started(world, world.patient())
    client = client_of(world, "abstractor")
    url = reverse("admin:patients_followup_add") + f"?patient={entry.chart.pk}"
    sent = fields_of(client.get(url).content.decode(), "followup") | {"date": "2013-05", "status": "alive"}
    answer = client.post(url, sent)
    assert answer.url == reverse("chart", args=[entry.chart.number])
    assert FollowUp.objects.get(patient=entry.chart).date == "2013-05"


def test_what_is_about_a_chart_has_no_part_in_a_second_one(world: World) -> None:
    entry = started(world, world.patient())
    client = client_of(world, "abstractor")
    chart = client.get(reverse("chart", args=[entry.chart.number])).content.decode()
    assert "consent/add" not in chart
    assert "identity/add" not in chart
    for kind in ("identity", "consent"):
        page = client.get(reverse(f"admin:patients_{kind}_add"), {"patient": entry.chart.pk})
        assert page.context["patient"] is None


def investigates_too(world: World) -> None:
    from records.models import Membership

    Membership.objects.create(user=world.users["abstractor"], centre=world.here, role="investigator")


def test_an_analysis_counts_the_same_patients_for_whoever_runs_it(world: World) -> None:
    from analyses.tables import read_frames

    patient, _ = full_chart(world)
    investigates_too(world)
    entry = started(world, patient)
    enter(entry, MetastaticSite, organ="liver")
    for user in (entry.abstractor, world.users["investigator"], world.admin):
        frames = read_frames(user, world.registry)
        assert frames.tables["patient"]["number"].tolist() == [patient.number]
        assert len(frames.tables["metastaticsite"]) == 1


def test_every_model_of_a_chart_is_hidden_by_the_one_place(world: World) -> None:
    patient, rows = full_chart(world)
    investigates_too(world)
    entry = started(world, patient)
    for model in chart_models():
        seen = access.visible_to(entry.abstractor, model._default_manager.all())
        assert rows[model._meta.label] not in seen
        assert rows[model._meta.label] in access.visible_to(entry.abstractor, model._default_manager.all(), Act.ANALYSE)


# -- the pages ---------------------------------------------------------------------------------------------------------


def begun(world: World, number: str, who: str = "manager") -> Any:
    sent = {"number": number, "abstractor": world.users["abstractor"].pk}
    return client_of(world, who).post(reverse("second_entries"), sent)


def test_a_manager_begins_one_and_is_told_what_stands_in_the_way(world: World) -> None:
    patient = world.patient()
    assert "No such patient" in begun(world, "NPC-000099").content.decode()
    assert "No such patient" in begun(world, world.patient(world.there).number).content.decode()
    entry = SecondEntry.objects.get(pk=int(begun(world, patient.number).url.split("/")[2]))
    assert entry.patient == patient
    assert "Stands already" in begun(world, patient.number).content.decode()
    page = client_of(world, "manager").get(reverse("second_entries")).content.decode()
    assert "0 records entered" in page


def test_who_may_abstract_is_offered(world: World) -> None:
    page = client_of(world, "manager").get(reverse("second_entries"))
    offered = set(page.context["form"].fields["abstractor"].queryset)
    assert offered == {world.users["abstractor"], world.users["manager"]}


def test_the_abstractor_finds_the_folder_and_finishes(world: World) -> None:
    patient, _ = full_chart(world)
    entry = started(world, patient)
    url, client = reverse("second_entry", args=[entry.pk]), client_of(world, "abstractor")
    page = client.get(url).content.decode()
    assert "Canary" in page
    assert "H-17" in page
    assert "Canary" not in client_of(world, "manager").get(url).content.decode()
    assert client.get(reverse("second_entries")).status_code == 200
    enter(entry, Diagnosis, t_category="T3")
    client.post(reverse("finish_second_entry", args=[entry.pk]), {"version": 1})
    entry.refresh_from_db()
    assert entry.state == "finished"
    assert "Not settled" in client.get(url).content.decode()


def compared(world: World) -> tuple[SecondEntry, dict[str, Any]]:
    patient = world.patient()
    world.add(Diagnosis, patient=patient, t_category="T3", n_category="N1", date="2012-05-17")
    entry = started(world, patient)
    enter(entry, Diagnosis, t_category="T4", n_category="N2", date="2012-05")
    entry = finished(entry)
    return entry, {row.field: row for row in entry.discrepancies.all()}


def sent(rows: dict[str, Any], **chosen: str) -> dict[str, Any]:
    data: dict[str, Any] = {f"version-{row.pk}": row.version for row in rows.values()}
    return data | {f"decision-{rows[name].pk}": decision for name, decision in chosen.items()}


def test_many_discrepancies_are_settled_in_one_go(world: World) -> None:
    entry, rows = compared(world)
    url, client = reverse("second_entry", args=[entry.pk]), client_of(world, "manager")
    page = client.get(url).content.decode()
    assert "one is the more precise" in page
    assert "Nothing was settled" in client.post(url, {}).content.decode()
    refused = client.post(url, sent(rows, t_category="second", n_category="first"))
    assert refused.status_code == 400
    assert "Say why the first chart is changed" in refused.content.decode()
    assert refused.content.decode().count(" checked") == 2
    answer = client.post(url, sent(rows, t_category="second", n_category="first") | {"reason": "MRI, p. 4"})
    assert answer.url == url
    diagnosis = Diagnosis.objects.get(patient=entry.patient)
    assert (diagnosis.t_category, diagnosis.n_category) == ("T4", "N1")
    assert "1 of 3 left" in client.get(url).content.decode()
    client.post(url, sent(rows, date="neither"))
    entry.refresh_from_db()
    assert entry.state == "settled"
    assert "MRI, p. 4" in client.get(url).content.decode()


def test_who_settled_first_is_not_overwritten(world: World) -> None:
    entry, rows = compared(world)
    url = reverse("second_entry", args=[entry.pk])
    data = sent(rows, t_category="first") | {f"version-{rows['t_category'].pk}": 7}
    answer = client_of(world, "manager").post(url, data)
    assert "Look at it again" in answer.content.decode()


def test_it_is_withdrawn_with_a_reason(world: World) -> None:
    entry = started(world, world.patient())
    url, client = reverse("withdraw_second_entry", args=[entry.pk]), client_of(world, "manager")
    client.post(url, {"version": 1, "reason": ""})
    entry.refresh_from_db()
    assert entry.voided_at is None
    client.post(url, {"version": 1, "reason": "the wrong patient"})
    assert client.get(reverse("second_entry", args=[entry.pk])).status_code == 404


def test_who_wrote_the_first_chart_sees_the_comparison_once_it_is_made(world: World) -> None:
    from records.actions import amend
    from records.models import Membership, User

    colleague = User.objects.create(username="colleague")
    Membership.objects.create(user=colleague, centre=world.here, role="abstractor")
    patient = world.patient()
    amend(world.add(Diagnosis, patient=patient), by=colleague, version=1, t_category="T1")
    entry = started(world, patient)
    client, url = Client(), reverse("second_entry", args=[entry.pk])
    client.force_login(colleague)
    assert client.get(url).status_code == 404
    finished(entry)
    assert client.get(url).status_code == 200
    assert client.post(url, {}).status_code == 403


def test_agreement_is_counted_and_leaves_by_the_exit_door(world: World) -> None:
    compared(world)
    client, url = client_of(world, "manager"), reverse("agreement")
    answer = client.get(url)
    page = answer.content.decode()
    lines = {line.title: line for _, table in answer.context["tables"] for line in table}
    assert (lines["T category"].share.n, lines["T category"].share.agreeing) == (1, 0)
    assert lines["T category"].kappa.kappa == 0
    assert lines["Date of pathological diagnosis"].share.agreeing == 1
    assert lines["Record in both charts"].share.n == 1
    assert "Smoking" not in lines
    assert "administrator / abstractor" in page
    assert client.post(url, {"purpose": " "}).status_code == 400
    file = client.post(url, {"purpose": "quality report"})
    text = b"".join(file.streaming_content).decode() if file.streaming else file.content.decode()
    assert text.splitlines()[0].endswith("largest days apart")
    assert "NPC-" not in text
    left = Exit.objects.get()
    assert (left.purpose, left.centres) == ("quality report", ["HERE"])


def test_kappa_of_one_value_throughout_is_said_not_to_be_defined(world: World) -> None:
    for _ in range(3):
        patient = world.patient()
        world.add(Diagnosis, patient=patient, m_category="M1")
        entry = started(world, patient)
        enter(entry, Diagnosis, m_category="M1")
        finished(entry)
    answer = client_of(world, "manager").get(reverse("agreement"))
    (line,) = [line for _, table in answer.context["tables"] for line in table if line.title == "M category"]
    assert (line.percent, line.kappa_words) == ("100.0", "not defined")
