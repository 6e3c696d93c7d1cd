"""The published figures of the study that the cohort is rebuilt from, as facts beside this module.

Source: abstract, Tables 1 and 2, Figures 2 and 4 and results text of the retrospective cohort study of de novo
metastatic nasopharyngeal carcinoma (746 patients, 2000-2017, 355 treated with PCT then RT). No patient-level data were
published.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("published.json")
RT, CCRT = "PCT+RT", "PCT+CCRT"
ARMS = (RT, CCRT)
UNKNOWN = "Unknown"


@cache
def figures() -> dict[str, Any]:
    """All published figures, as they stand in ``published.json``."""
    loaded: dict[str, Any] = json.loads(FILE.read_text())
    return loaded


def counts(variable: str, arm: str, when: str = "before") -> dict[str, int]:
    """Patients per level of a Table 1 variable in one arm, 'before' or 'after' matching, in the order of print."""
    for row in figures()["table1"]:
        if row["variable"] == variable:
            return dict(zip(row["levels"], row[when][arm], strict=True))
    raise KeyError(variable)


def hazard_ratio(variable: str, contrast: str, model: str) -> float | None:
    """Hazard ratio of Table 2 ('uni' or 'multi'); None where the print has none."""
    for row in figures()["table2"]:
        if (row["variable"], row["contrast"]) == (variable, contrast):
            return float(row[model]["hr"]) if model in row else None
    raise KeyError((variable, contrast))
