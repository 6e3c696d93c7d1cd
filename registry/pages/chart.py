"""The chart of one patient, put together from the sections that the apps registered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.db.models import DecimalField, IntegerField, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from patients.models import Patient
from records import sections, trail
from records.partial_dates import PartialDateField


@dataclass(frozen=True)
class Column:
    title: str
    css: str


@dataclass(frozen=True)
class Line:
    url: str
    cells: list[tuple[str, str]]  # text, CSS class


@dataclass(frozen=True)
class Panel:
    """One section: its lines, and where a record is added if the user may."""

    title: str
    noun: str
    columns: list[Column]
    lines: list[Line]
    add_url: str


def born(patient: Any) -> str:
    if patient.birth_date or patient.age_at_reference is None:
        return f"born {patient.birth_date}" if patient.birth_date else "birth date not known"
    return f"{patient.age_at_reference.normalize():f} years {patient.get_age_reference_display().lower()}"


def summary_of(patient: Any) -> str:
    """The patient in one sentence."""
    last = f"Died {patient.died_on}." if patient.died_on else f"Last contact {patient.last_contact or 'none yet'}."
    return f"{patient.get_sex_display() or 'Sex not known'}, {born(patient)}. {last}"


def facts_of(patient: Any) -> list[tuple[str, Any]]:
    """Where the patient belongs."""
    facts = [
        ("Centre", patient.centre),
        ("Registry", patient.registry),
        ("Last contact", patient.last_contact or "none yet"),
    ]
    if patient.external_id:
        facts.append(("In the source", patient.external_id))
    return facts


def panels_of(request: HttpRequest, patient: Patient) -> list[Panel]:
    """A panel per section, one query each (two where a section counts what hangs below)."""
    return [panel_of(request, patient, section) for section in sections.registered()]


def panel_of(request: HttpRequest, patient: Patient, section: sections.Section) -> Panel:
    meta, manager = section.model._meta, cast(Any, section.model._default_manager)
    rows = (
        manager.filter(patient=patient, voided_at=None)
        .select_related(*section.select_related)
        .prefetch_related(*section.prefetch)
        .order_by(*section.order_by)
    )
    lines = [line_of(row, section) for row in rows]
    model_admin = cast(Any, admin.site.get_model_admin(section.model))
    may_add = model_admin.has_add_permission(request, patient)
    add_url = reverse(f"admin:{meta.app_label}_{meta.model_name}_add") + f"?patient={patient.pk}"
    return Panel(
        title=section.title,
        noun=str(meta.verbose_name),
        columns=list(columns_of(section)),
        lines=lines,
        add_url=add_url if may_add and not (section.single and lines) else "",
    )


def line_of(row: Any, section: sections.Section) -> Line:
    meta = row._meta
    cells = [(cell(row, column), css_of(section.model, column)) for column in section.columns]
    return Line(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]), cells)


def columns_of(section: sections.Section) -> Iterator[Column]:
    for column in section.columns:
        yield Column(capfirst(title_of(section, column)), css_of(section.model, column))


def title_of(section: sections.Section, column: Any) -> str:
    if callable(column):
        return str(getattr(column, "short_description", column.__name__.replace("_", " ")))
    field: Any = section.model._meta.get_field(column)
    return section.titles.get(column) or str(field.verbose_name)


def css_of(model: Any, column: Any) -> str:
    """Numbers stand at the right, dates in one piece."""
    if callable(column):
        return "n" if getattr(column, "number", False) else ""
    field = model._meta.get_field(column)
    if isinstance(field, PartialDateField):
        return "d"
    return "n" if isinstance(field, DecimalField | IntegerField) else ""


def cell(row: Any, column: Any) -> str:
    """A value in words; empty where it is not known."""
    if callable(column):
        return str(column(row))
    field = row._meta.get_field(column)
    value = getattr(row, column)
    if value is None or value == "":
        return ""
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, list):
        words = dict(field.base_field.flatchoices)
        return ", ".join(str(words.get(item, item)) for item in value) or "none"
    if isinstance(field, DecimalField):
        return f"{value.normalize():f}"
    return trail.said(value, field)
