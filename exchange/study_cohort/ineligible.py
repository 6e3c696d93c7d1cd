"""The other 391 patients: reviewed, and outside the study for a documented, invented reason.

Their numbers by reason are invented; print gives the totals only. They have the columns of ``profiles.eligible`` and
the same charts, except for what their reason says.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.random import Generator

from exchange.study_cohort import curves, design, profiles
from exchange.study_cohort.curves import DAYS_PER_MONTH
from exchange.study_cohort.overall import CUTOFF
from exchange.study_cohort.published import CCRT, RT, counts

Floats = npt.NDArray[np.float64]

# Reason: number of patients, and the sentence in the chart.
REASONS: dict[str, tuple[int, str]] = {
    "no biopsy": (22, "clinical diagnosis without biopsy of the primary tumour"),
    "metachronous": (38, "metastasis shown later than at diagnosis"),
    "PCT alone": (186, "palliative chemotherapy without radiotherapy to the primary tumour"),
    "CCRT alone": (28, "concurrent chemoradiotherapy without palliative chemotherapy before it"),
    "RT alone": (15, "radiotherapy without palliative chemotherapy"),
    "RT first": (12, "radiotherapy first, then palliative chemotherapy"),
    "supportive care": (34, "supportive care alone"),
    "other malignancy": (14, "another malignant disease"),
    "no T category": (12, "T category missing"),
    "no N category": (9, "N category missing"),
    "no sites": (21, "metastatic sites missing"),
}
# What was given by reason: PCT, RT, concurrent chemotherapy (share).
TREATED: dict[str, tuple[bool, bool, float]] = {
    "PCT alone": (True, False, 0.0),
    "CCRT alone": (False, True, 1.0),
    "RT alone": (False, True, 0.0),
    "RT first": (True, True, 0.0),
    "supportive care": (False, False, 0.0),
    "metachronous": (True, False, 0.0),
}
PCT_THEN_RT = (True, True, 0.4)
TABLE_1 = (
    "age_group",
    "sex",
    "diagnosis_period",
    "pathology",
    "t_category",
    "n_category",
    "pct_regimen",
    "response_to_pct",
    "kps_before_rt",
    "rt_technique",
    "rt_dose_group",
    "local_treatment",
)
SHARE_PROGRESSING_UNDER_PCT = 0.35
# Patients without PCT before RT live shorter, by this factor of time, than those of PCT+RT.
SHORTER = 0.8


def ineligible(rng: Generator) -> tuple[pd.DataFrame, Floats, Floats, Floats, Floats]:
    """Characteristics, then days of death, censoring, first locoregional and first distant progression."""
    table = _profiles(rng)
    table = profiles.with_courses(rng, table)
    _order_of_treatment(rng, table)
    death = _death(rng, table)
    _shorten_courses(table, death)
    earliest = _end_of_treatment(table) + 15
    death = np.maximum(death, earliest)
    censoring = _censoring(rng, table, earliest + 15)
    local, distant = _progressions(rng, table, death, earliest)
    return table, death, censoring, local, distant


def _profiles(rng: Generator) -> pd.DataFrame:
    reasons = np.repeat(list(REASONS), [number for number, _ in REASONS.values()])
    table = pd.DataFrame({"reason": rng.permutation(reasons)})
    size = len(table)
    given = [TREATED.get(reason, PCT_THEN_RT) for reason in table["reason"]]
    table["pct"] = [pct for pct, _, _ in given]
    table["rt"] = [rt for _, rt, _ in given]
    concurrent = rng.random(size) < [share for _, _, share in given]
    table["concurrent"] = _pooled(rng, profiles.CONCURRENT, size)
    table.loc[~concurrent, "concurrent"] = None
    for variable in TABLE_1:
        table[variable] = _pooled(rng, _both_arms(variable), size)
    table["pattern"] = _patterns(rng, size)
    table["n_cycles"] = _pooled(rng, profiles.CYCLES[RT], size).astype(int)
    table["age"] = profiles.ages(rng, table["age_group"])
    table["diagnosed"] = profiles.diagnosis_days(rng, table["diagnosis_period"])
    progressing = (table["reason"] == "PCT alone") & (rng.random(size) < SHARE_PROGRESSING_UNDER_PCT)
    table["response_to_pct"] = table["response_to_pct"].mask(progressing, "PD")
    return table


def _both_arms(variable: str) -> dict[str, int]:
    one, two = counts(variable, RT), counts(variable, CCRT)
    return {level: one[level] + two[level] for level in one}


def _pooled(rng: Generator, quota: dict[str, int] | dict[int, int], size: int) -> npt.NDArray[np.object_]:
    share = np.array(list(quota.values()), dtype=float)
    return np.array(list(quota), dtype=object)[rng.choice(len(share), size, p=share / share.sum())]


def _patterns(rng: Generator, size: int) -> npt.NDArray[np.object_]:
    """Metastasis patterns as among the eligible, with one more organ in some: these patients were worse off."""
    drawn = rng.choice(np.concatenate([design.patterns(RT), design.patterns(CCRT)]), size).astype(object)
    for row in np.flatnonzero(rng.random(size) < 0.25):
        letters = list(drawn[row])
        letters[int(rng.integers(0, 4))] = "M"
        drawn[row] = "".join(letters)
    return drawn


def _order_of_treatment(rng: Generator, table: pd.DataFrame) -> None:
    """Days of RT where no PCT came before it, and of metastasis shown after the diagnosis."""
    length = table["rt_end"] - table["rt_start"]
    at_once = ~table["pct"] | (table["reason"] == "RT first")
    table["rt_start"] = np.where(at_once, rng.integers(6, 30, len(table)), table["rt_start"])
    table["rt_end"] = table["rt_start"] + length
    after = table["reason"] == "RT first"
    shift = (table["rt_end"] + 25 - table["pct_start"]).where(after, 0)
    table["pct_start"] += shift
    table["last_cycle"] += shift
    late = rng.integers(int(5 * DAYS_PER_MONTH), int(40 * DAYS_PER_MONTH), len(table))
    room = (np.datetime64("2019-03-01") - table["diagnosed"].to_numpy()).astype("timedelta64[D]").astype(int)
    metachronous = table["reason"] == "metachronous"
    table["shown_after"] = np.where(metachronous, np.minimum(late, room), table["shown_after"])


def _death(rng: Generator, table: pd.DataFrame) -> Floats:
    death = np.empty(len(table))
    worst = {"PCT alone": curves.PCT_ALONE, "metachronous": curves.PCT_ALONE, "supportive care": curves.UNTREATED}
    for reason in REASONS:
        rows = np.flatnonzero(table["reason"] == reason)
        uniforms = rng.permutation(curves.stratified(rng, len(rows)))
        factor = 1.0 if reason in worst else SHORTER
        death[rows] = factor * curves.quantile_days(worst.get(reason, curves.OVERALL[RT]), uniforms)
    return death


def _shorten_courses(table: pd.DataFrame, death: Floats) -> None:
    """Who dies under PCT alone had as many cycles as there was time for."""
    room = np.maximum((death - table["pct_start"] - 20) // 28 + 1, 1).astype(int)
    alone = (table["pct"] & ~table["rt"]).to_numpy()
    cycles = np.where(alone, np.minimum(table["n_cycles"].astype(int), room), table["n_cycles"].astype(int))
    table["delays"] = [days[:n] for days, n in zip(table["delays"], cycles, strict=True)]
    delayed = np.array([int(days[1:].sum()) for days in table["delays"]])
    table["n_cycles"] = cycles
    table["last_cycle"] = table["pct_start"] + profiles.CYCLE_DAYS * (cycles - 1) + delayed


def _end_of_treatment(table: pd.DataFrame) -> Floats:
    end = np.maximum((table["last_cycle"] + 5).where(table["pct"], 0), table["rt_end"].where(table["rt"], 0))
    return np.asarray(end, dtype=float)


def _censoring(rng: Generator, table: pd.DataFrame, earliest: Floats) -> Floats:
    shown = table["diagnosed"].to_numpy() + table["shown_after"].to_numpy().astype("timedelta64[D]")
    cutoff = (CUTOFF - shown).astype("timedelta64[D]").astype(float) - rng.integers(0, 90, len(table))
    return np.asarray(np.minimum(cutoff, np.maximum(earliest, rng.exponential(3000, len(table)))))


def _progressions(rng: Generator, table: pd.DataFrame, death: Floats, earliest: Floats) -> tuple[Floats, Floats]:
    """A first progression somewhere before most deaths; distant, both, or (rarely) locoregional alone."""
    first = earliest + (death - earliest) * rng.beta(1.5, 2, len(table))
    under_pct = table["response_to_pct"] == "PD"
    first = np.where(under_pct, earliest - 10, first)
    seen = ((first < death - 21) | under_pct) & (table["reason"] != "supportive care")
    kind = rng.random(len(table))
    local = np.where(seen & (kind < 0.3), first, np.inf)
    distant = np.where(seen & (kind > 0.15), first, np.inf)
    return local, distant
