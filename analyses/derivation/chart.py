"""All charts of a registry at once: the rows that count at the data cut-off, beside their patients."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from analyses.derivation.dates import Bounds, Days, day_of, known, middle, no_days, to_days
from analyses.derivation.frames import SCHEMA, Frames
from analyses.derivation.rows import Positions, Rows
from analyses.pipeline.parameters import DerivationParameters

# The name under which provenance cites a row, and the date by which it lies before or after the data cut-off. Contacts
# and deaths are judged by the endpoints (one after the cut-off shows that the patient lived on it); a withdrawal of
# consent always counts.
MODELS: dict[str, tuple[str, str | None]] = {
    "consent": ("Consent", None),
    "diagnosis": ("Diagnosis", "date"),
    "metastaticsite": ("MetastaticSite", "date"),
    "performancestatus": ("PerformanceStatus", "date"),
    "labresult": ("LabResult", "date"),
    "followup": ("FollowUp", None),
    "progression": ("Progression", "date"),
    "death": ("Death", None),
    "systemiccourse": ("SystemicCourse", "start"),
    "chemotherapycycle": ("ChemotherapyCycle", "day_1"),
    "drugdose": ("DrugDose", None),
    "radiotherapycourse": ("RadiotherapyCourse", "start"),
    "radiotherapyvolume": ("RadiotherapyVolume", None),
    "localtreatment": ("LocalTreatment", "date"),
    "responseassessment": ("ResponseAssessment", "date"),
    "adverseevent": ("AdverseEvent", "onset"),
}
PARENTS = {
    "chemotherapycycle": ("systemiccourse", "course_id"),
    "drugdose": ("chemotherapycycle", "cycle_id"),
    "radiotherapyvolume": ("radiotherapycourse", "course_id"),
}
# What a patient does on a day shows that they were alive on it: these bound a death known in part from below.
ALIVE_ON = (
    ("diagnosis", "date"),
    ("diagnosis", "metastasis_date"),
    ("progression", "date"),
    ("systemiccourse", "start"),
    ("chemotherapycycle", "day_1"),
    ("radiotherapycourse", "start"),
    ("radiotherapycourse", "end"),
)


class Chart:
    """The records of `frames` seen at the cut-off of `parameters`.

    A row dated after the cut-off does not count; an undated row does. Days of partial dates are the middle of their
    period, clipped to what is known: not before birth or (progression) diagnosis, not after death, a course not after
    its first cycle or its own end.
    """

    def __init__(self, frames: Frames, parameters: DerivationParameters) -> None:
        self.frames, self.parameters = frames, parameters
        self.patients = frames["patient"]
        self.numbers = self.patients["number"].astype(object).to_numpy()
        self.n = len(self.patients)
        self.cutoff = day_of(parameters.data_cutoff)
        self._rows: dict[str, Rows] = {}

    def rows(self, table: str) -> Rows:
        """The rows of `table` that count."""
        if table not in self._rows:
            self._rows[table] = self._counted(table)
        return self._rows[table]

    @cached_property
    def persons(self) -> Rows:
        """The patients themselves as rows, one each."""
        each = np.arange(self.n)
        days = {"birth_date": middle(*self._period(self.patients, "birth_date"))}
        return Rows(self.patients, model="Patient", n_patients=self.n, at=each, parent=each * 0 - 1, days=days)

    def certain(self, table: str, column: str, end: str, mask: str | None = None) -> Days:
        """Per patient: the latest (`end` 'first') or earliest (`end` 'last') such day of the column over live rows."""
        frame = self.frames[table]
        if mask is not None:
            frame = frame[frame["status"] == mask]
        at = self._positions(frame)
        days = to_days(frame[f"{column}_{end}"])
        days, at = days[at >= 0], at[at >= 0]
        reduce = np.fmax if end == "first" else np.fmin
        found = no_days(self.n)
        reduce.at(found, at, days)
        return found

    @cached_property
    def death_last(self) -> Days:
        """The last day on which each patient's death can have been."""
        return self.certain("death", "date", "last")

    @cached_property
    def _birth_first(self) -> Days:
        return to_days(self.patients["birth_date_first"])

    @cached_property
    def _diagnosis_first(self) -> Days:
        return self.certain("diagnosis", "date", "first")

    @cached_property
    def _alive_until(self) -> Days:
        """The latest day on which each patient was alive for certain, contacts and treatment included."""
        latest = self.certain("followup", "date", "first", mask="alive")
        for table, column in ALIVE_ON:
            latest = np.fmax(latest, self.certain(table, column, "first"))
        return latest

    def _positions(self, frame: pd.DataFrame) -> Positions:
        index = pd.Index(self.patients["id"])
        return np.asarray(index.get_indexer(pd.Index(frame["patient_id"])), dtype=np.int64)

    @staticmethod
    def _period(frame: pd.DataFrame, column: str) -> tuple[Days, Days]:
        return to_days(frame[f"{column}_first"]), to_days(frame[f"{column}_last"])

    def _counted(self, table: str) -> Rows:
        frame = self.frames[table]
        at = self._positions(frame)
        parent = self._parents(table, frame)
        dates = [name for name, kind in SCHEMA[table].items() if kind == "date"]
        days = {name: self._days(table, name, frame, at) for name in dates}
        model, dated = MODELS[table]
        counts = at >= 0
        if table in PARENTS:
            counts &= parent >= 0
        if dated is not None:
            counts &= ~(days[dated] > self.cutoff)
        for name in set(dates) - {dated} if dated else ():
            days[name] = np.where(days[name] > self.cutoff, no_days(1), days[name])
        return Rows(frame, model=model, n_patients=self.n, at=at, parent=parent, days=days).kept(counts)

    def _parents(self, table: str, frame: pd.DataFrame) -> Positions:
        """Position of each row's parent among the parents that count; -1 hides the children of a void parent."""
        if table not in PARENTS:
            return np.full(len(frame), -1, dtype=np.int64)
        parent, key = PARENTS[table]
        index = pd.Index(self.rows(parent).frame["id"])
        return np.asarray(index.get_indexer(pd.Index(frame[key])), dtype=np.int64)

    def days_after(self, table: str, column: str, zero: Days) -> Days:
        """Days of the rows of `table` as in `rows`, where a period known in part that reaches beyond each patient's
        `zero` is clipped to what lies after it: such a date is not before `zero` for certain."""
        rows = self.rows(table)
        return self._days(table, column, rows.frame, rows.at, (zero[rows.at], None))

    def _days(self, table: str, column: str, frame: pd.DataFrame, at: Positions, *more: Bounds) -> Days:
        first, last = self._period(frame, column)
        if not (first != last)[known(first)].any():
            return first
        if table == "death":
            bounds: list[Bounds] = [(self._birth_first[at], None), (self._alive_until[at], None)]
        else:
            bounds = [(self._birth_first[at], self.death_last[at])]
        if table == "progression":
            bounds.append((self._diagnosis_first[at], None))
        return middle(first, last, *bounds, *self._own_bounds(table, column, frame), *more)

    def _own_bounds(self, table: str, column: str, frame: pd.DataFrame) -> list[Bounds]:
        """What the row itself and its children say: a start is not after the end, a course not after its cycles."""
        ends = {"start": "end", "end": "start"} if table == "radiotherapycourse" else {"start": "stop", "stop": "start"}
        if table not in ("radiotherapycourse", "systemiccourse"):
            return []
        first, last = self._period(frame, ends[column])
        if column != "start":
            return [(first, None)]
        return [(None, last), (None, self._first_cycle(frame))] if table == "systemiccourse" else [(None, last)]

    def _first_cycle(self, courses: pd.DataFrame) -> Days:
        """Per course: the earliest last possible day of a first day of a cycle."""
        cycles = self.frames["chemotherapycycle"]
        at = pd.Index(courses["id"]).get_indexer(pd.Index(cycles["course_id"]))
        found = no_days(len(courses))
        np.fmin.at(found, at[at >= 0], to_days(cycles["day_1_last"])[at >= 0])
        return found
