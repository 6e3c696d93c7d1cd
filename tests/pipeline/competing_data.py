"""Tables with competing risks, and R's numbers on them (made by `r/competing_reference.R`)."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from lifelines.datasets import load_stanford_heart_transplants

from tests.pipeline.shared_data import needs_shared

REFERENCE = Path(__file__).parent / "r" / "competing_reference.json"
NAMES = ("monthly", "mgus2", "heart")


class CompetingData(NamedTuple):
    """`time`, `event`, `arm` and `centre` of each patient, and the design of the models."""

    time: np.ndarray
    event: np.ndarray
    arm: np.ndarray
    centre: np.ndarray
    design: pd.DataFrame


@cache
def reference(name: str) -> Any:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))[name]


def competing_data(name: str) -> CompetingData:
    table = {"monthly": _monthly, "mgus2": _mgus2, "heart": _heart}[name]()
    time, event, arm, centre = (table.pop(column).to_numpy() for column in ("time", "event", "arm", "centre"))
    return CompetingData(time, event, arm, centre, table.astype(float))


def _monthly() -> pd.DataFrame:
    """Made to be tied: three causes, everything happens at whole months."""
    table = pd.DataFrame(reference("monthly")["data"])
    return pd.DataFrame({"b": table["arm"] == "b", "c": table["arm"] == "c", **table})[
        ["time", "event", "arm", "centre", "b", "c", "age"]
    ]


def _mgus2() -> pd.DataFrame:
    """Progression to a plasma cell malignancy (1) or death without it (2), in months."""
    table = pd.read_csv(needs_shared("data/survival/mgus2.csv"))
    progressed = table["pstat"] == 1
    return pd.DataFrame(
        {
            "time": np.where(progressed, table["ptime"], table["futime"]),
            "event": np.where(progressed, 1, 2 * table["death"]),
            "arm": table["sex"],
            "centre": (table["dxyr"] >= 1980) * 1,
            "age": table["age"],
            "male": table["sex"] == "M",
        }
    )


def _heart() -> pd.DataFrame:
    """Waiting for a heart: transplanted (1), died before (2), still waiting (0)."""
    rows = load_stanford_heart_transplants()
    transplanted = rows.loc[rows["transplant"].astype(int) == 1, "id"]
    table = rows.drop_duplicates("id").reset_index(drop=True)
    return pd.DataFrame(
        {
            "time": table["stop"],
            "event": np.where(table["id"].isin(transplanted), 1, 2 * table["event"]),
            "arm": pd.cut(table["age"], [-np.inf, -5, 3, np.inf], labels=["young", "middle", "old"]).astype(str),
            "centre": table["surgery"],
            "age": table["age"],
            "year": table["year"],
            "surgery": table["surgery"],
        }
    )


@st.composite
def tied_follow_ups(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times 1 to 6, events 0 to 2 (at least one of cause 1) and groups 0 to 2 of a few patients."""
    n = draw(st.integers(4, 24))
    time = np.array(draw(st.lists(st.integers(1, 6), min_size=n, max_size=n)), dtype=float)
    event = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    group = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    event[0] = 1
    return time, event, group
