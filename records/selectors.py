"""Reads that every recorded row shares."""

from collections.abc import Iterator
from typing import Any

from records.models import Recorded


def below(row: Recorded) -> list[Recorded]:
    """Live rows that name ``row``, or one of these, as the row they hang below; the lowest come last."""
    found: list[Recorded] = []
    for model, field in children_of(type(row)):
        for child in model._default_manager.filter(**{field: row}, voided_at=None).order_by("pk"):
            found += [child, *below(child)]
    return found


def children_of(model: type[Recorded]) -> Iterator[tuple[type[Recorded], str]]:
    """Models whose parent is ``model``, with the name of the foreign key."""
    for relation in model._meta.related_objects:
        child: Any = relation.related_model
        if getattr(child, "parent_field", None) == relation.field.name:
            yield child, relation.field.name
