"""Signing a chart off, and unlocking it: the state that the chart shows, and the page that asks before."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients import actions, selectors
from patients.models import UNSETTLED, ChartLock, DataQuery, Patient
from records import access
from records.access import signed_in
from records.roles import Act


class SignOffForm(forms.Form):
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class UnlockForm(forms.Form):
    reason = forms.CharField(
        label="Reason", max_length=200, help_text="Kept in the history with your name.", widget=forms.TextInput()
    )


def state_of(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """What ``pages/lock_state.html`` shows of a chart."""
    return {
        "lock": lock_of(request, patient),
        "may_sign_off": patient.second_of_id is None and access.may(request.user, Act.ENTER, patient.centre_id),
        "may_unlock": access.may(request.user, Act.MANAGE, patient.centre_id),
    }


def lock_of(request: HttpRequest, patient: Patient) -> ChartLock | None:
    locks = selectors.live(request.user, ChartLock).filter(patient=patient)
    return locks.select_related("created_by").first()


@login_required
@require_http_methods(["GET", "POST"])
def sign_off(request: HttpRequest, number: str) -> HttpResponse:
    """Declare a chart complete and right."""
    patient = get_object_or_404(selectors.patients(request.user), number=number)
    access.require(request.user, Act.ENTER, patient.centre_id)
    form = SignOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_off(patient, by=signed_in(request), note=form.cleaned_data["note"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The chart of {patient} is signed off.")
            return redirect("chart", number=number)
    context = {
        "title": "Sign off this chart",
        "patient": patient,
        "form": form,
        "contradictions": actions.contradictions(patient),
        "n_queries": selectors.live(request.user, DataQuery).filter(state__in=UNSETTLED, patient=patient).count(),
    }
    return render(request, "pages/sign_off.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest, number: str) -> HttpResponse:
    """End a sign-off with a reason, without a change of the chart."""
    patient = get_object_or_404(selectors.patients(request.user), number=number)
    access.require(request.user, Act.MANAGE, patient.centre_id)
    form = UnlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.unlock(patient, by=signed_in(request), reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The chart of {patient} is unlocked.")
            return redirect("chart", number=number)
    context = {"title": "Unlock this chart", "patient": patient, "form": form, "lock": lock_of(request, patient)}
    return render(request, "pages/unlock.html", context)
