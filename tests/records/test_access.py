"""Who sees which patients and may do what: one table of roles, and what a user without the right can tell."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from patients import selectors
from patients.models import Diagnosis, Patient
from records import access
from records.models import Centre, Membership, User
from records.roles import Act, Role

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World

# What each role may do at its centre, written out apart from the code.
TABLE = {
    "abstractor": "view enter follow_up see_identity edit_identity",
    "investigator": "view analyse export",
    "coordinator": "view follow_up see_identity",
    "manager": "view enter follow_up see_identity edit_identity analyse export import manage",
    "auditor": "view audit",
}
ROLES, ACTS = sorted(Role.values), sorted(Act.values)


def person(name: str, *roles: tuple[Centre, str], **values: Any) -> User:
    user = User.objects.create(username=name, **values)
    for centre, role in roles:
        Membership.objects.create(user=user, centre=centre, role=role)
    return user


def seen(user: Any, act: str) -> set[str]:
    """Codes of the centres whose rows a user may act on: of patients, and of what belongs to them."""
    patients = access.visible_to(user, Patient.objects.all(), Act(act))
    diagnoses = access.visible_to(user, Diagnosis.objects.all(), Act(act))
    codes = set(patients.values_list("centre__code", flat=True))
    assert codes == set(diagnoses.values_list("patient__centre__code", flat=True))
    return codes


@pytest.fixture
def two_charts(world: World) -> World:
    for centre in (world.here, world.there):
        world.add(Diagnosis, patient=world.patient(centre))
    return world


def test_the_table_names_every_role_and_act() -> None:
    assert set(TABLE) == set(ROLES)
    assert {act for acts in TABLE.values() for act in acts.split()} == set(ACTS)


def test_each_role_sees_and_does_what_the_table_says_at_its_own_centre_alone(two_charts: World) -> None:
    expected = {(role, act): {"HERE"} if act in TABLE[role].split() else set() for role, act in product(ROLES, ACTS)}
    found = {(role, act): seen(two_charts.users[role], act) for role, act in product(ROLES, ACTS)}
    assert found == expected


@pytest.mark.parametrize("act", ACTS)
def test_who_stands_outside_the_roles(two_charts: World, act: str) -> None:
    here, everywhere = two_charts.here, {"HERE", "THERE"}
    assert seen(two_charts.admin, act) == everywhere
    assert seen(two_charts.users["stranger"], act) == set()
    assert seen(AnonymousUser(), act) == set()
    assert seen(person("left", (here, "manager"), is_active=False), act) == set()
    assert seen(person("left too", is_active=False, is_superuser=True), act) == set()


def test_roles_at_two_centres_are_kept_apart(two_charts: World) -> None:
    both = person("both", (two_charts.here, "abstractor"), (two_charts.there, "investigator"))
    assert {act: seen(both, act) for act in ("view", "enter", "analyse")} == {
        "view": {"HERE", "THERE"},
        "enter": {"HERE"},
        "analyse": {"THERE"},
    }
    assert access.may(both, Act.ENTER)
    assert not access.may(both, Act.ENTER, two_charts.there)
    with pytest.raises(PermissionDenied, match="enter and change charts at That centre"):
        access.require(both, Act.ENTER, two_charts.there)


def test_a_role_taken_is_gone_at_the_next_request(two_charts: World) -> None:
    user = two_charts.users["abstractor"]
    assert seen(user, "view") == {"HERE"}
    user.memberships.all().delete()  # type: ignore[attr-defined]
    assert seen(User.objects.get(pk=user.pk), "view") == set()


def test_selectors_show_live_unmerged_patients_of_the_users_centres(two_charts: World) -> None:
    from records.actions import void

    one, other, third = (two_charts.patient() for _ in range(3))
    void(one, by=two_charts.admin, version=1, reason="Entered twice")
    Patient.objects.filter(pk=other.pk).update(merged_into=third)
    diagnosis = two_charts.add(Diagnosis, patient=third)
    user = two_charts.users["abstractor"]
    numbers = {patient.number for patient in selectors.patients(user)}
    assert third.number in numbers
    assert not numbers & {one.number, other.number}
    assert diagnosis in selectors.live(user, Diagnosis)
    void(third, by=two_charts.admin, version=1, reason="No such person")
    assert diagnosis not in selectors.live(user, Diagnosis)


@pytest.mark.parametrize("role", ROLES)
def test_a_patient_of_another_centre_looks_like_one_that_does_not_exist(
    client: Client, two_charts: World, role: str
) -> None:
    """Status and page, but for the number that was asked for."""
    theirs = Patient.objects.get(centre=two_charts.there)
    client.force_login(two_charts.users[role])
    pairs = [
        (reverse("chart", args=[theirs.number]), reverse("chart", args=["NPC-999999"])),
        (
            reverse("admin:patients_patient_change", args=[theirs.pk]),
            reverse("admin:patients_patient_change", args=[999999]),
        ),
        (f"/api/v1/patients/{theirs.number}/", "/api/v1/patients/NPC-999999/"),
    ]
    for forbidden, absent in pairs:
        one, other = client.get(forbidden), client.get(absent)
        assert one.status_code == other.status_code == 404
        assert bare(one, forbidden) == bare(other, absent)


def bare(response: Any, url: str) -> str:
    return str(response.content.decode().replace(url, "ADDRESS"))
