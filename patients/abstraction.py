"""A patient's chart and its second abstraction, read and compared record by record and field by field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, Model

from patients.models import Patient
from records import trail
from records.matching import Row, Verdict, paired, verdict
from records.models import RECORDING, Recorded
from records.partial_dates import PartialDateField

Chart = dict[type[Recorded], list[Any]]
# By table, primary keys of the first chart by those of the chart that is read.
Pairs = dict[str, dict[int, int]]
# Marks a reference to a record that the other chart lacks.
ALONE = "only here: "


@dataclass(frozen=True)
class Compared:
    """One field of one record, as both charts give it."""

    table: str
    field: str
    row: int
    second_row: int
    first: str | None
    second: str | None
    verdict: Verdict


@dataclass
class Comparison:
    """``pairs`` are primary keys of one record in both charts, by table; ``alone`` those that one chart lacks."""

    fields: list[Compared] = field(default_factory=list)
    pairs: Pairs = field(default_factory=dict)
    alone: list[tuple[str, int | None, int | None]] = field(default_factory=list)


def chart_models() -> list[type[Recorded]]:
    """The models of a chart, the patient first; what a record hangs below, or points to, comes before it."""
    models = [model for model in apps.get_models() if issubclass(model, Recorded) and model.of_chart]
    return sorted(models, key=lambda model: model is not Patient)


def chart_of(patient: Patient) -> Chart:
    """The live rows of a chart by model."""
    return {model: list(rows_of(model, patient)) for model in chart_models()}


def rows_of(model: type[Recorded], patient: Patient) -> Iterable[Any]:
    owner = {"pk": patient.pk} if model is Patient else {"patient": patient}
    return model._default_manager.filter(**owner, voided_at=None).order_by("pk")


def by_key(chart: Chart) -> dict[tuple[str, int], Any]:
    """The rows by table and primary key."""
    return {(model._meta.label_lower, row.pk): row for model, rows in chart.items() for row in rows}


def writers_of(chart: Chart) -> set[int]:
    """Primary keys of the users who entered or changed a row of the chart."""
    rows = [row for rows in chart.values() for row in rows]
    return {user for row in rows for user in (row.created_by_id, row.updated_by_id)}


def copied_fields(model: type[Recorded]) -> list[Any]:
    """What a copy of a record takes from it, besides the patient."""
    fields: list[Any] = [f for f in model._meta.concrete_fields if not f.primary_key and not f.generated]
    return [field for field in fields if field.name not in {*RECORDING, "patient"}]


def compared_fields(model: type[Recorded]) -> list[Field[Any, Any]]:
    """What two abstractions of a record are compared in: not what makes it the same record."""
    match = model.matched_by
    left_out = {*model.stays, "note", parent_of(model), *match.same, *match.without}
    return [field for field in copied_fields(model) if field.name not in left_out]


def parent_of(model: type[Recorded]) -> str:
    return getattr(model, "parent_field", None) or ""


def compare(first: Chart, second: Chart) -> Comparison:
    """Both charts side by side. Rows below a record that one chart lacks stand and fall with that record."""
    found = Comparison()
    for model, rows in first.items():
        _compare_rows(model, rows, second[model], found)
    return found


def _compare_rows(model: type[Recorded], first: list[Any], second: list[Any], found: Comparison) -> None:
    table, pairs = model._meta.label_lower, found.pairs
    same = {name: {key: key for key in known.values()} for name, known in pairs.items()}
    match = paired(plain_rows(model, first, same), plain_rows(model, second, pairs), model.matched_by)
    pairs[table] = {other.key: one.key for one, other in match.both}
    dates = {f.name for f in compared_fields(model) if isinstance(f, PartialDateField)}
    for one, other in match.both:
        for name, text in one.values.items():
            said = verdict(text, other.values[name], dates=name in dates)
            found.fields.append(Compared(table, name, one.key, other.key, text, other.values[name], said))
    found.alone += [(table, row.key, None) for row in match.first]
    found.alone += [(table, None, row.key) for row in match.second]


def plain_rows(model: type[Recorded], rows: Iterable[Any], known: Pairs) -> list[Row]:
    """The rows as texts; those below a record that is in one chart only are left out. ``known`` are the keys under
    which both charts know the records that these may point to."""
    parent: Any = model._meta.get_field(parent_of(model)) if parent_of(model) else None
    match, fields = model.matched_by, compared_fields(model)
    found = []
    for row in rows:
        above = text_of(parent, row, known) if parent else ""
        if above is not None and not above.startswith(ALONE):
            group = (above, *(text_of(model._meta.get_field(name), row, known) for name in match.same))
            values = {f.name: text_of(f, row, known) for f in fields}
            found.append(Row(row.pk, group, values.get(match.near) if match.near else None, values))
    return found


def text_of(field: Any, row: Any, known: Pairs) -> str | None:
    """A stored value as a text that compares; None where it is not known."""
    value = getattr(row, field.attname)
    if value is None or value == "":
        return None
    if isinstance(field, ForeignKey) and issubclass(field.related_model, Recorded):
        key = known[field.related_model._meta.label_lower].get(value)
        return f"{ALONE}{value}" if key is None else str(key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(sorted(str(item) for item in value)) or "none"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def in_words(field: Any, row: Any) -> str:
    """A stored value for people; empty where it is not known."""
    value = getattr(row, field.name)
    if value is None or value == "":
        return ""
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, list):
        labels = dict(field.base_field.flatchoices)
        return ", ".join(str(labels.get(item, item)) for item in value) or "none"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else trail.said(value, field)


def name_of(row: Any) -> str:
    """By what a record is told from others of its kind; empty for the only one of its kind."""
    match, parent = row.matched_by, parent_of(type(row))
    above = [name_of(getattr(row, parent))] if parent else []
    fields = [row._meta.get_field(name) for name in (*match.same, *filter(None, [match.near]))]
    own = [f"{f.verbose_name} {words}" if words.isdecimal() else words for f in fields if (words := in_words(f, row))]
    return ", ".join(filter(None, [*above, *own]))


def summary(row: Recorded) -> str:
    """A record in one line: what it gives, by name."""
    model = type(row)
    named: list[Any] = [model._meta.get_field(name) for name in model.matched_by.same]
    said = ((str(f.verbose_name), in_words(f, row)) for f in (*named, *compared_fields(model)))
    return "; ".join(f"{name}: {words}" for name, words in said if words) or str(row)
