"""The drawn cohort as the frames that derivation reads, without a database: the same rows as the writer stores."""

from typing import Any

import pandas as pd

from analyses.derivation.frames import SCHEMA, Frames, columns
from exchange.study_cohort.records import CATALOGUE, Records, parent_table
from exchange.study_cohort.writer import PREFIX, TITLE
from records.partial_dates import bounds
from treatments.catalogue import DRUGS, REGIMENS


def frames(records: Records) -> Frames:
    """Frames of the whole registry; rows and patients are numbered from 1 in the order of ``records``."""
    tables = {table: _frame(table, rows) for table, rows in records.tables.items() if table in SCHEMA}
    tables["patient"] = tables["patient"].assign(
        number=pd.Categorical([f"{PREFIX}-{position:06d}" for position in tables["patient"]["id"]])
    )
    return Frames(registry=TITLE, invented=True, tables=tables | _catalogue())


def _frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    plain = pd.DataFrame([_plain(table, row) for row in rows]).assign(id=range(1, len(rows) + 1))
    for name, kind in SCHEMA[table].items():
        if kind == "date":
            plain = _with_days(plain.reindex(columns=[*plain.columns.union([name], sort=False)]), name)
    return plain.reindex(columns=list(columns(table))).astype(columns(table))


def _plain(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """References as keys: positions count from 1, catalogue codes by their place in the catalogue."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if parent_table(table, name) is not None:
            found[f"{name}_id"] = None if value is None else value + 1
        elif name in CATALOGUE:
            found[f"{name}_id"] = None if value is None else KEYS[name][value]
        else:
            found[name] = value
    return found


KEYS = {
    "regimen": {code: key for key, code in enumerate(REGIMENS, start=1)},
    "drug": {code: key for key, (code, *_) in enumerate(DRUGS, start=1)},
}


def _with_days(plain: pd.DataFrame, name: str) -> pd.DataFrame:
    dates = {text: bounds(text) for text in plain[name].dropna().unique()}
    first = pd.to_datetime(plain[name].map({text: days[0] for text, days in dates.items()}))
    last = pd.to_datetime(plain[name].map({text: days[1] for text, days in dates.items()}))
    return plain.assign(**{f"{name}_first": first, f"{name}_last": last})


def _catalogue() -> dict[str, pd.DataFrame]:
    regimens = [{"id": key, "code": code} for code, key in KEYS["regimen"].items()]
    drugs = [
        {"id": KEYS["drug"][code], "code": code, "agent_class": str(agent_class), "is_platinum": is_platinum}
        for code, _, agent_class, is_platinum in DRUGS
    ]
    pairs = [
        (KEYS["regimen"][code], KEYS["drug"][drug]) for code, (_, _, given) in REGIMENS.items() for drug, *_ in given
    ]
    of_regimens = [{"id": key, "regimen_id": one, "drug_id": two} for key, (one, two) in enumerate(pairs, start=1)]
    rows: dict[str, list[dict[str, Any]]] = {"regimen": regimens, "drug": drugs, "regimendrug": of_regimens}
    return {table: pd.DataFrame(content).astype(columns(table)) for table, content in rows.items()}
