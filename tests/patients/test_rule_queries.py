"""Queries open, close and open again by themselves, as the data break the rules or no longer do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from patients.actions import answer, check_all, check_patients
from patients.models import DataQuery, Patient
from records.actions import amend, void

if TYPE_CHECKING:
    from tests.worlds import World


def query() -> Any:
    return DataQuery.objects.get(rule="PT-01")


def test_a_rule_that_is_broken_opens_one_query_however_often_it_is_asked(world: World) -> None:
    patient = world.patient()
    assert check_patients([patient.pk]).opened > 0
    assert check_patients([patient.pk]).opened == 0
    assert check_all().opened == 0
    assert (query().patient, query().state, query().severity) == (patient, "open", "missing")
    assert (query().table, query().row, query().field) == ("patients.patient", patient.pk, "sex")


def test_a_query_closes_itself_when_the_data_are_right_and_opens_again_when_they_break(world: World) -> None:
    patient = world.patient()
    check_patients([patient.pk])
    amend(patient, by=world.admin, version=1, sex="male")
    check_patients([patient.pk])
    assert query().state == "closed"
    amend(patient, by=world.admin, version=2, sex=None)
    check_patients([patient.pk])
    assert query().state == "open"
    assert [message.state for message in query().messages.all()] == ["closed", "open"]


def test_an_answer_holds_as_long_as_the_value_does(world: World) -> None:
    patient = world.patient()
    check_patients([patient.pk])
    answer(query(), by=world.admin, version=1, text="The chart does not say.")
    check_patients([patient.pk])
    assert query().state == "answered"


def test_a_save_asks_the_rules_of_its_patient_once_it_is_committed(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        patient = world.patient()
    assert query().patient == patient
    with django_capture_on_commit_callbacks(execute=True):
        amend(patient, by=world.admin, version=1, sex="male")
    assert query().state == "closed"


@pytest.mark.parametrize("ask", [check_all, lambda: check_patients(Patient.objects.values_list("pk", flat=True))])
def test_nothing_is_asked_of_a_void_patient(world: World, ask: Any) -> None:
    patient = world.patient()
    ask()
    void(patient, by=world.admin, version=1, reason="No such person")
    ask()
    assert query().state == "closed"
