"""A first draft of a plan on a flat file, inferred from its cells for a person to correct and complete.

What only a person can know (what the arms are, from when time counts, what a status means) is left null or empty, so
that the draft cannot be run before somebody has said it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyses.pipeline.flat.cells import Cells
from analyses.pipeline.flat.problems import Unreadable
from analyses.pipeline.flat.texts import Rule, day, number

MANY = 20  # with more levels than that a column is taken for free text
FEW = 10  # whole numbers with no more distinct values than that are taken for codes
UNITS = ("days", "weeks", "months", "years")
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
_UNKNOWN = re.compile(r"na|n/a|nan|null|unknown|unk|missing|not known|not available|[.?-]", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(.*[_ ])?(id|no|nr|number|patient|subject|case)", re.IGNORECASE)
_TIME = re.compile(r"(.*[_ ])?(futime|time|days?|weeks?|months?|years?)([_ ].*)?", re.IGNORECASE)
_STATUS = re.compile(r"(.*[_ ])?(status|event|dead|died|death|vital|censor\w*)([_ ].*)?", re.IGNORECASE)

Texts = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`spec` is the draft, with null where a person has to say something; `notes` are sentences about it."""

    spec: dict[str, Any]
    notes: tuple[str, ...]


def propose(file: str, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> Proposal:
    """A draft for the file of this name; `columns` and `rows` as for `read_flat`."""
    cells = Cells(columns, rows)
    every = {column: sorted(set(cells.texts(column)) - {""}, key=_natural) for column in cells.columns}
    missing = sorted({text for found in every.values() for text in found if _UNKNOWN.fullmatch(text)})
    texts = {column: [text for text in found if text not in missing] for column, found in every.items()}
    texts = {column: found for column, found in texts.items() if found}
    decimal = _decimal(texts)
    identifier = _first(column for column in texts if _IDENTIFIER.fullmatch(column) and _distinct(cells, column))
    time = _first(column for column in texts if _TIME.fullmatch(column) and _fit(texts[column], _number(decimal)))
    status = min(
        (column for column in texts if _STATUS.fullmatch(column)), key=lambda name: len(texts[name]), default=None
    )
    dates = {column: forms for column, found in texts.items() if (forms := _date_formats(found))}
    taken = {identifier, time, status, *dates}
    variables = {column: _variable(column, found, decimal) for column, found in texts.items() if column not in taken}
    table = {
        "title": file,
        "id": identifier,
        "time_zero": None,
        "missing": missing,
        "decimal": decimal,
        "date_format": _only(dates.values()),
        "variables": [item for item in variables.values() if item is not None],
        "endpoints": [_endpoint(time, status, texts, by_dates=bool(dates))],
    }
    spec = _plan(file, table)
    left_out = [column for column in cells.columns if column not in texts or variables.get(column, {}) is None]
    return Proposal(spec=spec, notes=tuple(_notes(spec, list(dates), left_out)))


def _plan(file: str, table: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": _name(file.partition(".")[0]),
        "title": None,
        "question": None,
        "seed": 1,
        "table": table,
        "eligibility": [],
        "exposure": dict.fromkeys(("variable", "reference", "treated", "reference_label", "treated_label")),
        "table1": {"variables": [item["name"] for item in table["variables"]]},
        "survival": {"endpoints": [None], "populations": ["all"]},
    }


def _variable(column: str, texts: list[str], decimal: str) -> dict[str, Any] | None:
    """None for what looks like free text."""
    name = _name(column)
    said = {"name": name, **({"column": column} if column != name else {}), "label": column}
    codes = len(texts) <= FEW and all(re.fullmatch(r"\d+", text) for text in texts)
    if _fit(texts, _number(decimal)) and not codes:
        return {**said, "kind": "numeric", "unit": ""}
    return {**said, "kind": "categorical", "levels": texts} if len(texts) <= MANY else None


def _endpoint(time: str | None, status: str | None, texts: Texts, *, by_dates: bool) -> dict[str, Any]:
    """All texts of the status stand under 'censored', for the events among them to be moved."""
    unit = _first(unit for unit in UNITS if time is not None and unit[:-1] in time.lower())
    dated = {"start": None, "end": [None]}
    return {
        "name": None,
        "label": None,
        "event_label": None,
        "time": dated if by_dates and time is None else {"column": time, "unit": unit},
        "status": {"column": status, "event": [], "censored": texts[status] if status else []},
    }


def _notes(spec: dict[str, Any], dates: list[str], left_out: list[str]) -> Iterator[str]:
    yield f"Say what is null: {', '.join(_nulls(spec, ''))}."
    yield "Move the texts that mean the event from the status's 'censored' to its 'event'."
    yield "Check every kind, put the levels in their order."
    yield 'Say when the exposure is known: "known_at": "time_zero" or "follow_up" in its variable.'
    if dates:
        yield f"Columns of dates, for the start and end of times: {', '.join(dates)}."
    if left_out:
        yield f"Not proposed, as empty or free text: {', '.join(left_out)}."


def _nulls(value: object, path: str) -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _nulls(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nulls(item, f"{path}[{index}]")


def _decimal(texts: Texts) -> str:
    """A comma where some column holds numbers with it and none holds numbers with a point only."""
    pointed, with_comma = (
        any(_fit(found, _number(sign)) and any(sign in text for text in found) for found in texts.values())
        for sign in ".,"
    )
    return "," if with_comma and not pointed else "."


def _date_formats(texts: list[str]) -> set[str]:
    return {form for form in DATE_FORMATS if _fit(texts, day(form, ""))}


def _only(forms: Collection[set[str]]) -> str | None:
    """The one form of all columns of dates; None where several would do, the default where there is no date."""
    common = set.intersection(*forms) if forms else {DATE_FORMATS[0]}
    return common.pop() if len(common) == 1 else None


def _number(decimal: str) -> Rule:
    return number(decimal, remedy="", for_dates="")


def _fit(texts: Iterable[str], rule: Rule) -> bool:
    try:
        for text in texts:
            rule(text)
    except Unreadable:
        return False
    return True


def _distinct(cells: Cells, column: str) -> bool:
    found = cells.texts(column)
    return len(set(found)) == len(found) and "" not in found


def _first(found: Iterable[str]) -> str | None:
    return next(iter(found), None)


def _name(text: str) -> str:
    plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()
    return plain if plain[:1].isalpha() else f"v_{plain}"


def _natural(text: str) -> list[tuple[int, int, str]]:
    """'T2' before 'T10', numbers by value."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts]
