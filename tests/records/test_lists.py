"""Lists of records stay quick in a large registry, and say where they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from patients.models import FollowUp
from records.actions import amend
from records.admin import base
from records.admin.lists import FirstPages

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from tests.worlds import World

LIST = "admin:patients_followup_changelist"


@pytest.fixture
def client(client: Client, world: World) -> Client:
    client.force_login(world.users["abstractor"])
    return client


def contacts(world: World, *patients: Any) -> None:
    for patient in patients:
        for year in ("2013", "2014"):
            world.add(FollowUp, patient=patient, date=year, status="alive")


def numbers(client: Client, **query: str) -> list[str]:
    rows = client.get(reverse(LIST), query).context["cl"].result_list
    return sorted(row.patient.number for row in rows)


def test_a_list_counts_no_further_than_anybody_reads(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts(world, world.patient(), world.patient())
    assert "4 follow-up contacts" in client.get(reverse(LIST)).content.decode()
    monkeypatch.setattr(FirstPages, "MOST", 3)
    page = client.get(reverse(LIST), {"q": "NPC"})
    assert page.context["cl"].paginator.more
    assert "The first 3 follow-up contacts; search or filter for the others" in page.content.decode()
    assert "more than 3 found" in page.content.decode()


@pytest.mark.parametrize("few", [0, 1, 1000])
def test_a_search_finds_the_rows_of_the_patients_whose_number_matches(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Whether the patients are looked up first or are too many for that."""
    monkeypatch.setattr(base, "FEW", few)
    one, other, theirs = world.patient(), world.patient(), world.patient(world.there)
    contacts(world, one, other, theirs)
    assert numbers(client, q="npc-000001") == [one.number] * 2
    assert numbers(client, q="0002") == [other.number] * 2
    assert numbers(client, q="NPC 0001") == [one.number] * 2
    assert numbers(client, q="NPC") == [one.number] * 2 + [other.number] * 2
    assert numbers(client, q=theirs.number) == []
    assert numbers(client, q=" ") == numbers(client) == [one.number] * 2 + [other.number] * 2


def test_a_change_is_checked_by_few_questions(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from patients.models import Diagnosis

    row = world.add(Diagnosis, patient=world.patient())
    with django_assert_max_num_queries(18):
        amend(row, by=world.admin, version=1, t_category="T3", height_cm=170)
