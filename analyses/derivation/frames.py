"""The records as they come in: one frame per table of live rows, with declared columns and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analyses.pipeline.errors import InvalidValueError

# key: int64, never missing; reference and number: float64; code: pandas Categorical of texts; flag: pandas 'boolean';
# date: three columns, the partial date as text (a Categorical) and its first and last day as datetime64[ns].
Column = Literal["key", "reference", "number", "code", "flag", "date"]

SCHEMA: dict[str, dict[str, Column]] = {
    "patient": {
        "id": "key",
        "number": "code",
        "sex": "code",
        "birth_date": "date",
        "age_at_reference": "number",
        "age_reference": "code",
    },
    "consent": {"id": "key", "patient_id": "key", "withdrawn_on": "date"},
    "diagnosis": {
        "id": "key",
        "patient_id": "key",
        "date": "date",
        "biopsy_proven": "flag",
        "primary_site": "code",
        "morphology": "code",
        "who_type": "code",
        "staging_edition": "number",
        "t_category": "code",
        "n_category": "code",
        "m_category": "code",
        "stage": "code",
        "metastasis_date": "date",
        "metastasis_basis": "code",
        "other_malignancy": "flag",
        "smoking": "code",
        "pack_years": "number",
        "family_history": "flag",
    },
    "metastaticsite": {
        "id": "key",
        "patient_id": "key",
        "organ": "code",
        "organ_text": "code",
        "node_region": "code",
        "n_lesions": "number",
        "multiple_not_counted": "flag",
        "date": "date",
    },
    "performancestatus": {
        "id": "key",
        "patient_id": "key",
        "date": "date",
        "timepoint": "code",
        "kps": "number",
        "ecog": "number",
    },
    "labresult": {
        "id": "key",
        "patient_id": "key",
        "date": "date",
        "analyte": "code",
        "value": "number",
        "unit": "code",
        "below_limit": "flag",
    },
    "followup": {"id": "key", "patient_id": "key", "date": "date", "status": "code"},
    "progression": {"id": "key", "patient_id": "key", "date": "date", "kind": "code"},
    "death": {"id": "key", "patient_id": "key", "date": "date", "cause": "code"},
    "systemiccourse": {
        "id": "key",
        "patient_id": "key",
        "intent": "code",
        "line": "number",
        "agent_class": "code",
        "regimen_id": "reference",
        "start": "date",
        "stop": "date",
    },
    "chemotherapycycle": {"id": "key", "patient_id": "key", "course_id": "key", "number": "number", "day_1": "date"},
    "drugdose": {"id": "key", "patient_id": "key", "cycle_id": "key", "drug_id": "key"},
    "radiotherapycourse": {
        "id": "key",
        "patient_id": "key",
        "intent": "code",
        "technique": "code",
        "planned_dose_gy": "number",
        "delivered_dose_gy": "number",
        "start": "date",
        "end": "date",
    },
    "radiotherapyvolume": {
        "id": "key",
        "patient_id": "key",
        "course_id": "key",
        "volume": "code",
        "prescribed_gy": "number",
        "delivered_gy": "number",
    },
    "localtreatment": {"id": "key", "patient_id": "key", "modality": "code", "date": "date"},
    "responseassessment": {"id": "key", "patient_id": "key", "date": "date", "timepoint": "code", "category": "code"},
    "adverseevent": {
        "id": "key",
        "patient_id": "key",
        "term": "code",
        "grade": "number",
        "onset": "date",
        "phase": "code",
    },
    "regimen": {"id": "key", "code": "code"},
    "regimendrug": {"id": "key", "regimen_id": "key", "drug_id": "key"},
    "drug": {"id": "key", "code": "code", "agent_class": "code", "is_platinum": "flag"},
}

DTYPES: dict[Column, str] = {
    "key": "int64",
    "reference": "float64",
    "number": "float64",
    "code": "category",
    "flag": "boolean",
}


def columns(table: str) -> dict[str, str]:
    """The columns of the frame of `table` with their pandas types; a date stands as three columns."""
    found: dict[str, str] = {}
    for name, kind in SCHEMA[table].items():
        if kind == "date":
            found |= {name: "category", f"{name}_first": "datetime64[ns]", f"{name}_last": "datetime64[ns]"}
        else:
            found[name] = DTYPES[kind]
    return found


def empty(table: str) -> pd.DataFrame:
    """The frame of `table` without rows."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns(table).items()})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames(Mapping[str, pd.DataFrame]):
    """The live rows of one registry by table (the model's name in lower case), with the registry's title and whether
    its data are invented. Raises `InvalidValueError` when a table or a column of `SCHEMA` is absent."""

    registry: str
    invented: bool
    tables: Mapping[str, pd.DataFrame]

    def __post_init__(self) -> None:
        for table in SCHEMA:
            if table not in self.tables:
                raise InvalidValueError("tables", sorted(self.tables), f"the table {table} among them")
            absent = set(columns(table)) - set(self.tables[table].columns)
            if absent:
                raise InvalidValueError(f"tables.{table}", sorted(absent), "no absent column")

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)
