"""Settling the discrepancies between two entries of a chart: what holds is written into the first chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError

from patients.abstraction import copied_fields, in_words, parent_of
from patients.models import Decision, Discrepancy, EntryState, SecondEntry
from records import access
from records.actions import add, amend, put, refuse_void, void, whole
from records.models import Recorded, User
from records.roles import Act
from records.selectors import below


@dataclass(frozen=True)
class Choice:
    """A decision on a discrepancy that was read at ``version``."""

    discrepancy: Discrepancy
    version: int
    decision: Decision


def settle(discrepancy: Discrepancy, *, by: User, version: int, decision: Decision, reason: str = "") -> Discrepancy:
    """Decide which entry of one field or record holds (see ``settle_many``)."""
    settle_many(discrepancy.entry, by=by, choices=[Choice(discrepancy, version, decision)], reason=reason)
    discrepancy.refresh_from_db()
    return discrepancy


def settle_many(entry: SecondEntry, *, by: User, choices: Sequence[Choice], reason: str = "") -> SecondEntry:
    """Decide discrepancies of one entry; all or nothing. With the last one the entry is settled.

    Where the second entry holds, the first chart is changed for ``reason``: fields of one record together, since some
    can only be changed so. Where neither does, the chart is left to be corrected by hand.
    """
    access.require(by, Act.MANAGE, entry.patient.centre_id)
    refuse_void(entry)
    if entry.state == EntryState.ENTERING:
        raise ValidationError("The second entry is not finished yet.", code="entering")
    if any(choice.decision == Decision.SECOND for choice in choices) and not reason.strip():
        raise ValidationError({"reason": "Say why the first chart is changed."}, code="reason")
    if any(choice.discrepancy.decision for choice in choices):
        raise ValidationError("One of these is settled already.", code="settled")
    with whole(by, reason=reason):
        for choice in choices:
            put(choice.discrepancy, by=by, version=choice.version, decision=choice.decision, note=reason.strip())
        _changed(entry, [choice.discrepancy for choice in choices if choice.decision == Decision.SECOND], by, reason)
        if not entry.discrepancies.filter(voided_at=None, decision=None).exists():
            put(entry, by=by, version=entry.version, state=EntryState.SETTLED)
    entry.refresh_from_db()
    return entry


def _changed(entry: SecondEntry, taken: Iterable[Discrepancy], by: User, reason: str) -> None:
    """Write what the second entry gives into the first chart."""
    of_fields = [one for one in taken if one.field]
    for one in taken:
        if one.second_row and not one.row:
            added = _copied(entry, stored(one.table, one.second_row), by, reason)
            # From here on the records are one, as what points to the second's has to find the first's.
            put(one, by=by, version=one.version + 1, row=added.pk)
    for (table, key), fields in groupby(sorted(of_fields, key=record_of), key=record_of):
        _amended(entry, stored(table, key), list(fields), by, reason)
    for one in taken:
        if one.row and not one.second_row:
            row = stored(one.table, one.row)
            void(row, by=by, version=row.version, reason=reason)


def record_of(discrepancy: Discrepancy) -> tuple[str, int]:
    return discrepancy.table, discrepancy.row or 0


def stored(table: str, key: int) -> Any:
    model: Any = apps.get_model(table)
    return model._default_manager.get(pk=key)


def _amended(entry: SecondEntry, row: Any, differing: Sequence[Discrepancy], by: User, reason: str) -> None:
    other = stored(row._meta.label_lower, differing[0].second_row or 0)
    fields = [row._meta.get_field(one.field) for one in differing]
    for one, field in zip(differing, fields, strict=True):
        if in_words(field, row) not in (one.first, one.second):
            said = in_words(field, row) or "nothing"
            raise ValidationError(
                f"{row}: {field.verbose_name} was changed since and now gives {said}. Choose 'neither' and correct it"
                " by hand.",
                code="changed_since",
            )
    values = {field.name: _in_first(entry, field, getattr(other, field.name)) for field in fields}
    amend(row, by=by, version=row.version, reason=reason, **values)


def _copied(entry: SecondEntry, row: Any, by: User, reason: str) -> Recorded:
    """A record of the second chart, with what hangs below it, as a record of the first."""
    copies: dict[tuple[type[Recorded], int], Recorded] = {}
    for one in [row, *below(row)]:
        values: dict[str, Any] = {} if parent_of(type(one)) else {"patient": entry.patient}
        for field in copied_fields(type(one)):
            values[field.name] = _in_first(entry, field, getattr(one, field.name), copies)
        copies[type(one), one.pk] = add(type(one), by=by, reason=reason, **values)
    return copies[type(row), row.pk]


def _in_first(entry: SecondEntry, field: Any, value: Any, copies: dict[Any, Recorded] | None = None) -> Any:
    """A value of the second chart as the first holds it: a record that it points to is there another row."""
    if not isinstance(value, Recorded):
        return value
    if copies and (copy := copies.get((type(value), value.pk))):
        return copy
    table = value._meta.label_lower
    known = {other: one for one, other in (entry.compared or {})["pairs"].get(table, ())}
    added = entry.discrepancies.filter(table=table, second_row=value.pk, decision=Decision.SECOND, row__isnull=False)
    key = known.get(value.pk) or added.values_list("row", flat=True).first()
    if key is None:
        raise ValidationError(f"Settle first whether the chart has this {field.verbose_name}: {value}.", code="lacking")
    return stored(table, key)
