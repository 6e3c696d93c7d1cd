"""Who a patient is: unreadable wherever it is stored, gone for good with the person's key, found by exact number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from patients import identity
from patients.actions import erase_identity, record_identity
from patients.models import Identity, IdentityKey, Patient
from patients.selectors import by_hospital_number, identity_of
from records import trail
from records.actions import StaleVersion

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.worlds import World

CANARY = {
    "name": "Quetzalcoatl Canary",
    "hospital_number": "H-998877",
    "national_id": "440102-1966",
    "phone": "555 1234",
    "address": "3 Canary Row",
}


def known(world: World, **values: str) -> Patient:
    patient = world.patient()
    record_identity(patient, by=world.admin, **(values or CANARY))
    return patient


def everything_stored() -> bytes:
    """Every row of every table, as the database itself writes it."""
    content = b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                content += b"".join(bytes(block) for block in copy)
    return content


def in_clear(text: str) -> list[bytes]:
    """How a text would be found in a dump: as it is, and as the bytes of a binary column are written."""
    return [text.encode(), text.encode().hex().encode()]


def test_no_table_holds_a_word_of_it(world: World) -> None:
    patient = known(world)
    record_identity(patient, by=world.admin, phone="555 9999")
    stored = everything_stored()
    assert patient.number.encode() in stored
    assert [text for text in [*CANARY.values(), "555 9999"] for form in in_clear(text) if form in stored] == []


def test_who_may_see_it_reads_it_and_nobody_else(world: World) -> None:
    patient = known(world)
    for role in ("abstractor", "coordinator", "manager", "administrator"):
        assert identity_of(world.users[role], patient) == CANARY
    for role in ("investigator", "auditor", "stranger"):
        with pytest.raises(PermissionDenied):
            identity_of(world.users[role], patient)
    with pytest.raises(PermissionDenied):
        record_identity(patient, by=world.users["coordinator"], phone="1")


def test_a_change_of_one_value_leaves_the_others_and_knows_versions(world: World) -> None:
    patient = known(world)
    row = record_identity(patient, by=world.admin, version=1, reason="p. 2", phone="")
    assert identity_of(world.admin, patient) == {name: CANARY[name] for name in CANARY if name != "phone"}
    assert trail.history(row)[0].reason == "p. 2"
    with pytest.raises(StaleVersion):
        record_identity(patient, by=world.admin, version=1, name="Another")
    with pytest.raises(ValidationError, match="No such identity field"):
        record_identity(patient, by=world.admin, nickname="Q")


def test_the_same_value_of_two_persons_looks_different(world: World) -> None:
    known(world, name="Li Wei")
    known(world, name="Li Wei")
    one, other = Identity.objects.values_list("name", flat=True)
    assert bytes(one) != bytes(other)


def test_with_the_key_the_row_and_its_copies_in_the_trail_go_dark(world: World) -> None:
    patient = known(world)
    row = Identity.objects.get()
    key = IdentityKey.objects.get(patient=patient)
    token, wrapped = bytes(row.name), bytes(key.wrapped)
    assert identity.decrypt(token, wrapped) == CANARY["name"]
    erase_identity(patient, by=world.users["manager"], reason="The person asked for it")
    assert identity_of(world.admin, patient) == {}
    assert list(by_hospital_number(world.admin, CANARY["hospital_number"])) == []
    events: Any = trail.events_of(Identity)
    assert bytes(events.objects.order_by("pgh_id")[0].name) == token, "the copy is there, and no key opens it"
    stored = everything_stored()
    for secret in (wrapped, identity.blind_index(CANARY["hospital_number"]).encode()):
        assert secret not in stored
        assert secret.hex().encode() not in stored
    latest = trail.history(row)[0]
    assert (latest.who, latest.reason) == ("manager", "The person asked for it")


def test_it_is_erased_from_void_rows_too_and_can_be_entered_anew(world: World) -> None:
    from records.actions import void

    patient = known(world)
    void(Identity.objects.get(), by=world.admin, version=1, reason="Another person's")
    record_identity(patient, by=world.admin, name="Right Person", hospital_number="H-2")
    erase_identity(patient, by=world.admin, reason="The person asked for it")
    left = Identity.objects.values_list("name", "hospital_number", "hospital_number_index", "national_id_index")
    assert set(left) == {(None, None, None, None)}
    record_identity(patient, by=world.admin, phone="555 0000")
    assert identity_of(world.admin, patient) == {"phone": "555 0000"}


@pytest.mark.parametrize(("role", "reason"), [("abstractor", "asked"), ("coordinator", "asked"), ("manager", " ")])
def test_erasing_takes_a_manager_and_a_reason(world: World, role: str, reason: str) -> None:
    patient = known(world)
    with pytest.raises((PermissionDenied, ValidationError)):
        erase_identity(patient, by=world.users[role], reason=reason)
    assert identity_of(world.admin, patient) == CANARY


def test_keys_can_be_rotated_and_the_old_one_withdrawn(world: World, settings: SettingsWrapper) -> None:
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    before, after = known(world), None
    settings.FIELD_KEYS = (new, old)
    after = known(world, name="Later")
    assert (identity_of(world.admin, before), identity_of(world.admin, after)) == (CANARY, {"name": "Later"})
    call_command("rewrap_identity_keys", verbosity=0)
    settings.FIELD_KEYS = (new,)
    assert (identity_of(world.admin, before), identity_of(world.admin, after)) == (CANARY, {"name": "Later"})


def test_a_number_is_found_exactly_however_it_is_written(world: World) -> None:
    patient = known(world, hospital_number="h-0098 877")
    known(world, hospital_number="H-98877")

    def found(number: str, role: str = "abstractor") -> list[Patient]:
        return list(by_hospital_number(world.users[role], number))

    for written in ("H-0098877", "h0098877", " H 0098.877 ", "Ｈ－００９８８７７"):
        assert found(written) == [patient], written
    for other in ("H-009887", "H-00988777", "0098877", "", "H-0098878"):
        assert found(other) == [], other
    assert found("H-0098877", "investigator") == []


def test_a_number_is_looked_for_at_the_users_centres_alone(world: World) -> None:
    theirs = world.patient(world.there)
    record_identity(theirs, by=world.admin, hospital_number="H-1")
    assert list(by_hospital_number(world.users["abstractor"], "H-1")) == []
    assert list(by_hospital_number(world.admin, "H-1")) == [theirs]
    known(world, hospital_number="H-1")  # the other centre's number is free at this one
    with pytest.raises(ValidationError, match="another patient of the centre"):
        known(world, hospital_number="h 1")


@given(st.text("0123456789abCD-/ ", min_size=1, max_size=12), st.text("0123456789abCD-/ ", min_size=1, max_size=12))
def test_two_numbers_share_an_index_just_when_their_letters_and_digits_agree(one: str, other: str) -> None:
    def letters(text: str) -> str:
        return "".join(sign for sign in text.lower() if sign in "0123456789abcd")

    assert (identity.blind_index(one) == identity.blind_index(other)) == (letters(one) == letters(other))
