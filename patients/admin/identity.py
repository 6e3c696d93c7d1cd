"""Who the patient is: its own form for those allowed, decrypted there and nowhere else."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from patients import selectors
from patients.actions import ENCRYPTED, record_identity
from patients.models import Identity
from records.access import signed_in
from records.admin import RecordAdmin
from records.admin.base import adopt
from records.admin.refusals import refusing
from records.forms import RecordForm
from records.roles import Act

LABELS = {
    "name": "Name",
    "hospital_number": "Hospital number",
    "national_id": "National ID",
    "phone": "Phone",
    "address": "Address",
}


def shower(user: Any, name: str) -> Callable[[Any], str]:
    def show(row: Any) -> str:
        return selectors.identity_of(user, row.patient).get(name, "–")

    show.__name__ = name
    show.short_description = LABELS[name]  # type: ignore[attr-defined]
    return show


class IdentityForm(RecordForm):
    name = forms.CharField(required=False, max_length=200)
    hospital_number = forms.CharField(required=False, max_length=60)
    national_id = forms.CharField(label="National ID", required=False, max_length=60)
    phone = forms.CharField(required=False, max_length=60)
    address = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ENCRYPTED:
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = "off"
        if self.instance.pk and self.user is not None:
            self.initial = {
                **self.initial,
                **dict.fromkeys(ENCRYPTED, ""),
                **selectors.identity_of(self.user, self.instance.patient),
            }

    def typed(self, name: str, stored: Any) -> Any:
        return selectors.plain(self.user, self.instance.patient, stored)

    def _post_clean(self) -> None:
        """The plain text never reaches the row; ``record_identity`` encrypts it."""


@admin.register(Identity)
class IdentityAdmin(RecordAdmin):
    single = True
    viewed_under = Act.SEE_IDENTITY
    form = IdentityForm
    list_display = ("patient", "centre", "updated_at")
    list_select_related = ("patient", "centre")
    fields = ("patient", *ENCRYPTED)
    exclude = ENCRYPTED  # the columns; the form's own fields of these names carry the plain text

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if self.entered(request, obj) else self.plain(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if self.entered(request, obj) else ["patient", *self.plain(request)]

    def entered(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or self.has_change_permission(request, obj)

    def plain(self, request: HttpRequest) -> list[Callable[[Any], str]]:
        """The values in plain text for those who may only see them; the same functions all through a request."""
        if not hasattr(request, "plain_identity"):
            request.plain_identity = [shower(request.user, name) for name in ENCRYPTED]  # type: ignore[attr-defined]
        return request.plain_identity  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with refusing(form, type(form).of):
            patient = obj.patient if change else form.cleaned_data["patient"]
            if not change and Identity.objects.filter(patient=patient, voided_at=None).exists():
                raise ValidationError(
                    f"The identity of {patient} stands already. Change that one instead.", code="once"
                )
            texts = {name: form.cleaned_data[name] for name in ENCRYPTED if name in form.changed_data}
            how = {"version": form.cleaned_data.get("_version"), "reason": form.cleaned_data.get("_reason") or ""}
            adopt(obj, record_identity(patient, by=signed_in(request), **how, **texts))
