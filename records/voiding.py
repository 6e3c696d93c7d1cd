"""Voiding a row together with what hangs below it: a void course has no live cycles."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from records.actions import void
from records.models import Recorded, User


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


def void_tree(row: Recorded, *, by: User, version: int, reason: str) -> int:
    """Void ``row`` and all below it, lowest first; the number of rows voided. Raises as ``actions.void`` does."""
    rows = below(row)
    with transaction.atomic():
        for child in reversed(rows):
            void(child, by=by, version=child.version, reason=reason)
        void(row, by=by, version=version, reason=reason)
    return len(rows) + 1
