"""From one section of a chart to the next, in the order in which the chart shows them."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from records import sections
from records.models import Recorded


@dataclass(frozen=True)
class NextSection:
    title: str
    url: str


def after(model: type[Recorded], request: HttpRequest, patient: Any, site: AdminSite) -> NextSection | None:
    """The first section after that of ``model`` which the user may enter on a form of its own; the patient's own form
    comes before all. Where a patient can have one row only, the address leads on to the one that stands."""
    here = sections.place_of(model) if hasattr(model, "patient") else 0
    for section in sections.registered():
        if here is None or section.place <= here or section.lines_of:
            continue
        model_admin: Any = site.get_model_admin(section.model)
        if model_admin.has_add_permission(request, patient):
            meta = section.model._meta
            url = reverse(f"admin:{meta.app_label}_{meta.model_name}_add", current_app=site.name)
            return NextSection(section.title, f"{url}?{urlencode({'patient': patient.pk})}" if patient else url)
    return None
