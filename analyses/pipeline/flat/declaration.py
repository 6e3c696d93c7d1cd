"""A flat file, one row per patient, declared by a person: which columns are variables, endpoints and moments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from analyses.pipeline.dataset import Kind
from analyses.pipeline.errors import InvalidValueError

Unit = Literal["days", "weeks", "months", "years"]
Value = bool | float | str
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_VALUES = {
    "categorical": "one of the levels, or null for not known",
    "numeric": "a number, or null for not known",
    "boolean": "true, false, or null for not known",
    "date": "null for not known",
}


def _require(holds: bool, path: str, value: object, allowed: str) -> None:
    if not holds:
        raise InvalidValueError(path, value, allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableVariable:
    """A variable read from `column` (of its own name where empty).

    A cell is looked up in `values` first: what its text stands for, null for not known. Else a categorical cell is one
    of `levels` (ordered), a numeric one a number in `unit`, a boolean one TRUE or FALSE, a date in the table's
    `date_format`. `known_at` says whether the value was settled by time zero or only during follow-up; it must be
    said for the exposure.
    """

    name: str
    kind: Kind
    column: str = ""
    label: str = ""
    levels: tuple[str, ...] = ()
    unit: str = ""
    values: Mapping[str, Value | None] = field(default_factory=dict)
    known_at: Literal["time_zero", "follow_up"] | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        once = len(set(self.levels)) == len(self.levels) and "Unknown" not in self.levels
        _require(once, "levels", self.levels, "each known level once: a value that is not known is null")
        leveled = (self.kind == "categorical") == bool(self.levels)
        _require(leveled, "levels", self.levels, "the levels in their order, for a categorical variable only")
        for text, value in self.values.items():
            _require(value is None or self._holds(value), f"values.{text}", value, _VALUES[self.kind])

    def _holds(self, value: Value) -> bool:
        if self.kind == "categorical":
            return value in self.levels
        return self.kind != "date" and isinstance(value, {"numeric": float, "boolean": bool}[self.kind])

    @property
    def source(self) -> str:
        return self.column or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTime:
    """Time since time zero: the number in `column`, in `unit`; or the days from the date in `start` to the first date
    given in the columns `end`."""

    column: str = ""
    unit: Unit | None = None
    start: str = ""
    end: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        number, dates = (bool(self.column), self.unit is not None), (bool(self.start), bool(self.end))
        _require(
            {number, dates} == {(True, True), (False, False)},
            "",
            {"column": self.column, "unit": self.unit, "start": self.start, "end": self.end},
            "either column and unit, or start and end",
        )

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.column,) if self.column else (self.start, *self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatus:
    """How the follow-up ended: the texts of `column` that mean the event, censoring, or a competing event."""

    column: str
    event: tuple[str, ...]
    censored: tuple[str, ...]
    competing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(len(self.event) >= 1, "event", self.event, "at least one text")
        texts = (*self.event, *self.censored, *self.competing)
        _require(len(set(texts)) == len(texts), "event", texts, "each text once")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEndpoint:
    """A time to an event. `competing_label` names the competing event where `status` has one."""

    name: str
    label: str
    event_label: str
    time: TableTime
    status: TableStatus
    competing_label: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name)
        named = bool(self.competing_label) == bool(self.status.competing)
        _require(named, "competing_label", self.competing_label, "a name exactly when status.competing has texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMoment:
    """A moment of a patient's course; blank where it did not happen."""

    name: str
    label: str
    time: TableTime

    def __post_init__(self) -> None:
        _check_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTable:
    """A flat file as a dataset. `title` is what reports call it, `id` the column that tells the patients apart,
    `time_zero` the moment from which times count ('randomisation').

    A blank cell is not known, as are the texts of `missing`. `decimal` is the decimal sign of the numbers,
    `date_format` (strptime) the form of the dates, `sheet` the sheet of a workbook that has several. Times that are
    made of dates end at `data_cutoff`: what happened later does not count. `invented` marks every page and figure as
    no patients.
    """

    title: str
    id: str
    time_zero: str
    variables: tuple[TableVariable, ...]
    endpoints: tuple[TableEndpoint, ...]
    moments: tuple[TableMoment, ...] = ()
    data_cutoff: date | None = None
    missing: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    date_format: str = "%Y-%m-%d"
    sheet: str = ""
    invented: bool = False

    def __post_init__(self) -> None:
        for path in ("title", "id", "time_zero"):
            _require(bool(getattr(self, path)), path, "", "a text")
        readable = "strptime codes of a whole date, such as %d.%m.%Y"
        _require(_says_a_day(self.date_format), "date_format", self.date_format, readable)
        _once("variables", [item.name for item in self.variables])
        _once("endpoints", [item.name for item in self.endpoints])
        _once("moments", [item.name for item in self.moments])
        timed = [*(item.name for item in self.endpoints), *(item.name for item in self.moments)]
        made = [*(f"{name}_months" for name in timed), *(f"{item.name}_event" for item in self.endpoints)]
        _once("variables", [*made, *(item.name for item in self.variables)])

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        times = [*(item.time for item in self.endpoints), *(item.time for item in self.moments)]
        named = [self.id, *(item.source for item in self.variables), *(name for time in times for name in time.sources)]
        return tuple(dict.fromkeys([*named, *(item.status.column for item in self.endpoints)]))


def _check_name(name: str) -> None:
    _require(NAME.fullmatch(name) is not None, "name", name, "letters, digits and underscores, a letter first")


def _says_a_day(form: str) -> bool:
    try:
        return datetime.strptime(date(2001, 2, 3).strftime(form), form) == datetime(2001, 2, 3)
    except ValueError:
        return False


def _once(path: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    _require(not twice, path, twice, "each name once, also beside the columns of times (NAME_months, NAME_event)")
