"""Pages of one row besides its form: voiding it with a reason, and what became of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from records import access, actions, links, selectors, trail
from records.actions import StaleVersion


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="Reason", max_length=200, help_text="Why the record does not hold. It is kept with the record for good."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class VoidView:
    """Asks for the reason, then voids the row and what hangs below it."""

    def __init__(self, model_admin: Any) -> None:
        self.admin = model_admin

    def __call__(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.admin.found(request, object_id)
        if not self.admin.has_change_permission(request, row):
            raise PermissionDenied(f"You may not void this {row._meta.verbose_name}.")
        form = VoidForm(request.POST or None, initial={"version": row.version})
        if request.method == "POST" and form.is_valid() and self.done(request, row, form):
            return HttpResponseRedirect(links.chart(getattr(row, "patient", row)))
        context = row_page(self.admin, request, row) | {"form": form, "below": selectors.below(row)}
        return TemplateResponse(
            request, "admin/records/void.html", context | {"title": f"Void this {row._meta.verbose_name}"}
        )

    def done(self, request: HttpRequest, row: Any, form: VoidForm) -> bool:
        try:
            actions.void(
                row,
                by=access.signed_in(request),
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except StaleVersion as stale:
            form.add_error(None, f"{stale} Look at it again before you void it.")
            return False
        except ValidationError as error:
            form.add_error(None, error)
            return False
        messages.success(request, f"{capfirst(str(row))}: voided.")
        return True


def trail_page(model_admin: Any, request: HttpRequest, row: Any) -> TemplateResponse:
    """Who changed what, when and why, latest first."""
    context = row_page(model_admin, request, row) | {"title": "History", "changes": trail.history(row)}
    return TemplateResponse(request, "admin/records/history.html", context)


def row_page(model_admin: Any, request: HttpRequest, row: Any) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        **model_admin.page(request, row),
        "opts": model_admin.opts,
        "original": row,
        "row_url": model_admin.reversed("change", row.pk),
    }
