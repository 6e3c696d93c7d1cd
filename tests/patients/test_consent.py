"""Withdrawing consent, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from patients import selectors
from patients.actions import merge, withdraw_consent
from patients.models import Consent, FollowUp, Patient
from records import notices, trail
from records.actions import StaleVersion, amend

if TYPE_CHECKING:
    from tests.worlds import World

GIVEN = {"basis": "consent", "scope": "research", "date": "2012"}


def test_a_withdrawal_is_told_with_day_and_reason(world: World) -> None:
    consent = world.add(Consent, patient=world.patient(), **GIVEN)
    withdraw_consent(consent, by=world.users["abstractor"], version=1, on="2015-06", reason="Letter of June 2015")
    change = trail.history(consent)[0]
    assert (change.who, change.reason) == ("abstractor", "Letter of June 2015")
    assert [(field.label, field.new) for field in change.fields] == [("withdrawn on", "2015-06")]


def test_a_withdrawal_needs_day_reason_right_and_the_version_read(world: World) -> None:
    consent = world.add(Consent, patient=world.patient(), **GIVEN)
    for values in ({"on": "", "reason": "Letter"}, {"on": "2015", "reason": " "}, {"on": "2011", "reason": "Letter"}):
        with pytest.raises(ValidationError):
            withdraw_consent(Consent.objects.get(), by=world.admin, version=1, **values)
    with pytest.raises(PermissionDenied):
        withdraw_consent(Consent.objects.get(), by=world.users["auditor"], version=1, on="2015", reason="Letter")
    amend(consent, by=world.admin, version=1, note="p. 3")
    with pytest.raises(StaleVersion):
        withdraw_consent(Consent.objects.get(), by=world.admin, version=1, on="2015", reason="Letter")
    withdraw_consent(Consent.objects.get(), by=world.admin, version=2, on="2015", reason="Letter")
    with pytest.raises(ValidationError, match="already"):
        withdraw_consent(Consent.objects.get(), by=world.admin, version=3, on="2016", reason="Letter")


def test_whoever_withdrew_is_in_no_export(world: World) -> None:
    stays, gone, elsewhere = world.patient(), world.patient(), world.patient(world.there)
    for patient in (stays, gone):
        world.add(Consent, patient=patient, **GIVEN)
    withdraw_consent(Consent.objects.get(patient=gone), by=world.admin, version=1, on="2015", reason="Letter")
    investigator = world.users["investigator"]
    assert list(selectors.exportable(investigator, Patient.objects.order_by("pk"))) == [stays]
    assert list(selectors.exportable(world.admin, Patient.objects.order_by("pk"))) == [stays, elsewhere]
    assert not selectors.exportable(world.users["abstractor"], Patient.objects.all()).exists()
    assert selectors.withdrawn_numbers() == {gone.number}


def test_a_number_merged_since_is_held_back_too(world: World) -> None:
    keep, drop = world.patient(), world.patient()
    world.add(Consent, patient=keep, withdrawn_on="2015", **GIVEN)
    told = {"version_keep": 1, "version_drop": 1, "singles": {}, "rows": {}, "reason": "One person"}
    merge(by=world.admin, keep=keep, drop=drop, **told)  # type: ignore[arg-type]
    assert selectors.withdrawn_numbers() == {keep.number, drop.number}


def test_the_forms_of_the_chart_say_so_and_entry_goes_on(world: World) -> None:
    patient = world.patient()
    world.add(Consent, patient=patient, **GIVEN)
    assert notices.about(patient) == []
    withdraw_consent(Consent.objects.get(), by=world.admin, version=1, on="2015", reason="Letter")
    assert notices.about(patient) == [
        "Consent was withdrawn on 2015, and no other stands. Enter nothing but corrections."
    ]
    world.add(Consent, patient=patient, **(GIVEN | {"scope": "registry", "date": "2015"}))
    assert notices.about(patient) == ["Consent was withdrawn on 2015. Enter what is still consented to: registry only."]
    world.add(FollowUp, patient=patient, date="2016", status="alive")
