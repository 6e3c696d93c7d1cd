"""Vital status is derived; the filter of the list and the column of the list derive the same."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from patients.models import Death, FollowUp, Patient
from patients.selectors import of_vital_status, with_vital_status
from records.actions import void

if TYPE_CHECKING:
    from tests.worlds import World

CONTACTS = ("alive", "lost", "dead", "nobody", "void")


def expected(contacts: tuple[str, str], death: str) -> str:
    """The slow version: a live death decides, else the last live contact."""
    if death == "dead":
        return "dead"
    said = [contact for contact in contacts if contact not in ("nobody", "void")]
    return said[-1] if said else "unknown"


def test_each_history_has_the_one_status_that_list_and_filter_agree_on(world: World) -> None:
    told = {}
    for contacts in product(CONTACTS, CONTACTS):
        for death in ("dead", "void", "none"):
            patient = world.patient()
            told[patient.pk] = expected(contacts, death)
            for year, contact in zip(("2014", "2015"), contacts, strict=True):
                if contact != "nobody":
                    status = "alive" if contact == "void" else contact
                    row = world.add(FollowUp, patient=patient, date=year, status=status)
                    if contact == "void":
                        void(row, by=world.admin, version=1, reason="a test")
            if death != "none":
                row = world.add(Death, patient=patient, date="2016", cause="cancer")
                if death == "void":
                    void(row, by=world.admin, version=1, reason="a test")
    derived = with_vital_status(Patient.objects.all())
    assert {patient.pk: patient.vital_status for patient in derived} == told  # type: ignore[attr-defined]
    for status in ("alive", "dead", "lost", "unknown"):
        found = set(of_vital_status(Patient.objects.all(), status).values_list("pk", flat=True))
        assert found == {pk for pk, known in told.items() if known == status}, status


def test_the_latest_contact_is_the_one_that_ends_last(world: World) -> None:
    patient = world.patient()
    for date, status in (("2014-12-31", "alive"), ("2014-06", "lost"), ("2014-12", "lost")):
        world.add(FollowUp, patient=patient, date=date, status=status)
    found = with_vital_status(Patient.objects.all()).get()
    assert (found.vital_status, found.last_contact) == ("lost", "2014-12")  # type: ignore[attr-defined]
