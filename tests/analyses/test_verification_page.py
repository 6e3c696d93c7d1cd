"""The page of the verification: what it shows, who sees it, and that it computes once and asks the database nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from analyses.verification import Verification, run, software, verify
from analyses.views import verification
from records.models import Membership, User
from records.roles import Role
from tests.analyses.world import World

ADDRESS = "analyses:verification"


@pytest.fixture(autouse=True)
def few_cases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Enough for a page; that all agree is tested elsewhere."""
    quick = {"logrank", "e_value", "kaplan_meier", "tie_draws"}
    monkeypatch.setattr(run, "SHIPPED", tuple(case for case in run.SHIPPED if case.key.method in quick))
    verification._verified.cache_clear()
    yield
    verification._verified.cache_clear()


def page_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(reverse(ADDRESS))
    assert response.status_code == 200
    return response.content.decode()


def test_numbers_sources_versions_and_lines_to_sign_are_shown(world: World) -> None:
    text = page_of(world.eva)
    for part in (
        "All agree",
        escape("survdiff(Surv(t, status) ~ Rx, leukemia)"),
        "VanderWeele and Ding",
        "16.79294099",
        "Freireich",
        "functions covered",
        software().source[:12],
        "lifelines",
        "cmprsk",
        "Principal investigator",
    ):
        assert part in text, part
    assert timezone.now().strftime("%Y-%m-%d") in text
    assert "missed" not in text


def test_a_miss_comes_first_and_says_what_it_means(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_a_miss() -> Verification:
        found = verify()
        return replace(found, checks=(replace(found.checks[0], found=17.0), *found.checks[1:]))

    monkeypatch.setattr(verification, "verify", with_a_miss)
    text = page_of(world.eva)
    assert "1 missed" in text
    assert text.index("17 instead of") < text.index("Relative difference")
    assert "Do not report results of these functions" in text
    assert "All agree" not in text


def test_it_is_computed_once_in_a_process(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = verify()
    answers = iter([found])
    monkeypatch.setattr(verification, "verify", lambda: next(answers))
    for _ in range(2):
        assert escape(found.summary) in page_of(world.eva)


def test_it_asks_the_database_nothing_of_its_own(world: World) -> None:
    client = Client()
    client.force_login(world.eva)
    client.get(reverse(ADDRESS))

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    assert asked(reverse(ADDRESS)) <= asked(reverse("account"))


def test_those_who_sign_find_it_in_the_navigation_and_others_do_not(world: World) -> None:
    auditor = User.objects.create_user("aud")
    Membership.objects.create(user=auditor, centre=world.east, role=Role.AUDITOR)
    address = reverse(ADDRESS)
    for user, sees in ((world.eva, True), (world.admin, True), (auditor, True), (world.abe, False)):
        client = Client()
        client.force_login(user)
        home = client.get(reverse("home")).content.decode()
        assert (f'href="{address}"' in home) is sees
        assert client.get(address).status_code == (200 if sees else 403)
