"""The idle timeout: what a user does renews the session, what a page asks by itself does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from registry.idle import GRAIN
from tests.forms import fields_of

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from tests.worlds import World


def ends_at(client: Client) -> Any:
    from django.contrib.sessions.models import Session

    return Session.objects.get(pk=client.session.session_key).expire_date


def last_seen(client: Client, seconds: int) -> None:
    session = client.session
    session["seen"] = int(time.time()) - seconds
    session.save()


@pytest.fixture
def client(client: Client, world: World) -> Client:
    client.force_login(world.users["abstractor"])
    return client


def test_what_a_user_does_puts_the_end_off_and_a_question_of_the_page_does_not(client: Client) -> None:
    last_seen(client, GRAIN + 1)
    before = ends_at(client)
    assert client.get(reverse("session")).json()["user"] == "abstractor"
    assert ends_at(client) == before
    client.get(reverse("home"))
    assert ends_at(client) > before


def test_not_every_request_costs_a_write(client: Client) -> None:
    last_seen(client, GRAIN // 2)
    before = ends_at(client)
    client.get(reverse("home"))
    assert ends_at(client) == before


def test_an_idle_session_is_over(client: Client, settings: Settings) -> None:
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    settings.SESSION_COOKIE_AGE = -1
    last_seen(client, 0)
    assert client.get(reverse("session")).json()["user"] is None
    assert client.get(reverse("home")).status_code == 302


def test_a_token_of_the_api_opens_no_session(client: Client, world: World) -> None:
    from rest_framework.authtoken.models import Token

    client.logout()
    token = Token.objects.create(user=world.users["abstractor"])
    answer = client.get("/api/v1/registries/", headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


def test_without_scripts_the_save_of_an_ended_session_leads_by_the_login_to_the_form(
    client: Client, world: World
) -> None:
    page = f"{reverse('admin:patients_diagnosis_add')}?patient={world.patient().pk}"
    data = fields_of(client.get(page).content.decode(), "diagnosis")
    client.logout()
    asked = client.post(page, data)
    user = world.users["abstractor"]
    user.set_password("a-long-enough-word")
    user.save()
    led = client.post(asked["Location"], {"login": "abstractor", "password": "a-long-enough-word"})
    assert led["Location"] == page
