"""From declared variables to numbers: level codes, indicator columns, complete cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyses.pipeline.dataset import Variable

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A categorical or boolean variable as codes into `levels`; -1 is missing."""

    codes: Codes
    levels: tuple[str, ...]

    def with_unknown(self) -> Coded:
        """Missing values as a last level 'Unknown', where there are any."""
        if not (self.codes < 0).any():
            return self
        codes = np.where(self.codes < 0, len(self.levels), self.codes)
        return Coded(codes=codes, levels=(*self.levels, UNKNOWN))

    def counts(self, group: Codes, groups: int) -> Codes:
        """levels x groups; missing values are not counted."""
        known = self.codes >= 0
        cells = np.bincount(
            self.codes[known] * groups + group[known],
            minlength=len(self.levels) * groups,
        )
        return cells.reshape(len(self.levels), groups)


def is_numeric(variable: Variable) -> bool:
    return variable.kind == "numeric"


def coded(frame: pd.DataFrame, variable: Variable) -> Coded:
    """The codes of a categorical or boolean variable (No = 0, Yes = 1)."""
    column = frame[variable.name]
    if variable.kind == "boolean":
        codes = column.to_numpy(dtype="int64", na_value=-1)
        return Coded(codes=codes, levels=("No", "Yes"))
    return Coded(codes=np.asarray(column.cat.codes, dtype=np.int64), levels=variable.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One column of a design: a level against its reference, or a number (`level` and `reference` empty)."""

    variable: str
    label: str
    level: str
    reference: str

    @property
    def name(self) -> str:
        return f"{self.variable}={self.level}" if self.level else self.variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """`matrix` (rows x terms) of the `complete` patients (a mask over the frame); `blocks` gives each variable's
    columns."""

    matrix: Floats
    terms: tuple[Term, ...]
    complete: Mask
    blocks: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The columns of one variable for all patients; rows where `known` is false hold no values."""

    columns: tuple[Floats, ...]
    terms: tuple[Term, ...]
    known: Mask


def indicator_block(column: Coded, variable: Variable, *, levels: Sequence[str] | None = None) -> Block:
    """Indicators of every level but the first of `levels` (by default the levels that occur); others count as
    missing."""
    kept = list(levels) if levels is not None else levels_present(column)
    positions = [column.levels.index(level) for level in kept]
    known = np.isin(column.codes, positions)
    terms = tuple(
        Term(variable=variable.name, label=variable.label, level=level, reference=kept[0]) for level in kept[1:]
    )
    columns = tuple((column.codes == position).astype(float) for position in positions[1:])
    return Block(columns=columns, terms=terms, known=known)


def levels_present(column: Coded) -> list[str]:
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
    return [level for level, count in zip(column.levels, counts, strict=True) if count]


def numeric_block(frame: pd.DataFrame, variable: Variable) -> Block:
    values = frame[variable.name].to_numpy(dtype=float)
    term = Term(variable=variable.name, label=variable.label, level="", reference="")
    return Block(columns=(values,), terms=(term,), known=~np.isnan(values))


def block(frame: pd.DataFrame, variable: Variable, *, unknown_level: bool) -> Block:
    """A variable's columns; with `unknown_level` a missing level has an indicator of its own. Numbers cannot be
    'Unknown'."""
    if is_numeric(variable):
        return numeric_block(frame, variable)
    column = coded(frame, variable)
    return indicator_block(column.with_unknown() if unknown_level else column, variable)


def join_blocks(blocks: Mapping[str, Block]) -> Design:
    """One matrix of the patients known in every block."""
    complete = np.logical_and.reduce([item.known for item in blocks.values()])
    columns = [column[complete] for item in blocks.values() for column in item.columns]
    positions: dict[str, tuple[int, ...]] = {}
    start = 0
    for name, item in blocks.items():
        positions[name] = tuple(range(start, start + len(item.columns)))
        start += len(item.columns)
    return Design(
        matrix=np.column_stack(columns) if columns else np.empty((int(complete.sum()), 0)),
        terms=tuple(term for item in blocks.values() for term in item.terms),
        complete=complete,
        blocks=positions,
    )
