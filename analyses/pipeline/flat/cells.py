"""The cells of a flat file: each column read by a rule, once per distinct text, every refusal kept with its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyses.pipeline.flat.problems import Problem, Unreadable
from analyses.pipeline.flat.texts import Rule

Objects = npt.NDArray[Any]
Rows = npt.NDArray[np.intp]


class _Column(NamedTuple):
    """Row i holds the text `distinct[codes[i]]`."""

    codes: Rows
    distinct: Objects


class Cells:
    """The rows of a file by column name. Blanks at the ends of names and cells are taken off; `trimmed` counts such
    cells of the columns read so far. `rows` are (line number, as many texts as there are columns)."""

    def __init__(self, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        self.columns = [name.strip() for name in columns]
        numbered = list(rows)
        self._lines = [line for line, _ in numbered]
        self._rows = [cells for _, cells in numbered]
        self._known: dict[str, _Column] = {}
        self._problems: dict[Problem, None] = {}
        self.trimmed: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def problems(self) -> list[Problem]:
        """Every refusal once, by line."""
        return sorted(self._problems, key=lambda problem: problem.line)

    def read(self, column: str, rule: Rule) -> Objects:
        """What `rule` makes of each row's text; None where it refuses."""
        codes, distinct = self._column(column)
        values, faults = np.empty(len(distinct), dtype=object), dict[int, Unreadable]()
        for code, text in enumerate(distinct):
            try:
                values[code] = rule(text)
            except Unreadable as fault:
                faults[code] = fault
        for row in np.flatnonzero(np.isin(codes, list(faults))):
            self.refuse(column, [int(row)], faults[codes[row]])
        return values[codes]

    def texts(self, column: str) -> Objects:
        codes, distinct = self._column(column)
        return distinct[codes]

    def line(self, row: int) -> int:
        return self._lines[row]

    def refuse(self, column: str, rows: Iterable[int] | Rows, fault: Unreadable) -> None:
        """Keep the fault for each of the rows (positions)."""
        codes, distinct = self._column(column)
        for row in rows:
            problem = Problem(
                line=self._lines[row],
                column=column,
                value=distinct[codes[row]],
                wrong=fault.wrong,
                remedy=fault.remedy,
            )
            self._problems[problem] = None

    def _column(self, name: str) -> _Column:
        if name not in self._known:
            position = self.columns.index(name)
            raw = [cells[position] for cells in self._rows]
            texts = [text.strip() for text in raw]
            self.trimmed[name] = sum(map(str.__ne__, raw, texts))
            codes, distinct = pd.factorize(np.array(texts, dtype=object))
            self._known[name] = _Column(codes, np.asarray(distinct, dtype=object))
        return self._known[name]
