"""Bootstraps of the replicates that the R scripts draw as well (`data/draws.csv`)."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from analyses.pipeline.checks import FloatArray
from analyses.pipeline.resampling import (
    Outcomes,
    Sample,
    Statistic,
    bootstrap_chunk,
    chunks,
    join,
    matched_pairs,
    refitted_effects,
    rematched_log_hr,
    selected_variables,
    shares,
    summarise,
    weighted_log_hr,
)
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.datasets import design
from analyses.verification.matching import COVARIATES

SEED = 7
REPLICATES = {"leukemia": 20, "gbsg2": 10}
CHUNK = 6
ENGINE = (bootstrap_chunk, chunks, join)


def _replicates(name: str, statistic: Statistic) -> Outcomes:
    return join(bootstrap_chunk(statistic, chunk, seed=SEED) for chunk in chunks(REPLICATES[name], CHUNK))


def _summary(outcomes: Outcomes) -> Numbers:
    ((_, values),) = outcomes.items()
    found = summarise(values, 0.0)
    lower, upper = found.percentile
    first = values[0]
    return {
        "first replicate": np.nan if isinstance(first, str) else first,
        "SE": found.se,
        "median": found.median,
        "2.5%": lower,
        "97.5%": upper,
    }


def _overlap(sample: Sample) -> float:
    return weighted_log_hr(sample, estimand="overlap")


def _rematched(sample: Sample) -> float:
    return rematched_log_hr(sample, caliper=0.2)


ESTIMATORS = {"ate": weighted_log_hr, "overlap": _overlap, "rematched": _rematched}


def _refitted(name: str, estimator: str, table: pd.DataFrame) -> Numbers:
    statistic = refitted_effects(
        design(table, *COVARIATES[name]),
        table["treat"],
        table["time"],
        table["event"],
        estimators={estimator: ESTIMATORS[estimator]},
    )
    return _summary(_replicates(name, statistic))


def _paired(name: str, table: pd.DataFrame) -> Numbers:
    """The first treated with the first control, and so on."""
    arms = [np.flatnonzero(table["treat"] == arm) for arm in (1, 0)]
    pairs = np.column_stack([rows[: min(map(len, arms))] for rows in arms])
    return _summary(_replicates(name, matched_pairs(pairs, table["time"], table["event"])))


def _selected(name: str, names: Sequence[str], table: pd.DataFrame) -> Numbers:
    columns: FloatArray = design(table, *names).to_numpy()
    blocks = {column: [place] for place, column in enumerate(names)}
    statistic = selected_variables(columns, table["time"], table["event"], blocks=blocks, method="aic")
    return {f"share {column}": share for column, share in shares(_replicates(name, statistic)).items()}


CASES = tuple(
    case
    for name, names in (
        ("leukemia", ("Rx", "sex", "logWBC")),
        ("gbsg2", ("treat", "age", "post", "tsize", "pnodes", "progrec")),
    )
    for case in (
        Case(name, (*ENGINE, summarise, refitted_effects, weighted_log_hr), partial(_refitted, name, "ate"), "ate"),
        Case(name, (weighted_log_hr, *ENGINE, refitted_effects), partial(_refitted, name, "overlap"), "overlap"),
        Case(name, (rematched_log_hr, *ENGINE, refitted_effects), partial(_refitted, name, "rematched")),
        Case(name, (matched_pairs, *ENGINE), partial(_paired, name)),
        Case(name, (selected_variables, shares, *ENGINE), partial(_selected, name, names), "aic"),
    )
)
