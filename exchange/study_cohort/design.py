"""How the margins of Table 1 were joined: the fixed part of the rebuilt cohort, the same for every seed.

``design.json`` holds two solutions that were found once, because print gives margins only.

``metastases``: patients per pattern and arm. A pattern has one letter each for bone, liver, lung, other organ and
distant nodes: A absent, S single lesion (region), M multiple. All rows of Table 1 about metastasis hold under the
reading 'single site = one organ with one lesion', 'oligo = exactly one lesion, nodal regions counted'. Among all
solutions it has the fewest other organs (none and one; without one the margins of PCT+CCRT are impossible) and then the
largest multinomial probability under independent organs (integer programme, HiGHS).

``strata``: patients per combination of diagnosis period, T category, RT technique and RT dose group, the four
covariates of the propensity score: number in PCT+RT and PCT+CCRT, then how many of each the plan's matching takes. It
was found by simulated annealing over exchanges that keep every margin, towards 134 pairs, margins after matching near
print, IMRT rare before 2006 and usual after 2011, and strata that are taken whole or not at all: what depends on the
order of tied scores is then little.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from exchange.study_cohort.published import ARMS

FILE = Path(__file__).with_name("design.json")
COVARIATES = ("diagnosis_period", "t_category", "rt_technique", "rt_dose_group")


class Stratum(NamedTuple):
    """One combination of the score's covariates; numbers in the order of ``ARMS``."""

    levels: tuple[str, ...]
    patients: tuple[int, int]
    matched: tuple[float, float]


@cache
def _content() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text())
    return loaded


def strata() -> list[Stratum]:
    return [Stratum(tuple(row[:4]), tuple(row[4:6]), tuple(row[6:])) for row in _content()["strata"]]


def stratum_rows(arm: str) -> pd.DataFrame:
    """One row per patient of the arm: the four covariates, and ``matched``, the share of the stratum that matching
    takes."""
    index = ARMS.index(arm)
    rows = [
        (*stratum.levels, stratum.matched[index] / stratum.patients[index])
        for stratum in strata()
        for _ in range(stratum.patients[index])
    ]
    return pd.DataFrame(rows, columns=[*COVARIATES, "matched"])


def patterns(arm: str) -> np.ndarray:
    """The metastasis pattern of each patient of the arm, grouped by pattern."""
    table = _content()["metastases"][arm]
    return np.repeat(list(table), list(table.values()))
