"""Open data that lifelines ships, as `r/survival_reference.R` prepares them, and R's numbers on them."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from lifelines.datasets import load_gbsg2, load_rossi, load_stanford_heart_transplants

SURVIVAL_REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "r" / "survival_reference.json").read_text())


def rossi() -> pd.DataFrame:
    """432 released prisoners; time in weeks, so that nearly all are tied."""
    data = load_rossi()
    return data.assign(time=data["week"], event=data["arrest"], w=1 + data["age"] % 3)


def gbsg2() -> pd.DataFrame:
    """Breast cancer, time in days; some enter late."""
    data = load_gbsg2()
    data = data.assign(event=data["cens"], w=1 + data["age"] % 3, entry=data["age"] % 7 * 10)
    for level in ("II", "III"):
        data[f"grade{level}"] = (data["tgrade"] == level) * 1.0
    data = data.assign(hormone=(data["horTh"] == "yes") * 1.0, post=(data["menostat"] == "Post") * 1.0)
    return data[data["time"] > data["entry"]].reset_index(drop=True)


def stanford() -> pd.DataFrame:
    """Heart transplants: one row before and one after the transplant of each patient."""
    data = load_stanford_heart_transplants()
    return data.assign(time=data["stop"], transplant=data["transplant"].astype(float))
