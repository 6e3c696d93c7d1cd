"""A flat file as a dataset: every declared column read, or every cell that does not fit named at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from analyses.pipeline.dataset import Dataset, Exclusion
from analyses.pipeline.flat import declared
from analyses.pipeline.flat.cells import Cells, Objects
from analyses.pipeline.flat.declaration import FlatTable, TableVariable
from analyses.pipeline.flat.problems import Problem, TableRefused, Unreadable
from analyses.pipeline.flat.texts import CORRECT, Rule, day, number, one_of, truth, unless_given
from analyses.pipeline.flat.times import Outcome, elapsed, outcome

HEADING = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRead:
    """The dataset, and sentences about what was left out or set right on the way."""

    dataset: Dataset
    notes: tuple[str, ...]


def read_flat(table: FlatTable, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> FlatRead:
    """The dataset that `table` declares. `columns` is the heading, `rows` are (line number, one text per column).

    A patient without a usable time for an endpoint stays, as an exclusion with the reason. Raises `TableRefused` with
    every cell that the declaration does not allow for.
    """
    _check_heading(table, columns)
    cells = Cells(columns, rows)
    if not len(cells):
        raise TableRefused([_of_heading("", "is followed by no row", "give the file a row per patient")])
    patients = _identifiers(cells, table)
    frame = {item.name: _variable(cells, table, item) for item in table.variables}
    outcomes = {item.name: outcome(cells, table, item) for item in table.endpoints}
    for name, found in outcomes.items():
        frame[f"{name}_months"] = found.months
        frame[f"{name}_event"] = pd.arrays.IntegerArray(found.event, found.event < 0)
    for moment in table.moments:
        time = elapsed(cells, table, moment.time, negative=True)
        frame[f"{moment.name}_months"] = np.where(time.cut, np.nan, time.months)
    if cells.problems:
        raise TableRefused(cells.problems)
    dataset = Dataset(
        frame=pd.DataFrame(frame, index=pd.Index(patients, name="patient")),
        variables=declared.variables(table),
        endpoints=declared.endpoints(table),
        moments=declared.moments(table),
        parameters=None,
        registry=table.title,
        invented=table.invented,
        exclusions=_exclusions(patients, outcomes),
    )
    return FlatRead(dataset=dataset, notes=tuple(_notes(table, cells, dataset, outcomes)))


def _check_heading(table: FlatTable, columns: Sequence[str]) -> None:
    """Every declared column stands in the heading exactly once."""
    heading = [name.strip() for name in columns]
    problems = [
        _of_heading(name, "is not in the heading", _instead(name, heading))
        if name not in heading
        else _of_heading(name, "stands in the heading more than once", "give each column a name of its own")
        for name in table.columns
        if heading.count(name) != 1
    ]
    if problems:
        raise TableRefused(problems)


def _instead(name: str, heading: Sequence[str]) -> str:
    near = get_close_matches(name.lower(), [column.lower() for column in heading], n=1)
    meant = [column for column in heading if near and column.lower() == near[0]]
    return "correct the declaration, or the heading" + (f"; the nearest column is '{meant[0]}'" if meant else "")


def _of_heading(name: str, wrong: str, remedy: str) -> Problem:
    return Problem(line=HEADING, column=name, value=name, wrong=wrong, remedy=remedy)


def _identifiers(cells: Cells, table: FlatTable) -> Objects:
    """Each patient's own; as they stand, so that nobody is told apart from themselves by a guess."""
    patients = cells.texts(table.id)
    blank = np.flatnonzero(patients == "")
    cells.refuse(table.id, blank, Unreadable("is blank", "give every patient an identifier"))
    first: dict[str, int] = {}
    for row, patient in enumerate(patients):
        if patient and first.setdefault(patient, row) != row:
            there = cells.line(first[patient])
            cells.refuse(table.id, [row], Unreadable(f"is the patient of line {there} too", "keep one row per patient"))
    return patients


def _variable(cells: Cells, table: FlatTable, item: TableVariable) -> Any:
    found = cells.read(item.source, unless_given(_rule(table, item), table.missing, item.values))
    if item.kind == "categorical":
        return pd.Categorical(found, categories=list(item.levels), ordered=True)
    if item.kind == "numeric":
        return found.astype(np.float64)
    if item.kind == "boolean":
        return pd.array(found, dtype="boolean")
    return np.array(found, dtype="datetime64[D]").astype("datetime64[ns]")


def _rule(table: FlatTable, item: TableVariable) -> Rule:
    if item.kind == "categorical":
        remedy = f"add it to the levels of '{item.name}', or say under 'values' or 'missing' what it stands for"
        return one_of(item.levels, f"is none of the levels of '{item.name}'", remedy)
    if item.kind == "numeric":
        return number(table.decimal, remedy=CORRECT, for_dates=f"declare '{item.name}' as a date, or correct the cell")
    return truth(CORRECT) if item.kind == "boolean" else day(table.date_format, CORRECT)


def _exclusions(patients: Objects, outcomes: Mapping[str, Outcome]) -> tuple[Exclusion, ...]:
    found = [
        Exclusion(patient=str(patients[row]), reason=str(of_one.reason[row]), endpoint=name)
        for name, of_one in outcomes.items()
        for row in np.flatnonzero(of_one.reason != "")
    ]
    return tuple(sorted(found, key=lambda item: (item.patient, item.endpoint)))


def _notes(table: FlatTable, cells: Cells, dataset: Dataset, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    for column, count in cells.trimmed.items():
        if count:
            yield f"Cells of '{column}' with blanks at the ends, which were taken off: {count}."
    for item in table.variables:
        if item.levels:
            seen = set(dataset.frame[item.name].dropna())
            unseen = [level for level in item.levels if level not in seen]
            if unseen:
                yield f"No patient has these levels of '{item.name}': {', '.join(unseen)}."
    for name, found in outcomes.items():
        without, cut = int((found.reason != "").sum()), int(found.cut.sum())
        if without:
            yield f"Patients without a usable time for '{name}': {without}."
        if cut:
            yield f"Patients followed beyond the data cut-off, where '{name}' was ended: {cut}."
    unread = [column for column in cells.columns if column not in table.columns]
    if unread:
        yield f"Columns that the declaration does not name were not read: {', '.join(unread)}."
