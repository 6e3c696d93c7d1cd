"""The life of a data query: who may ask, answer, decide, and into which state that brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from patients import actions
from patients.actions import accept, answer, ask, check_patients, close, comment, send_back
from patients.models import DataQuery, DataQueryMessage, FollowUp, Identity
from records.actions import StaleVersion, amend
from tests.forms import fields_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


def raised(world: World, **values: Any) -> Any:
    """A query that a rule raised."""
    patient = world.patient()
    about = {"table": "patients.patient", "row": patient.pk, "field": "sex", "text": "The sex is not entered."}
    return world.add(DataQuery, patient=patient, rule="PT-01", severity="missing", **about | values)


REFUSED, FORBIDDEN = "refused", "forbidden"


@pytest.mark.parametrize(
    ("state", "turn", "who", "then"),
    [
        ("open", "answer", "abstractor", "answered"),
        ("open", "answer", "manager", "answered"),
        ("open", "answer", "coordinator", FORBIDDEN),
        ("open", "answer", "investigator", FORBIDDEN),
        ("open", "answer", "auditor", FORBIDDEN),
        ("open", "accept", "abstractor", FORBIDDEN),
        ("open", "accept", "manager", REFUSED),
        ("open", "send_back", "manager", REFUSED),
        ("open", "close", "manager", FORBIDDEN),
        ("open", "comment", "auditor", "open"),
        ("open", "comment", "stranger", FORBIDDEN),
        ("answered", "answer", "abstractor", REFUSED),
        ("answered", "accept", "manager", "accepted"),
        ("answered", "accept", "abstractor", FORBIDDEN),
        ("answered", "send_back", "manager", "open"),
        ("answered", "send_back", "coordinator", FORBIDDEN),
        ("answered", "comment", "abstractor", "answered"),
        ("accepted", "send_back", "manager", "open"),
        ("accepted", "answer", "abstractor", REFUSED),
        ("accepted", "accept", "manager", REFUSED),
        ("closed", "answer", "abstractor", REFUSED),
        ("closed", "send_back", "manager", REFUSED),
        ("closed", "comment", "investigator", "closed"),
    ],
)
def test_what_a_person_does_brings_it_from_state_to_state(
    world: World, state: str, turn: str, who: str, then: str
) -> None:
    query = raised(world, state=state)
    take = getattr(actions, turn)
    try:
        take(query, by=world.users[who], version=1, text="The chart does not say.")
        found = query.state
    except ValidationError:
        found = REFUSED
    except PermissionDenied:
        found = FORBIDDEN
    assert found == then
    query.refresh_from_db()
    assert query.state == (state if then in (REFUSED, FORBIDDEN) else then)
    assert query.messages.count() == (then not in (REFUSED, FORBIDDEN))


@pytest.mark.parametrize(
    ("state", "sex", "then"),
    [
        ("open", None, "open"),
        ("open", "male", "closed"),
        ("answered", None, "answered"),
        ("answered", "male", "closed"),
        ("accepted", None, "accepted"),
        ("accepted", "male", "closed"),
        ("closed", None, "open"),
        ("closed", "male", "closed"),
    ],
)
def test_what_the_data_say_brings_it_from_state_to_state(world: World, state: str, sex: str | None, then: str) -> None:
    query = raised(world, state=state)
    if sex:
        amend(query.patient, by=world.admin, version=1, sex=sex)
    check_patients([query.patient_id])
    query.refresh_from_db()
    assert query.state == then


def test_an_answer_is_kept_with_its_author_and_comes_back_when_it_is_sent_back(world: World) -> None:
    query = raised(world)
    abstractor, manager = world.users["abstractor"], world.users["manager"]
    answer(query, by=abstractor, version=1, text=" The chart does not say. ")
    send_back(query, by=manager, version=2, text="Ask the ward.")
    answer(query, by=abstractor, version=3, text="The ward does not know.")
    accept(query, by=manager, version=4)
    assert [(said.author, said.text, said.state) for said in query.messages.all()] == [
        (abstractor, "The chart does not say.", "answered"),
        (manager, "Ask the ward.", "open"),
        (abstractor, "The ward does not know.", "answered"),
        (manager, "", "accepted"),
    ]


@pytest.mark.parametrize("turn", [answer, comment])
def test_an_answer_needs_words_and_the_version_that_was_read(world: World, turn: Any) -> None:
    query = raised(world)
    with pytest.raises(ValidationError, match="Say why"):
        turn(query, by=world.admin, version=1, text=" ")
    with pytest.raises(StaleVersion):
        turn(query, by=world.admin, version=7, text="Ask the ward.")
    query.refresh_from_db()
    assert (query.state, query.messages.count()) == ("open", 0)


@pytest.mark.parametrize("field", ["state", "text", "value", "rule"])
def test_nothing_else_moves_a_query(world: World, field: str) -> None:
    with pytest.raises(ValidationError, match="stays"):
        amend(raised(world), by=world.admin, version=1, **{field: "closed"})


def test_what_was_said_stays_as_it_was_said(world: World) -> None:
    comment(raised(world), by=world.admin, version=1, text="Ask the ward.")
    for change in (lambda rows: rows.update(text="Never mind."), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change(DataQueryMessage.objects.all())
    assert DataQueryMessage.objects.get().text == "Ask the ward."


# -- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["abstractor", "investigator", "coordinator", "manager", "auditor"])
def test_whoever_sees_a_chart_may_ask_about_it(world: World, who: str) -> None:
    patient = world.patient(sex="male")
    query = ask(patient, by=world.users[who], field="sex", text="Is that so?")
    assert (query.table, query.row, query.value, query.state) == ("patients.patient", patient.pk, "male", "open")
    assert (query.rule, query.severity, query.created_by) == ("", None, world.users[who])


def test_a_question_is_refused_that_is_about_no_chart_or_no_field_or_says_nothing(world: World) -> None:
    patient, auditor = world.patient(), world.users["auditor"]
    with pytest.raises(PermissionDenied):
        ask(world.patient(world.there), by=auditor, text="Is that so?")
    with pytest.raises(ValidationError, match="no part of it"):
        ask(world.add(Identity, patient=patient, centre=world.here), by=auditor, text="Who?")
    with pytest.raises(ValidationError, match="no such field"):
        ask(patient, by=auditor, field="version", text="Is that so?")
    with pytest.raises(ValidationError, match="looked at"):
        ask(patient, by=auditor, field="sex", text=" ")
    assert not DataQuery.objects.exists()


def test_a_question_is_closed_by_who_asked_or_a_manager_and_by_no_rule(world: World) -> None:
    patient, auditor = world.patient(sex="male"), world.users["auditor"]
    mine, another = (ask(patient, by=auditor, field="sex", text="Is that so?") for _ in range(2))
    check_patients([patient.pk])
    with pytest.raises(PermissionDenied):
        close(mine, by=world.users["abstractor"], version=1)
    assert close(mine, by=auditor, version=1).state == "closed"
    assert close(another, by=world.users["manager"], version=1, text="Seen in the chart.").state == "closed"


def test_who_writes_the_record_answers_for_it(world: World) -> None:
    contact = world.add(FollowUp, patient=world.patient(), date="2013", status="alive")
    query = ask(contact, by=world.users["investigator"], field="date", text="Which month?")
    assert answer(query, by=world.users["coordinator"], version=1, text="Not written down.").state == "answered"


# -- pages ------------------------------------------------------------------------------------------------------------


def page(query: DataQuery) -> str:
    return reverse("admin:patients_dataquery_change", args=[query.pk])


def buttons(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('name="_turn" value="')[1:]]


def test_the_page_says_what_it_is_about_and_takes_the_answer(client: Client, world: World) -> None:
    query = raised(world)
    client.force_login(world.users["abstractor"])
    shown = client.get(page(query)).content.decode()
    assert reverse("admin:patients_patient_change", args=[query.patient_id]) + "#id_sex" in shown
    assert ("PT-01" in shown, "Nobody has said anything yet." in shown) == (True, True)
    data = fields_of(shown, "dataquery") | {"text": "The chart <b>does</b> not say.", "_turn": "answer"}
    shown = client.post(page(query), data, follow=True).content.decode()
    assert "The chart &lt;b&gt;does&lt;/b&gt; not say." in shown
    query.refresh_from_db()
    assert (query.state, query.version) == ("answered", 2)


@pytest.mark.parametrize(
    ("state", "who", "offered"),
    [
        ("open", "abstractor", ["answer", "comment"]),
        ("open", "manager", ["answer", "comment"]),
        ("answered", "abstractor", ["comment"]),
        ("answered", "manager", ["accept", "send_back", "comment"]),
        ("accepted", "manager", ["send_back", "comment"]),
        ("open", "auditor", ["comment"]),
    ],
)
def test_only_what_a_role_allows_is_offered(
    client: Client, world: World, state: str, who: str, offered: list[str]
) -> None:
    client.force_login(world.users[who])
    assert buttons(client.get(page(raised(world, state=state))).content.decode()) == offered


def test_what_was_typed_is_not_lost_when_somebody_was_faster(client: Client, world: World) -> None:
    query = raised(world)
    client.force_login(world.users["abstractor"])
    data = fields_of(client.get(page(query)).content.decode(), "dataquery") | {"text": "Not said.", "_turn": "comment"}
    answer(query, by=world.admin, version=1, text="Not in the chart.")
    shown = client.post(page(query), data).content.decode()
    assert ("was changed by administrator" in shown, ">\nNot said.<" in shown) == (True, True)
    again = fields_of(shown, "dataquery") | {"_turn": "comment"}
    client.post(page(query), again)
    assert [said.text for said in query.messages.all()] == ["Not in the chart.", "Not said."]


def test_a_question_is_asked_from_the_record_it_is_about(client: Client, world: World) -> None:
    patient = world.patient(sex="male")
    client.force_login(world.users["auditor"])
    form = client.get(reverse("admin:patients_patient_change", args=[patient.pk])).content.decode()
    address = form.split("Ask about this record")[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    data = fields_of(client.get(address).content.decode(), "dataquery") | {"field": "sex", "text": "Is that so?"}
    assert client.post(address, data).status_code == 302
    query = DataQuery.objects.get()
    assert (query.patient, query.field, query.text) == (patient, "sex", "Is that so?")


def test_the_list_shows_first_what_costs_most_and_hides_what_is_closed(client: Client, world: World) -> None:
    cheap, dear = raised(world, rank=1), raised(world, rank=9)
    done, mine = raised(world, state="closed"), raised(world, state="answered", rank=5)
    client.force_login(world.users["manager"])
    url = reverse("admin:patients_dataquery_changelist")

    def listed(query: str) -> list[int]:
        return [row.pk for row in client.get(url + query).context["cl"].result_list]

    assert listed("") == [dear.pk, mine.pk, cheap.pk]
    assert listed("?state=waiting") == [dear.pk, mine.pk, cheap.pk]
    assert listed("?state=answered") == [mine.pk]
    assert listed("?state=closed&rule=PT-01&severity__exact=missing") == [done.pk]
    client.force_login(world.users["abstractor"])
    assert listed("?state=waiting") == [dear.pk, cheap.pk]
