"""What somebody voided while it was open here: it stays void, and what was typed into it becomes a new record or line.

A line that was not touched goes with it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import QuerySet
from django.http import QueryDict

from records.admin.comparison import name_of
from records.models import Recorded

Refusals = dict[str, dict[str, list[str]]]
# Values of one line as they were posted; by name, and whether it is the field or what the field proposed.
Line = Mapping[tuple[str, str], list[str]]


def told(row: Any) -> str:
    return f"{name_of(row.voided_by)} voided this on {row.voided_at:%Y-%m-%d at %H:%M} ({row.void_reason})."


def as_new(
    data: QueryDict, prefix: str, rows: QuerySet[Any], parent: str, is_kept: Callable[[str, Recorded], bool]
) -> Refusals:
    """Turn the posted lines whose ``rows`` were voided into new ones, last of all, and leave out those not kept.

    ``parent`` is the foreign key of the lines. Sentences for the new lines, by their prefix.
    """
    lines = taken_apart(data, prefix)
    gone = gone_of(lines, rows)
    if not gone:
        return {}
    kept = [number for number, row in gone.items() if is_kept(f"{prefix}-{number}", row)]
    standing = [lines[number] for number in sorted(lines) if number not in gone]
    put_together(
        data, prefix, [*standing, *(fresh(lines[number], rows.model._meta.pk.name, parent) for number in kept)]
    )
    data[f"{prefix}-INITIAL_FORMS"] = str(int(str(data[f"{prefix}-INITIAL_FORMS"])) - len(gone))
    return {
        f"{prefix}-{place}": {NON_FIELD_ERRORS: [f"{told(gone[number])} Save again to enter yours as a new line."]}
        for place, number in enumerate(kept, len(standing))
    }


def gone_of(lines: Mapping[int, Line], rows: QuerySet[Any]) -> dict[int, Recorded]:
    """The void row of each line that has one."""
    key = rows.model._meta.pk.name
    posted = {number: pk for number in sorted(lines) if (pk := "".join(lines[number].get(("", key), []))).isdecimal()}
    void = {str(row.pk): row for row in rows.filter(pk__in=posted.values())} if posted else {}
    return {number: void[pk] for number, pk in posted.items() if pk in void}


def fresh(line: Line, *tied: str) -> Line:
    """The values of a line without what ties it to a stored row."""
    return {key: values for key, values in line.items() if key[1] not in tied and not key[1].startswith("_")}


def taken_apart(data: QueryDict, prefix: str) -> dict[int, dict[tuple[str, str], list[str]]]:
    """The lines of a formset by number."""
    lines: dict[int, dict[tuple[str, str], list[str]]] = {}
    for posted in list(data):
        if match := re.fullmatch(rf"(initial-|){re.escape(prefix)}-(\d+)-(.+)", posted):
            lines.setdefault(int(match[2]), {})[match[1], match[3]] = data.getlist(posted)
    return lines


def put_together(data: QueryDict, prefix: str, lines: Sequence[Line]) -> None:
    """Let the formset consist of these lines, numbered in their order."""
    for number, line in taken_apart(data, prefix).items():
        for initial, name in line:
            del data[f"{initial}{prefix}-{number}-{name}"]
    for number, kept in enumerate(lines):
        for (initial, name), values in kept.items():
            data.setlist(f"{initial}{prefix}-{number}-{name}", values)
    data[f"{prefix}-TOTAL_FORMS"] = str(len(lines))


def anew(data: QueryDict, row: Recorded, *fixed: str | None) -> QueryDict:
    """The posted form of a void row as that of a new one, with what was ``fixed`` when the row was made."""
    again = data.copy()
    again.pop("_version", None)
    for name in filter(None, fixed):
        again[name] = str(getattr(row, row._meta.get_field(name).attname) or "")  # type: ignore[union-attr]
    return again
