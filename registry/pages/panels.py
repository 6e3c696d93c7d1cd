"""The panels of a chart: per section its records as lines, what hangs below each, and the queries about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.db.models import DecimalField, IntegerField, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from patients.models import DataQuery, Patient
from records import links, sections, trail
from records.partial_dates import PartialDateField
from records.sections import Below, Section


@dataclass(frozen=True)
class Column:
    title: str
    css: str


@dataclass(frozen=True)
class Line:
    row: Any
    url: str
    ask_url: str
    cells: list[tuple[str, str]]  # text, CSS class
    below: Below | None
    queries: Sequence[DataQuery]


@dataclass(frozen=True)
class Completeness:
    """How many of the expected items the records of a section say."""

    said: int
    expected: int

    @property
    def percent(self) -> int:
        return round(100 * self.said / self.expected) if self.expected else 0


@dataclass(frozen=True)
class Panel:
    """One section: its lines, and where a record is added if the user may."""

    section: Section
    columns: list[Column]
    lines: list[Line]
    add_url: str
    completeness: Completeness | None
    anchor: str

    @property
    def title(self) -> str:
        return self.section.title

    @property
    def noun(self) -> str:
        return str(self.section.model._meta.verbose_name)


Asked = Mapping[tuple[str, int], Sequence[DataQuery]]


def panels_of(request: HttpRequest, patient: Patient, asked: Asked | None = None) -> list[Panel]:
    """A panel per section, one query each and one per kind of record below. ``asked`` are the queries by record."""
    return [panel_of(request, patient, section, asked or {}) for section in sections.registered()]


def panel_of(request: HttpRequest, patient: Patient, section: Section, asked: Asked) -> Panel:
    meta, manager = section.model._meta, cast(Any, section.model._default_manager)
    rows = list(
        manager.filter(patient=patient, voided_at=None)
        .select_related(*section.select_related)
        .prefetch_related(*section.prefetch)
        .order_by(*section.order_by)
    )
    model_admin = cast(Any, admin.site.get_model_admin(section.model))
    may_add = model_admin.has_add_permission(request, patient)
    add_url = reverse(f"admin:{meta.app_label}_{meta.model_name}_add") + f"?patient={patient.pk}"
    return Panel(
        section=section,
        columns=list(columns_of(section)),
        lines=[line_of(row, section, asked) for row in rows],
        add_url=add_url if may_add and not (section.single and rows) else "",
        completeness=completeness_of(section, rows),
        anchor=str(meta.model_name),
    )


def line_of(row: Any, section: Section, asked: Asked) -> Line:
    meta = row._meta
    return Line(
        row=row,
        url=reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]),
        ask_url=links.question(row),
        cells=[(cell(row, column), css_of(section.model, column)) for column in section.columns],
        below=section.below(row) if section.below else None,
        queries=asked.get((meta.label_lower, row.pk), ()),
    )


def completeness_of(section: Section, rows: Sequence[Any]) -> Completeness | None:
    """None for a section of which nothing is expected, or that a chart may lack."""
    if not section.expected or not (rows or section.needed):
        return None
    if not rows:
        return Completeness(0, len(section.expected))
    said = [answer for row in rows for item in section.expected if (answer := is_said(row, item)) is not None]
    return Completeness(sum(said), len(said))


def is_said(row: Any, item: Any) -> bool | None:
    answer: bool | None = item(row) if callable(item) else getattr(row, item) not in (None, "")
    return answer


def columns_of(section: Section) -> Iterator[Column]:
    for column in section.columns:
        yield Column(capfirst(title_of(section, column)), css_of(section.model, column))


def title_of(section: Section, column: Any) -> str:
    if callable(column):
        return str(getattr(column, "short_description", column.__name__.replace("_", " ")))
    model_field: Any = section.model._meta.get_field(column)
    return section.titles.get(column) or str(model_field.verbose_name)


def css_of(model: Any, column: Any) -> str:
    """Numbers stand at the right, dates in one piece."""
    if callable(column):
        return "n" if getattr(column, "number", False) else ""
    model_field = model._meta.get_field(column)
    if isinstance(model_field, PartialDateField):
        return "d"
    return "n" if isinstance(model_field, DecimalField | IntegerField) else ""


def cell(row: Any, column: Any) -> str:
    """A value in words; empty where it is not known."""
    if callable(column):
        return str(column(row))
    model_field = row._meta.get_field(column)
    value = getattr(row, column)
    if value is None or value == "":
        return ""
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, list):
        words = dict(model_field.base_field.flatchoices)
        return ", ".join(str(words.get(item, item)) for item in value) or "none"
    if isinstance(model_field, DecimalField):
        return f"{value.normalize():f}"
    return trail.said(value, model_field)
