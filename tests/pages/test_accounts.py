"""Login: five failures lock and look the same for anybody, the session changes its key, demo accounts are for demos."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from tests.worlds import World

PASSWORD = "a-long-enough-word"


@pytest.fixture
def abstractor(world: World) -> Any:
    cache.clear()
    user = world.users["abstractor"]
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(client: Client, name: str, password: str) -> Any:
    return client.post(reverse("account_login"), {"login": name, "password": password})


def test_the_right_password_opens_home_under_a_new_session_key(client: Client, abstractor: Any) -> None:
    client.get(reverse("account_login"))
    session = client.session
    session["mark"] = "before"
    session.save()
    key = session.session_key
    client.cookies["sessionid"] = key
    response = attempt(client, "abstractor", PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session.session_key != key
    assert client.get(reverse("home")).status_code == 200


def test_five_failures_lock_even_the_right_password(client: Client, abstractor: Any) -> None:
    for _ in range(5):
        assert attempt(client, "abstractor", "wrong").status_code == 200
    assert attempt(client, "abstractor", PASSWORD).status_code in (200, 429)
    assert client.get(reverse("home")).status_code == 302


def said(response: Any) -> list[str]:
    form = (response.context or {}).get("form")
    return [
        str(response.status_code),
        *(str(error) for errors in (form.errors if form is not None else {}).values() for error in errors),
    ]


def test_a_known_and_an_unknown_name_are_told_the_same_all_along(client: Client, abstractor: Any) -> None:
    known = [said(attempt(client, "abstractor", "wrong")) for _ in range(7)]
    cache.clear()
    unknown = [said(attempt(client, "nobody-of-this-name", "wrong")) for _ in range(7)]
    assert known == unknown
    assert known[0] != known[6]


def test_a_success_does_not_count_as_a_failure(client: Client, abstractor: Any) -> None:
    for _ in range(4):
        attempt(client, "abstractor", "wrong")
    for _ in range(2):
        assert attempt(client, "abstractor", PASSWORD).status_code == 302
        client.logout()


def test_nobody_signs_up(client: Client, world: World) -> None:
    assert client.get("/accounts/signup/").status_code == 404


def test_demo_accounts_log_in_with_what_was_printed_once(client: Client, world: World) -> None:
    from records.models import Membership, User

    User.objects.filter(username="abstractor").update(username="somebody")
    cache.clear()
    printed = io.StringIO()
    call_command("create_demo_accounts", stdout=printed)
    line = next(line for line in printed.getvalue().splitlines() if line.startswith("Data abstractor"))
    assert attempt(client, "abstractor", line.split()[-1]).status_code == 302
    held = Membership.objects.filter(user__username="abstractor").values_list("centre__code", "role")
    assert set(held) == {("HERE", "abstractor"), ("THERE", "abstractor")}
    again = io.StringIO()
    call_command("create_demo_accounts", stdout=again)
    assert line.split()[-1] not in again.getvalue()


def test_demo_accounts_are_for_demo_mode_alone(world: World, settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("create_demo_accounts")
