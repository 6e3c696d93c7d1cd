"""The eligible patients as rows of characteristics: every margin of Table 1 by exact quota, the rest plausible.

Within an arm each characteristic is dealt out in an order of its own, so that beyond the joint tables of ``design`` the
characteristics are independent. Days count from the day on which metastasis was shown.
"""

import numpy as np
import pandas as pd
from numpy.random import Generator

from exchange.study_cohort import design
from exchange.study_cohort.published import ARMS, CCRT, RT, UNKNOWN, counts

# Table 1 variables dealt out by themselves; the score's covariates and the metastases come from ``design``.
DEALT = (
    "age_group",
    "sex",
    "pathology",
    "n_category",
    "pct_regimen",
    "response_to_pct",
    "kps_before_rt",
    "local_treatment",
)

# Numbers of cycles behind the groups of Table 1 (1-3, 4-6, >6), with the published medians 6 (PCT+RT) and 5 (PCT+CCRT).
CYCLES = {
    RT: {1: 3, 2: 12, 3: 20, 4: 30, 5: 25, 6: 87, 7: 6, 8: 6, 9: 3},
    CCRT: {1: 3, 2: 15, 3: 23, 4: 35, 5: 33, 6: 45, 7: 4, 8: 4, 9: 1},
}
# Not in print: concurrent regimens (invented), mostly single-agent platinum as the text says.
CONCURRENT = {
    "cisplatin": 84,
    "nedaplatin": 22,
    "lobaplatin": 8,
    "carboplatin": 6,
    "PF": 14,
    "TP": 17,
    "capecitabine": 8,
    "S-1": 4,
}
SINGLE_PLATINUM = ("cisplatin", "nedaplatin", "lobaplatin", "carboplatin")
CYCLE_DAYS = 21
# Longest stay between the end of the last cycle and RT is kept short, around the published 21 days.
DAYS_TO_RT = (16, 27)
PERIOD_YEARS = {"2000-2005": (2000, 2005), "2006-2011": (2006, 2011), "2012-2017": (2012, 2017)}


def eligible(rng: Generator) -> pd.DataFrame:
    """One row per eligible patient of both arms, in random order; see the columns in ``_arm``."""
    table = pd.concat([_arm(rng, arm) for arm in ARMS], ignore_index=True)
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    return with_courses(rng, table)


def _arm(rng: Generator, arm: str) -> pd.DataFrame:
    table = design.stratum_rows(arm)
    table.insert(0, "arm", arm)
    for variable in DEALT:
        table[variable] = dealt(rng, counts(variable, arm))
    table["pattern"] = rng.permutation(design.patterns(arm))
    table["n_cycles"] = dealt(rng, CYCLES[arm])
    table["concurrent"] = dealt(rng, CONCURRENT) if arm == CCRT else None
    table["age"] = ages(rng, table["age_group"])
    table["diagnosed"] = diagnosis_days(rng, table["diagnosis_period"])
    return table.assign(**metastasis_levels(table["pattern"]))


def dealt(rng: Generator, quota: dict[str, int] | dict[int, int]) -> np.ndarray:
    """Each level as often as its quota says, in random order."""
    return rng.permutation(np.repeat(np.array(list(quota)), list(quota.values())))


def ages(rng: Generator, groups: pd.Series) -> np.ndarray:
    """Ages in years, clear of the cut at 45 so that a partial birth date cannot cross it."""
    young = 18.5 + 26 * rng.beta(3.5, 1.2, len(groups))
    return np.where(groups == "<45", young, 45.5 + 31 * rng.beta(1.1, 2.6, len(groups)))


def diagnosis_days(rng: Generator, periods: pd.Series) -> np.ndarray:
    """Days of diagnosis inside their period, clear of its end, with growing numbers from year to year."""
    first = np.array([np.datetime64(f"{PERIOD_YEARS[period][0]}-01-03") for period in periods])
    last = np.array([np.datetime64(f"{PERIOD_YEARS[period][1]}-12-01") for period in periods])
    return first + ((last - first).astype(int) * rng.beta(1.15, 1.0, len(periods))).astype("timedelta64[D]")


def metastasis_levels(patterns: pd.Series) -> dict[str, np.ndarray]:
    """The Table 1 variables about metastasis that a pattern implies, as far as the hazards use them."""
    letters = np.array([list(pattern) for pattern in patterns])
    names = {"A": "Absent", "S": "Single", "M": "Multiple"}
    organs = (letters[:, :4] != "A").sum(axis=1)
    nodes = letters[:, 4] != "A"
    lesions_one = (letters == "S").sum(axis=1) * (letters != "M").all(axis=1) == 1
    return {
        "bone_metastasis": np.vectorize(names.get)(letters[:, 0]),
        "liver_metastasis": np.vectorize(names.get)(letters[:, 1]),
        "lung_metastasis": np.vectorize(names.get)(letters[:, 2]),
        "distant_nodal_metastasis": np.where(nodes, "Present", "Absent"),
        "n_metastatic_organs": np.array(["None", "Single organ", "Multiple organs"])[np.minimum(organs, 2)],
        "n_metastatic_lesions": np.where(lesions_one, "Oligo", "Multiple"),
    }


def with_courses(rng: Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Add the days of treatment: first day and delays of PCT, first and last day of RT; and how long after diagnosis
    metastasis was shown."""
    size = len(table)
    pct_start = rng.integers(5, 22, size)
    table["shown_after"] = rng.integers(0, 11, size)
    delays = [np.where(rng.random(int(n)) < 0.2, rng.integers(1, 8, int(n)), 0) for n in table["n_cycles"]]
    last_cycle = pct_start + CYCLE_DAYS * (table["n_cycles"] - 1) + [int(days[1:].sum()) for days in delays]
    # A cycle ends with its last day of infusion, at most the fifth.
    rt_start = last_cycle + 4 + rng.integers(*DAYS_TO_RT, size)
    interruption = np.where(rng.random(size) < 0.15, rng.integers(1, 8, size), 0)
    fractions = np.where(table["rt_dose_group"] == "<60", rng.integers(20, 28, size), rng.integers(30, 34, size))
    return table.assign(
        pct_start=pct_start,
        delays=pd.Series(delays, index=table.index, dtype=object),
        last_cycle=last_cycle,
        rt_start=rt_start,
        fractions=fractions,
        interruption=interruption,
        rt_end=rt_start + (fractions - 1) * 7 // 5 + interruption,
    )


def is_known(column: pd.Series) -> np.ndarray:
    return np.asarray(column != UNKNOWN)
