"""Two data sets that lifelines ships, and R's numbers on them (r/weighting_reference.R)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from lifelines.datasets import load_gbsg2, load_rossi


@cache
def golden() -> Any:
    return json.loads((Path(__file__).parent / "r" / "weighting_reference.json").read_text(encoding="utf-8"))


def gbsg2() -> pd.DataFrame:
    """Breast cancer, hormone treatment or none: 686 patients, days with few ties."""
    table = load_gbsg2()
    return pd.DataFrame(
        {
            "treat": (table["horTh"] == "yes") * 1,
            "time": table["time"],
            "event": table["cens"],
            "age": table["age"],
            "post": (table["menostat"] == "Post") * 1,
            "tsize": table["tsize"],
            "grade2": (table["tgrade"] == "II") * 1,
            "grade3": (table["tgrade"] == "III") * 1,
            "pnodes": table["pnodes"],
            "progrec": table["progrec"],
            "estrec": table["estrec"],
        }
    )


def rossi() -> pd.DataFrame:
    """Released prisoners, financial aid or none: 432 persons, 52 weeks, so that ties abound."""
    return load_rossi().rename(columns={"fin": "treat", "week": "time", "arrest": "event"})


TABLES = {"gbsg2": gbsg2, "rossi": rossi}


def covariates(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=["treat", "time", "event"])
