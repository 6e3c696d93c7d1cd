"""Withdrawing consent."""

from django.core.exceptions import ValidationError

from patients.models import Consent
from records.actions import amend
from records.models import Source, User


def withdraw_consent(
    consent: Consent, *, by: User, version: int, on: str, reason: str, source: str = Source.CHART
) -> Consent:
    """Record that the consent (or what a waiver stood for) was withdrawn on a day.

    From then on the patient is no part of analyses whose criteria ask for it, and no rows of the patient leave the
    registry (``selectors.exportable``). The records stay.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say how the withdrawal was given."}, code="reason")
    if not on:
        raise ValidationError({"on": "Give the date of the withdrawal."}, code="on")
    if consent.withdrawn_on is not None:
        raise ValidationError(f"This consent was withdrawn on {consent.withdrawn_on} already.", code="withdrawn")
    return amend(consent, by=by, version=version, reason=reason, source=source, withdrawn_on=on)
