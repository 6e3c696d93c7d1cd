"""Rows of one table beside their patients, and the choice of one row per patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyses.derivation.dates import NEVER, Days, Mask, known

Positions: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Texts: TypeAlias = npt.NDArray[np.object_]
# What stands where there is no text, in a shape that numpy broadcasts.
NONE: Texts = np.array(None, dtype=object)


def choose(*cases: tuple[Mask, object]) -> Texts:
    """Per patient or row the value of the first case that holds; None where none does."""
    conditions = [np.asarray(condition, dtype=bool) for condition, _ in cases]
    values = [np.array(value, dtype=object) for _, value in cases]
    return np.asarray(np.select(conditions, values, default=NONE))


class Rows:
    """The rows of one table that count: `at` is the position of each row's patient, `parent` that of the row it hangs
    below (-1 where the table has none), `days` the day used for each date column."""

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        model: str,
        n_patients: int,
        at: Positions,
        parent: Positions,
        days: Mapping[str, Days],
    ) -> None:
        self.frame, self.model, self.n_patients = frame, model, n_patients
        self.at, self.parent, self.days = at, parent, days

    def kept(self, mask: Mask) -> Rows:
        """Only the rows in `mask`."""
        return Rows(
            self.frame.loc[mask],
            model=self.model,
            n_patients=self.n_patients,
            at=self.at[mask],
            parent=self.parent[mask],
            days={name: days[mask] for name, days in self.days.items()},
        )

    def __len__(self) -> int:
        return len(self.at)

    def day(self, column: str) -> Days:
        return self.days[column]

    def number(self, column: str) -> Floats:
        return self.frame[column].to_numpy(dtype=np.float64)

    def is_(self, column: str, *codes: str) -> Mask:
        """Whether the code in `column` is one of `codes`; a missing code is none."""
        return np.asarray(self.frame[column].isin(codes))

    def flag(self, column: str) -> Mask:
        """Whether the flag is set for certain."""
        return np.asarray(self.frame[column].fillna(False).astype(bool))

    def any(self, mask: Mask) -> Mask:
        """Per patient: whether a row in `mask` exists."""
        return self.count(mask) > 0

    def count(self, mask: Mask) -> Positions:
        """Per patient: how many rows are in `mask`."""
        return np.bincount(self.at[mask], minlength=self.n_patients)

    def total(self, amount: Floats, mask: Mask) -> Floats:
        """Per patient: the sum of `amount` over the rows in `mask`."""
        sums = np.bincount(self.at[mask], weights=amount[mask], minlength=self.n_patients)
        return sums.astype(np.float64)

    def first(self, mask: Mask, by: Days) -> Choice:
        """Per patient the row in `mask` with the earliest day; undated rows come last, then the one entered first."""
        return self._chosen(mask, np.where(known(by), by.astype(np.int64), np.iinfo(np.int64).max), last=False)

    def latest(self, mask: Mask, by: Days) -> Choice:
        """Per patient the row in `mask` with the latest day; undated rows give way, then the one entered last."""
        return self._chosen(mask, np.where(known(by), by.astype(np.int64), np.iinfo(np.int64).min), last=True)

    def largest(self, mask: Mask, by: Floats) -> Choice:
        """Per patient the row in `mask` with the largest number; rows without a number are out."""
        return self._chosen(mask & ~np.isnan(by), by, last=True)

    def _chosen(self, mask: Mask, key: npt.NDArray[Any], *, last: bool) -> Choice:
        candidates = np.flatnonzero(mask)
        identifier = self.frame["id"].to_numpy()[candidates]
        order = candidates[np.lexsort((identifier, key[candidates], self.at[candidates]))]
        patient = self.at[order]
        edge = np.append(patient[1:] != patient[:-1], True) if last else np.insert(patient[1:] != patient[:-1], 0, True)
        index = np.full(self.n_patients, -1, dtype=np.int64)
        if order.size:
            index[patient[edge]] = order[edge]
        return Choice(self, index)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One row (or none: -1) per patient."""

    rows: Rows
    index: Positions

    @property
    def exists(self) -> Mask:
        return self.index >= 0

    def day(self, column: str) -> Days:
        return self.taken(self.rows.day(column))

    def taken(self, days: Days) -> Days:
        """The chosen row's own day out of one day per row."""
        return self._picked(days, NEVER)

    def number(self, column: str) -> Floats:
        return self._picked(self.rows.number(column), np.nan)

    def flag(self, column: str) -> pd.arrays.BooleanArray:
        """The flag as a pandas 'boolean' array, missing where it is not known."""
        values = self.rows.frame[column]
        missing = self._picked(np.asarray(values.isna()), True)
        return pd.arrays.BooleanArray(self._picked(self.rows.flag(column), False), missing)

    def set_for_certain(self, column: str) -> Mask:
        """Whether the flag is set; a missing flag or row is not."""
        return self._picked(self.rows.flag(column), False)

    def is_(self, column: str, *codes: str) -> Mask:
        """Whether the code is one of `codes`; a missing code or row is none."""
        return self._picked(self.rows.is_(column, *codes), False)

    def code(self, column: str) -> Texts:
        """The code as text, None where it is not known."""
        return self.recoded(column, None)

    def recoded(self, column: str, levels: Mapping[str, str] | None) -> Texts:
        """The level that `levels` gives for the code (the code itself without `levels`), None for any other."""
        values = self.rows.frame[column]
        names = list(values.cat.categories)
        lookup = np.array([*(name if levels is None else levels.get(name) for name in names), None], dtype=object)
        codes = self._picked(values.cat.codes.to_numpy(dtype=np.int64), -1)
        return np.asarray(lookup[codes])

    def among(self, mask: Mask) -> Choice:
        """The choice for patients in `mask` only."""
        return Choice(self.rows, np.where(mask, self.index, -1))

    def source(self, column: str, date: str | None = None) -> Texts:
        """Which record and field gave the value: 'Progression:512.date', with the date as the chart gives it where the
        day used was reckoned from a part of it. `date` names the date column when `column` is no date itself."""
        found = np.full(self.rows.n_patients, None, dtype=object)
        at = np.flatnonzero(self.exists)
        rows = self.index[at]
        # Formatting one by one is faster than numpy's and pandas' text arithmetic.
        model, numbers = self.rows.model, self.rows.frame["id"].to_numpy()[rows].tolist()
        found[at] = [f"{model}:{number}.{column}" for number in numbers]
        when = date or (column if column in self.rows.days else None)
        if when is not None:
            self._note_parts_of_dates(found, when)
        return found

    def _note_parts_of_dates(self, texts: Texts, column: str) -> None:
        frame = self.rows.frame
        partial = np.asarray((frame[f"{column}_first"] != frame[f"{column}_last"]) & frame[column].notna())
        at = np.flatnonzero(self._picked(partial, False))
        recorded = frame[column].iloc[self.index[at]].astype(str)
        texts[at] = [f"{text} (within {part})" for text, part in zip(texts[at], recorded, strict=True)]

    def _picked(self, values: npt.NDArray[Any], missing: Any) -> npt.NDArray[Any]:
        if not len(values):
            return np.full(len(self.index), missing, dtype=values.dtype)
        return np.where(self.exists, values[self.index], np.asarray(missing, dtype=values.dtype))
