"""Checks and people at the same query in the same moment."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from patients.actions import answer, check_patients
from patients.models import DataQuery
from records.actions import StaleVersion, amend
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Any:
    from tests.worlds import build

    return build()


def test_two_checks_of_one_patient_open_each_query_once(world: Any) -> None:
    patient = world.patient()
    outcomes = at_once(*[lambda: check_patients([patient.pk])] * 4)
    keys = list(DataQuery.objects.values_list("rule", "row"))
    assert len(keys) == len(set(keys)) > 0
    assert sum(outcome.opened for outcome in outcomes) <= len(keys)


def test_an_answer_beside_the_check_that_closes_is_not_lost_or_is_told(world: Any) -> None:
    patient = world.patient()
    check_patients([patient.pk])
    query = DataQuery.objects.get(rule="PT-01")

    def said() -> str:
        try:
            answer(DataQuery.objects.get(pk=query.pk), by=world.admin, version=1, text="The chart does not say.")
        except (StaleVersion, ValidationError):
            return "told"
        return "kept"

    outcome, _ = at_once(said, lambda: amend(patient, by=world.admin, version=1, sex="male"))
    query.refresh_from_db()
    assert query.state == "closed"
    states = [message.state for message in query.messages.all()]
    assert states == (["answered", "closed"] if outcome == "kept" else ["closed"])


def test_the_nightly_check_says_what_it_did(world: Any, capsys: Any) -> None:
    patient = world.patient()
    DataQuery.objects.get(rule="PT-01")
    DataQuery.objects.filter(rule="PT-01").update(state="closed")
    call_command("check_data")
    said = capsys.readouterr().out
    assert "0 opened, 1 opened again, 0 closed" in said
    assert DataQuery.objects.get(rule="PT-01", patient=patient).state == "open"
