"""Times since time zero, from numbers or dates, and how each ended."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analyses.pipeline.flat.cells import Cells, Objects
from analyses.pipeline.flat.declaration import FlatTable, TableEndpoint, TableStatus, TableTime
from analyses.pipeline.flat.problems import Unreadable
from analyses.pipeline.flat.texts import CORRECT_OR_MISSING, day, number, one_of, unless_given
from analyses.pipeline.parameters import DAYS_PER_MONTH

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

DAYS = {"days": 1.0, "weeks": 7.0, "years": 365.25}
DECLARE_DATES = "declare the time by its dates ('start' and 'end') instead of a column of numbers"
EMPTY_IT = "correct the cell, or empty it: the patient then has no usable time here"
DECLARE_STATUS = "add it to the status's 'event', 'censored' or 'competing', or to the table's 'missing'"


class Elapsed(NamedTuple):
    """Per row: months since time zero (NaN where not known), the column that lacks for it ('' where known), and
    whether the time was ended at the data cut-off."""

    months: Floats
    lacking: Objects
    cut: Mask


class Outcome(NamedTuple):
    """Per row: months and event code (0 censored, 1 event, 2 competing event), NaN and -1 where there is a `reason`
    against; `cut` as in `Elapsed`."""

    months: Floats
    event: Codes
    reason: Objects
    cut: Mask


def outcome(cells: Cells, table: FlatTable, endpoint: TableEndpoint) -> Outcome:
    """An endpoint of every patient; times before time zero are refused."""
    time = elapsed(cells, table, endpoint.time, negative=False)
    event = np.where(time.cut, np.int8(0), _status(cells, table, endpoint.status))
    reason = np.array([f"'{column}' is not known." if column else "" for column in time.lacking], dtype=object)
    reason[(reason == "") & (time.months < 0)] = "Time zero lies after the data cut-off."
    reason[(reason == "") & (event < 0)] = f"'{endpoint.status.column}' is not known."
    usable = reason == ""
    return Outcome(
        months=np.where(usable, time.months, np.nan),
        event=np.where(usable, event, -1).astype(np.int8),
        reason=reason,
        cut=time.cut & usable,
    )


def elapsed(cells: Cells, table: FlatTable, time: TableTime, *, negative: bool) -> Elapsed:
    """Times by their declaration; `negative` allows moments before time zero."""
    return _counted(cells, table, time, negative) if time.column else _between(cells, table, time, negative)


def _counted(cells: Cells, table: FlatTable, time: TableTime, negative: bool) -> Elapsed:
    rule = number(table.decimal, remedy=CORRECT_OR_MISSING, for_dates=DECLARE_DATES)
    values = cells.read(time.column, unless_given(rule, table.missing)).astype(np.float64)
    if not negative:
        cells.refuse(time.column, np.flatnonzero(values < 0), Unreadable("is a time before time zero", EMPTY_IT))
    months = values if time.unit == "months" else values * DAYS[str(time.unit)] / DAYS_PER_MONTH
    lacking = np.where(np.isnan(values), time.column, "").astype(object)
    return Elapsed(months, lacking, np.zeros(len(values), dtype=bool))


def _between(cells: Cells, table: FlatTable, time: TableTime, negative: bool) -> Elapsed:
    start = _days(cells, table, time.start)
    end, origin = np.full(len(cells), "NaT", dtype="datetime64[D]"), np.full(len(cells), "", dtype=object)
    for column in time.end:
        found = _days(cells, table, column)
        taken = np.isnat(end) & ~np.isnat(found)
        end[taken], origin[taken] = found[taken], column
    if not negative:
        for column in time.end:
            early = np.flatnonzero((end < start) & (origin == column))
            cells.refuse(column, early, Unreadable(f"is a date before that in '{time.start}'", EMPTY_IT))
    cut = end > np.datetime64(table.data_cutoff, "D") if table.data_cutoff else np.zeros(len(cells), dtype=bool)
    end[cut] = np.datetime64(table.data_cutoff, "D")
    missing_end = np.where(np.isnat(end), " or ".join(time.end), "")
    lacking = np.where(np.isnat(start), time.start, missing_end).astype(object)
    days = np.where(lacking == "", (end - start).astype(np.float64), np.nan)
    return Elapsed(days / DAYS_PER_MONTH, lacking, cut)


def _days(cells: Cells, table: FlatTable, column: str) -> Days:
    rule = unless_given(day(table.date_format, CORRECT_OR_MISSING), table.missing)
    return np.array(cells.read(column, rule), dtype="datetime64[D]")


def _status(cells: Cells, table: FlatTable, status: TableStatus) -> Codes:
    """The event code of each row, -1 where not known."""
    codes = {
        text: code for code, texts in enumerate((status.censored, status.event, status.competing)) for text in texts
    }
    rule = unless_given(one_of((), "is no declared status", DECLARE_STATUS), table.missing, codes)
    return np.array([-1 if code is None else code for code in cells.read(status.column, rule)], dtype=np.int8)
