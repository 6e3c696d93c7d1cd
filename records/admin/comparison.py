"""A record that somebody changed while it was open here: both versions field by field, and the form to go on with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BoundField, NullBooleanSelect
from django.http import QueryDict
from django.utils.text import capfirst

from records import trail
from records.forms import RecordForm
from records.models import Recorded, User

TOLD = (
    "{} changed this record on {:%Y-%m-%d at %H:%M} while you had it open."
    " Nothing of yours is stored yet; save again to store what you see."
)


class Choice(NamedTuple):
    """A button that puts one of the two values into the field."""

    title: str
    said: str
    values: str
    held: bool


@dataclass(frozen=True)
class Difference:
    """One field of the form: three values in words, two as a browser sends them."""

    name: str
    key: str
    label: str
    opened: str
    theirs: str
    mine: str
    sent_theirs: list[str]
    sent_mine: list[str]
    # The form now holds the other's value, since nothing else was typed here.
    taken: bool

    @property
    def sentence(self) -> str:
        now = f"{self.label} is now {self.theirs} (it was {self.opened})."
        return now if self.taken else f"{now} You typed {self.mine}."

    @property
    def choices(self) -> list[Choice]:
        return [
            Choice("Take theirs", self.theirs, json.dumps(self.sent_theirs), self.taken),
            Choice("Keep mine", self.mine, json.dumps(self.sent_mine), not self.taken),
        ]


@dataclass(frozen=True)
class Comparison:
    """``row`` as it now stands, and the fields in which that differs from what was typed."""

    row: Recorded
    differences: tuple[Difference, ...]
    # A line is named; of the form's own record the page says it anyway.
    is_line: bool

    @property
    def who(self) -> str:
        return name_of(self.row.updated_by)

    @property
    def told(self) -> str:
        return TOLD.format(self.who, self.row.updated_at)

    @property
    def sentences(self) -> dict[str, list[str]]:
        return {NON_FIELD_ERRORS: [self.told]} | {one.name: [one.sentence] for one in self.differences}


def name_of(user: User) -> str:
    return user.get_full_name() or user.get_username()


def compared(form: RecordForm, current: Recorded, fresh: RecordForm) -> Comparison:
    """What somebody else changed since ``form`` was opened; ``fresh`` is the form of the row as it now stands.

    A field that both changed to the same is no difference.
    """
    read = trail.at_version(current, int(form.cleaned_data["_version"]))
    found = (difference(form, name, mine, read, current, fresh) for name, mine in form.changes.items())
    return Comparison(current, tuple(filter(None, found)), is_line=bool(form.prefix))


def difference(
    form: RecordForm, name: str, mine: Any, read: Mapping[str, Any], current: Recorded, fresh: RecordForm
) -> Difference | None:
    column: Any = current._meta.get_field(name)
    before, now = (form.typed(name, value) for value in (read.get(name), getattr(current, column.attname)))
    stored = getattr(mine, "pk", mine)
    if before == now:
        return None
    key = form.add_prefix(name)
    return Difference(
        name,
        key,
        capfirst(str(form.fields[name].label or name)),
        opened=trail.said(before, column),
        theirs=trail.said(now, column),
        mine=trail.said(stored, column),
        sent_theirs=sent(fresh[name]),
        sent_mine=typed_data(form).getlist(key),
        taken=stored == before,
    )


def typed_data(form: Any) -> QueryDict:
    return cast(QueryDict, form.data)


def sent(field: BoundField) -> list[str]:
    """The value of an unbound form's field as a browser would send it."""
    value = field.value()
    if isinstance(field.field.widget, NullBooleanSelect):
        return [field.field.widget.format_value(value)]
    if isinstance(value, bool):
        return ["on"] if value else []
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return ["" if value is None else str(value)]


def taken_over(form: Any, comparison: Comparison) -> QueryDict:
    """The data to show the form with: it takes the other's value where nothing else was typed here, so that saving
    again undoes nothing."""
    data = typed_data(form).copy()
    for one in comparison.differences:
        if one.taken:
            data.setlist(one.key, one.sent_theirs)
    return data
