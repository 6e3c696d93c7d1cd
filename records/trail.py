"""Reading the trail: what became of one row, by whom, when and why."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CharField, QuerySet, Value

from records.models import RECORDING, Recorded, Source, User


@dataclass(frozen=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One write: ``what`` is added, changed or voided."""

    at: datetime
    who: str
    what: str
    source: str
    reason: str
    fields: tuple[FieldChange, ...]


def events_of(model: type[Recorded]) -> type[models.Model]:
    """The model of the trail's rows for ``model``."""
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")


def at_version(row: Recorded, version: int) -> dict[str, Any]:
    """Stored values of the row as they stood at ``version``, by field name; empty where the trail does not have it."""
    event = events_of(type(row))._default_manager.filter(pgh_obj_id=row.pk, version=version).order_by("-pgh_id").first()
    return {} if event is None else {field.name: getattr(event, field.attname) for field in tracked(type(row))}


def history(row: Recorded) -> list[Change]:
    """Every write of the row, latest first."""
    return list(_changes(type(row), [row.pk]).values())[::-1]


@dataclass(frozen=True)
class RowChange:
    """A change of one of a patient's records."""

    model: type[Recorded]
    row: int
    change: Change

    @property
    def noun(self) -> str:
        return str(self.model._meta.verbose_name)


def of_patient(patient: int, models: Sequence[type[Recorded]], *, start: int, most: int) -> list[RowChange]:
    """Writes of the patient's rows of these models, latest first: ``most`` of them, from place ``start`` on."""
    by_label = {model._meta.label_lower: model for model in models}
    first, *others = (_places(model, patient) for model in models)
    places = list(first.union(*others, all=True).order_by("-pgh_created_at", "-pgh_id")[start : start + most])
    rows: dict[str, set[int]] = {}
    for label, row, *_ in places:
        rows.setdefault(label, set()).add(row)
    told = {label: _changes(by_label[label], keys) for label, keys in rows.items()}
    return [RowChange(by_label[label], row, told[label][event]) for label, row, event, _ in places]


def _places(model: type[Recorded], patient: int) -> QuerySet[Any, Any]:
    events = events_of(model)._default_manager.order_by()
    of = {"pgh_obj": patient} if not hasattr(model, "patient") else {"patient": patient}
    label = Value(model._meta.label_lower, output_field=CharField())
    return events.filter(**of).annotate(_table=label).values_list("_table", "pgh_obj_id", "pgh_id", "pgh_created_at")


def _changes(model: type[Recorded], rows: Collection[int]) -> dict[int, Change]:
    """Every write of these rows, by the key of its event."""
    found: list[Any] = list(
        events_of(model)
        ._default_manager.filter(pgh_obj_id__in=rows)
        .select_related("pgh_context")
        .order_by("pgh_obj_id", "pgh_id")
    )
    names = names_of(found)
    befores: list[Any] = [None, *found[:-1]]
    return {
        event.pgh_id: changed(model, before if before and before.pgh_obj_id == event.pgh_obj_id else None, event, names)
        for before, event in zip(befores, found, strict=True)
    }


def names_of(events: Iterable[Any]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in={event.updated_by_id for event in events}).values_list("pk", "username"))


def changed(model: type[Recorded], before: Any, event: Any, names: dict[int, str]) -> Change:
    """One event, told against the one before it."""
    context = event.pgh_context.metadata if event.pgh_context else {}
    if before is None:
        what = "added"
    elif event.voided_at and not before.voided_at:
        what = "voided"
    else:
        what = "changed"
    return Change(
        at=event.pgh_created_at,
        who=names.get(event.updated_by_id, "?"),
        what=what,
        source=Source(context.get("source") or event.source).label,
        reason=str(context.get("reason") or ""),
        fields=tuple(differences(model, before, event)),
    )


def differences(model: type[Recorded], before: Any, event: Any) -> list[FieldChange]:
    """Fields whose value differs, in words; encrypted values are named, never shown.

    How the row was recorded is told as who, when and why instead.
    """
    changes = []
    # To whom a new row belongs is told with it; that it went to another patient is news.
    apart = {*RECORDING, "id", getattr(model, "parent_field", None), *(() if before else ("patient",))}
    for field in tracked(model):
        old = getattr(before, field.attname) if before else None
        new = getattr(event, field.attname)
        if field.name in apart or old == new or (before is None and new in (None, "", False)):
            continue
        words = (
            ["encrypted"] * 2 if isinstance(field, models.BinaryField) else [said(value, field) for value in (old, new)]
        )
        changes.append(FieldChange(str(field.verbose_name), *words))
    return changes


def tracked(model: type[Recorded]) -> list[models.Field[Any, Any]]:
    """Fields of the model that the trail copies."""
    copied = {field.name for field in events_of(model)._meta.concrete_fields}
    return [field for field in model._meta.concrete_fields if field.name in copied]


def said(value: Any, field: models.Field[Any, Any] | None = None) -> str:
    """A stored value in words."""
    if value is None or value == "":
        return "not known"
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._default_manager.filter(pk=value).first() or value)
    if isinstance(value, list):
        words = dict(field.base_field.flatchoices) if isinstance(field, ArrayField) else {}
        return ", ".join(str(words.get(item, item)) for item in value) or "none"
    return str(dict(field.flatchoices).get(value, value)) if field is not None else str(value)
