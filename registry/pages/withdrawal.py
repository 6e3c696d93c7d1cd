"""Recording that a patient withdrew consent."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients import selectors
from patients.actions import withdraw_consent
from patients.models import Consent
from records import access
from records.access import signed_in
from records.actions import StaleVersion
from records.forms import PartialDate


class WithdrawalForm(forms.Form):
    """Which consent, in the version that was read; when; how it was said."""

    consent = forms.ChoiceField(label="What is withdrawn")
    on = PartialDate(label="Withdrawn on")
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
        help_text="How the withdrawal was given, such as a letter and its date. Kept in the history.",
    )

    def __init__(self, *args: Any, consents: list[Consent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["consent"].choices = [(key_of(row), words_of(row)) for row in consents]  # type: ignore[attr-defined]


def key_of(consent: Consent) -> str:
    return f"{consent.pk}:{consent.version}"


def words_of(consent: Consent) -> str:
    return f"{consent.get_basis_display()} of {consent.date}: {consent.get_scope_display().lower()}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, number: str) -> HttpResponse:
    """What is withdrawn, when and how; and what follows from it."""
    user = signed_in(request)
    patient = get_object_or_404(selectors.patients(user), number=number)
    if not access.may(user, Consent.written_under, patient.centre_id):
        raise PermissionDenied("Your roles do not allow you to record a withdrawal.")
    consents = list(Consent.objects.filter(patient=patient, voided_at=None, withdrawn_on=None).order_by("-date_first"))
    form = WithdrawalForm(request.POST or None, consents=consents)
    if request.method == "POST" and form.is_valid() and done(request, consents, form):
        return redirect("chart", number=number)
    context = {"title": "Consent withdrawn", "patient": patient, "form": form, "consents": consents}
    return render(request, "pages/withdrawal.html", context)


def done(request: HttpRequest, consents: list[Consent], form: WithdrawalForm) -> bool:
    given = form.cleaned_data
    consent = next(row for row in consents if key_of(row) == given["consent"])
    try:
        withdraw_consent(
            consent, by=signed_in(request), version=consent.version, on=given["on"], reason=given["reason"]
        )
    except StaleVersion as stale:
        form.add_error(None, f"{stale} Look at it again.")
        return False
    except ValidationError as error:
        # Right, reason and version were seen to before; what is left to refuse is the day.
        form.add_error("on", error.messages)
        return False
    messages.success(request, f"{consent.patient}: consent withdrawn on {given['on']}.")
    return True
