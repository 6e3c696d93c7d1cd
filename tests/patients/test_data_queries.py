"""The conversation about a data query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from patients.actions import reply
from patients.models import DataQuery, DataQueryMessage
from records.actions import StaleVersion
from tests.forms import errors_in, fields_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


def asked(world: World) -> Any:
    return world.add(DataQuery, patient=world.patient(), table="patients.patient", row=1, text="Sex is not known.")


def test_a_reply_is_kept_with_its_author_and_moves_the_state(client: Client, world: World) -> None:
    query = asked(world)
    client.force_login(world.users["abstractor"])
    page = reverse("admin:patients_dataquery_change", args=[query.pk])
    data = fields_of(client.get(page).content.decode(), "dataquery")
    response = client.post(page, data | {"_reply": "The chart <b>does</b> not say.", "state": "answered"})
    assert response.status_code == 302, errors_in(response)
    query.refresh_from_db()
    assert (query.state, query.version) == ("answered", 2)
    (message,) = query.messages.all()
    assert (message.author, message.text) == (world.users["abstractor"], "The chart <b>does</b> not say.")
    shown = client.get(page).content.decode()
    assert "abstractor: The chart &lt;b&gt;does&lt;/b&gt; not say." in shown
    client.post(page, fields_of(shown, "dataquery") | {"state": "closed"})
    query.refresh_from_db()
    assert (query.state, query.messages.count()) == ("closed", 1)


def test_who_only_reads_sees_the_conversation_and_no_field_to_reply(client: Client, world: World) -> None:
    query = asked(world)
    reply(query, by=world.admin, version=1, text="Ask the ward.")
    client.force_login(world.users["investigator"])
    page = client.get(reverse("admin:patients_dataquery_change", args=[query.pk])).content.decode()
    assert "administrator: Ask the ward." in page
    assert 'name="_reply"' not in page
    with pytest.raises(PermissionDenied):
        reply(query, by=world.users["investigator"], version=2, text="Why?")
    assert DataQueryMessage.objects.count() == 1


def test_a_reply_needs_words_and_the_version_that_was_read(world: World) -> None:
    query = asked(world)
    with pytest.raises(ValidationError, match="Say something"):
        reply(query, by=world.admin, version=1, text=" ")
    with pytest.raises(StaleVersion):
        reply(query, by=world.admin, version=7, text="Ask the ward.", state="closed")
    query.refresh_from_db()
    assert (query.state, query.messages.count()) == ("open", 0)


def test_what_was_said_stays_as_it_was_said(world: World) -> None:
    query = asked(world)
    reply(query, by=world.admin, version=1, text="Ask the ward.")
    for change in (lambda rows: rows.update(text="Never mind."), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change(DataQueryMessage.objects.all())
    assert DataQueryMessage.objects.get().text == "Ask the ward."
