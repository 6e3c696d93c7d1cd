"""Moving a patient to another centre."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients import selectors
from patients.actions import transfer
from patients.models import Patient
from records import access
from records.access import signed_in
from records.actions import StaleVersion
from records.models import Centre, User
from records.roles import Act


class TransferForm(forms.Form):
    to = forms.ModelChoiceField(Centre.objects.none(), label="To", empty_label="Choose")
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
        help_text="Kept in the history for good.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, centres: QuerySet[Centre], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["to"].queryset = centres  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Choose the centre and say why."""
    user = signed_in(request)
    patient = get_object_or_404(selectors.patients(user).select_related("centre"), number=number)
    if not access.may(user, Act.MANAGE, patient.centre_id):
        raise PermissionDenied("Your roles do not allow you to move this patient.")
    centres = centres_to(user, patient)
    form = TransferForm(request.POST or None, centres=centres, initial={"version": patient.version})
    if request.method == "POST" and form.is_valid() and done(request, patient, form):
        return redirect("chart", number=number)
    context = {"title": "Move to another centre", "patient": patient, "form": form, "centres": centres}
    return render(request, "pages/transfer.html", context)


def centres_to(user: User, patient: Patient) -> QuerySet[Centre]:
    """Where the user may move the patient."""
    managed = access.centres_of(user, Act.MANAGE)
    others = Centre.objects.exclude(pk=patient.centre_id)
    return others if managed is None else others.filter(pk__in=managed)


def done(request: HttpRequest, patient: Patient, form: TransferForm) -> bool:
    try:
        transfer(patient, by=signed_in(request), **form.cleaned_data)
    except StaleVersion as stale:
        form.add_error(None, f"{stale} Look at the chart again before you move it.")
        return False
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, f"{patient} is now a patient of {patient.centre}.")
    return True
