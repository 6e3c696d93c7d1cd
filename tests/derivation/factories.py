"""Small registries for tests: rows as dictionaries in, frames out."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

import pandas as pd

from analyses.derivation import dictionary
from analyses.derivation.course import Course
from analyses.derivation.derive import derive
from analyses.derivation.frames import SCHEMA, Frames, columns, empty
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.parameters import DerivationParameters

CATALOGUE: dict[str, list[dict[str, Any]]] = {
    "drug": [
        {"id": 1, "code": "cisplatin", "agent_class": "chemotherapy", "is_platinum": True},
        {"id": 2, "code": "carboplatin", "agent_class": "chemotherapy", "is_platinum": True},
        {"id": 3, "code": "fluorouracil", "agent_class": "chemotherapy", "is_platinum": False},
        {"id": 4, "code": "gemcitabine", "agent_class": "chemotherapy", "is_platinum": False},
        {"id": 5, "code": "capecitabine", "agent_class": "chemotherapy", "is_platinum": False},
    ],
    "regimen": [
        {"id": 1, "code": "PF"},
        {"id": 2, "code": "GP"},
        {"id": 3, "code": "cisplatin"},
        {"id": 4, "code": "capecitabine"},
    ],
    "regimendrug": [
        {"id": 1, "regimen_id": 1, "drug_id": 1},
        {"id": 2, "regimen_id": 1, "drug_id": 3},
        {"id": 3, "regimen_id": 2, "drug_id": 1},
        {"id": 4, "regimen_id": 2, "drug_id": 4},
        {"id": 5, "regimen_id": 3, "drug_id": 1},
        {"id": 6, "regimen_id": 4, "drug_id": 5},
    ],
}
BY_NAME = {declaration.name: declaration for declaration in dictionary.DECLARATIONS}
PF, GP, CISPLATIN, CAPECITABINE = 1, 2, 3, 4


def period(text: str) -> tuple[date, date]:
    """First and last day of a partial date."""
    parts = [int(part) for part in text.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if len(parts) == 3:
        return date(*parts), date(*parts)
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The frame of one table: rows get ids 1, 2, ... and patient 1 unless they say otherwise."""
    full = []
    for number, given in enumerate(rows, start=1):
        row: dict[str, Any] = {"id": number, "patient_id": 1, **given}
        row = {key: value for key, value in row.items() if key in SCHEMA[name]}
        assert set(given) <= set(SCHEMA[name]), f"{name} has no {set(given) - set(SCHEMA[name])}"
        for column, kind in SCHEMA[name].items():
            if kind == "date" and row.get(column):
                row[f"{column}_first"], row[f"{column}_last"] = period(row[column])
            elif kind == "flag":
                row.setdefault(column, None)
        full.append(row)
    if not full:
        return empty(name)
    frame = pd.DataFrame(full, columns=list(columns(name)), dtype=object)
    return frame.astype(columns(name))


# Frames are read, never changed: what a test does not give is made once.
UNTOUCHED = {name: table(name, CATALOGUE.get(name, [])) for name in SCHEMA}


def registry(patients: int = 1, **tables: list[dict[str, Any]]) -> Frames:
    """Frames of a registry with patients NPC-000001, NPC-000002, ... (ids 1, 2, ...) and the rows given."""
    rows = {"patient": [{"number": f"NPC-{number:06d}"} for number in range(1, patients + 1)], **tables}
    given = {name: table(name, of_table) for name, of_table in rows.items()}
    return Frames(registry="Test registry", invented=True, tables={**UNTOUCHED, **given})


def derived(parameters: dict[str, Any] | None = None, patients: int = 1, **tables: list[dict[str, Any]]) -> Dataset:
    """The dataset of `registry`, cut off at the end of 2019 unless `parameters` say otherwise."""
    chosen = {"data_cutoff": date(2019, 12, 31), **(parameters or {})}
    return derive(registry(patients, **tables), DerivationParameters(**chosen))


def value(name: str, parameters: dict[str, Any] | None = None, **tables: list[dict[str, Any]]) -> Any:
    """The value of one variable for a registry of one patient; None where it is missing."""
    column, _ = _one(name, parameters, tables)
    return None if pd.isna(column.iloc[0]) else column.iloc[0]


def source(name: str, parameters: dict[str, Any] | None = None, **tables: list[dict[str, Any]]) -> Any:
    """The provenance of one variable for a registry of one patient."""
    _, found = _one(name, parameters, tables)
    assert found is not None, f"{name} is not traced"
    return found[0]


def _one(name: str, parameters: dict[str, Any] | None, tables: dict[str, Any]) -> tuple[pd.Series, Any]:
    chosen = DerivationParameters(**{"data_cutoff": date(2019, 12, 31), **(parameters or {})})
    return BY_NAME[name].derive(Course(registry(**tables), chosen))
