"""Registering patients and moving them between centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from patients.actions import record_identity, register, register_many, transfer
from patients.models import Diagnosis, Identity, Patient
from patients.selectors import by_hospital_number, live, patients
from records import trail
from records.actions import StaleVersion, amend
from records.models import Membership, Registry, Source
from tests.at_once import at_once

if TYPE_CHECKING:
    from records.models import User
    from tests.worlds import World


@pytest.fixture
def mover(world: World) -> User:
    """A data manager of both centres."""
    Membership.objects.create(user=world.users["manager"], centre=world.there, role="manager")
    return world.users["manager"]


def test_numbers_follow_each_other_in_each_registry(world: World) -> None:
    other = Registry.objects.create(code="larynx", title="Larynx", number_prefix="LAR")
    first, second = world.patient(), world.patient(world.there)
    third = register(by=world.admin, registry=other, centre=world.here)
    rows = [{"sex": "male"}, {"sex": "female"}]
    many = register_many(by=world.admin, registry=world.registry, centre=world.here, rows=rows, source=Source.IMPORT)
    assert [patient.number for patient in (first, second, third, *many)] == [
        "NPC-000001",
        "NPC-000002",
        "LAR-000001",
        "NPC-000003",
        "NPC-000004",
    ]


def test_a_refused_patient_takes_no_number(world: World) -> None:
    for values in ({"sex": "x"}, {"birth_date": "next year"}, {"age_at_reference": 50}):
        with pytest.raises(ValidationError):
            world.patient(**values)
    with pytest.raises(ValidationError):
        register_many(
            by=world.admin, registry=world.registry, centre=world.here, rows=[{}, {"sex": "x"}], source=Source.IMPORT
        )
    assert world.patient().number == "NPC-000001"


@pytest.mark.django_db(transaction=True)
def test_no_number_is_given_twice_to_those_who_register_at_once(world: World) -> None:
    given = at_once(*([lambda: [world.patient().number for _ in range(5)]] * 4))
    assert sorted(number for numbers in given for number in numbers) == [f"NPC-{n:06d}" for n in range(1, 21)]


def test_a_patient_moves_with_identity_and_records(world: World, mover: User) -> None:
    patient = world.patient()
    record_identity(patient, by=world.admin, name="Canary", hospital_number="H-1")
    diagnosis = world.add(Diagnosis, patient=patient)
    moved = transfer(patient, by=mover, version=1, to=world.there, reason="Treated there from now on")
    assert (moved.centre, moved.version, moved.updated_by) == (world.there, 2, mover)
    assert Identity.objects.get().centre == world.there
    assert list(by_hospital_number(world.admin, "H-1")) == [patient]
    abstractor = world.users["abstractor"]
    assert patient not in patients(abstractor)
    assert diagnosis not in live(abstractor, Diagnosis)
    assert patient in patients(mover)
    change = trail.history(patient)[0]
    assert (change.who, change.reason) == ("manager", "Treated there from now on")
    assert [(field.old, field.new) for field in change.fields] == [("This centre", "That centre")]


def test_only_a_manager_of_both_centres_moves_a_patient_and_says_why(world: World, mover: User) -> None:
    patient = world.patient()
    Membership.objects.create(user=world.users["abstractor"], centre=world.there, role="abstractor")
    Membership.objects.create(user=world.users["auditor"], centre=world.here, role="manager")
    for name in ("abstractor", "auditor", "stranger"):
        with pytest.raises(PermissionDenied):
            transfer(patient, by=world.users[name], version=1, to=world.there, reason="Treated there")
    with pytest.raises(ValidationError, match="Say why"):
        transfer(patient, by=mover, version=1, to=world.there, reason=" ")
    assert Patient.objects.get().centre == world.here


def test_a_patient_whose_number_is_taken_there_stays_whole(world: World, mover: User) -> None:
    patient, other = world.patient(), world.patient(world.there)
    for one in (patient, other):
        record_identity(one, by=world.admin, hospital_number="H-1")
    with pytest.raises(ValidationError, match="This hospital number belongs to another patient of the centre"):
        transfer(patient, by=mover, version=1, to=world.there, reason="Treated there")
    stored = Patient.objects.get(pk=patient.pk)
    assert (stored.centre, stored.version) == (world.here, 1)
    assert Identity.objects.get(patient=patient).centre == world.here


def test_a_patient_changed_in_the_meantime_is_not_moved(world: World, mover: User) -> None:
    patient = world.patient()
    record_identity(patient, by=world.admin, name="Canary")
    amend(Patient.objects.get(), by=world.admin, version=1, sex="male")
    with pytest.raises(StaleVersion):
        transfer(patient, by=mover, version=1, to=world.there, reason="Treated there")
    assert Identity.objects.get().centre == Patient.objects.get().centre == world.here
