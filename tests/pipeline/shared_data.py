"""Open data and R's numbers on them, where the folder ../shared stands beside the checkout."""

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import SHARED

TOLERANCE = 1e-6


def needs_shared(path: str) -> str:
    """The full path, or a skip."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"needs ../shared/{path}")
    return str(found)


@cache
def _read_json(path: str) -> Any:
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)


def r_reference() -> Any:
    return _read_json(needs_shared("reference/r_reference.json"))


def published() -> Any:
    return _read_json(needs_shared("paper/published_figures.json"))


def lung() -> pd.DataFrame:
    table = pd.read_csv(needs_shared("data/survival/lung.csv"))
    return table.assign(event=(table["status"] == 2).astype(float))


def veteran() -> pd.DataFrame:
    table = pd.read_csv(needs_shared("data/survival/veteran.csv"))
    for level in ("adeno", "large", "smallcell"):
        table[f"celltype{level}"] = (table["celltype"] == level).astype(float)
    return table


VETERAN_COLUMNS = [
    "trt", "celltypeadeno", "celltypelarge", "celltypesmallcell", "karno", "diagtime", "age", "prior",
]  # fmt: skip
VETERAN_BLOCKS = {"trt": [0], "celltype": [1, 2, 3], "karno": [4], "diagtime": [5], "age": [6], "prior": [7]}


def colon_deaths() -> pd.DataFrame:
    table = pd.read_csv(needs_shared("data/survival/colon.csv"))
    table = table[table["etype"] == 2].reset_index(drop=True)
    return table.assign(rxLev=(table["rx"] == "Lev") * 1.0, rx5FU=(table["rx"] == "Lev+5FU") * 1.0)


def diabetic() -> pd.DataFrame:
    return pd.read_csv(needs_shared("data/survival/diabetic.csv"))


def lalonde() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table, and the design of treat ~ age + educ + race + married + nodegree + re74 + re75."""
    table = pd.read_csv(needs_shared("data/lalonde/lalonde.tab"), sep=" ")
    design = table[["age", "educ"]].astype(float)
    design["racehispan"] = (table["race"] == "hispan") * 1.0
    design["racewhite"] = (table["race"] == "white") * 1.0
    return table, design.join(table[["married", "nodegree", "re74", "re75"]].astype(float))


def rhc() -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """The table, the design of R's formula, and the variables of the formula."""
    table = pd.read_csv(needs_shared("data/rhc/rhc.csv"), keep_default_na=False, na_values=["", "NA"])
    table["treat"] = (table["swang1"] == "RHC").astype(int)
    reference = r_reference()["rhc_psm"]
    terms = [term.strip() for term in reference["call"].split("~")[1].split("+")]
    columns: dict[str, Any] = {}
    for term in terms:
        values = table[term]
        if values.dtype != object:
            columns[term] = values.astype(float)
            continue
        for level in sorted(values.unique()):
            if term + level in reference["ps_coef"]:
                columns[term + level] = (values == level) * 1.0
    return table, pd.DataFrame(columns), terms


def pairs_of(name: str) -> set[tuple[Any, Any]]:
    """MatchIt's pairs (treated id, control id)."""
    table = pd.read_csv(needs_shared(f"reference/{name}"))
    treated = table[table["treat"] == 1].set_index("subclass")["id"]
    control = table[table["treat"] == 0].set_index("subclass")["id"]
    return {(treated[key], control[key]) for key in treated.index}


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=TOLERANCE)
