"""The propensity score, pairs, and balance."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analyses.pipeline.balance import BalanceRow, balance_table
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.propensity import find_non_overlap, fit_propensity
from analyses.pipeline.tie_draws import tie_draws
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.datasets import counts, design

COVARIATES = {
    "leukemia": ("sex", "logWBC"),
    "rossi": ("age", "race", "wexp", "mar", "paro", "prio"),
    "gbsg2": ("age", "post", "tsize", "grade2", "grade3", "pnodes", "progrec", "estrec"),
}


def score_of(table: pd.DataFrame, *covariates: str) -> FloatArray:
    return fit_propensity(design(table, *covariates), table["treat"]).score


def _score(name: str, table: pd.DataFrame) -> Numbers:
    fit = fit_propensity(design(table, *COVARIATES[name]), table["treat"])
    coefficients = zip(fit.names, fit.coef.tolist(), strict=True)
    errors = zip(fit.names, fit.se.tolist(), strict=True)
    return {
        "coefficient intercept": fit.intercept,
        **{f"coefficient {term}": value for term, value in coefficients},
        **{f"SE {term}": value for term, value in errors},
        "log-likelihood": fit.loglik[1],
    }


def _alone(values: pd.Series[Any], treated: pd.Series[Any]) -> Numbers:
    found = find_non_overlap({"level": values.astype(str)}, treated)
    return {"levels in one arm only": len(found), "patients at them": sum(item.rows.shape[0] for item in found)}


def _unknown_dose(table: pd.DataFrame) -> Numbers:
    """Patients made from the counts of the study's dose groups: rows below 60, from 60, unknown."""
    cells = counts(table, "rt_dose_group before").astype(int)
    level = np.repeat(["<60", ">=60", "unknown"], cells.sum(axis=1))
    treated = np.concatenate([np.repeat([0, 1], row) for row in cells])
    (found,) = find_non_overlap({"dose": level}, treated)
    return {f"patients with dose {found.level}": found.rows.shape[0]}


def _pairs(name: str, options: dict[str, Any], table: pd.DataFrame) -> Numbers:
    found = match_nearest(score_of(table, *COVARIATES[name]), table["treat"], **options)
    return {
        "pairs": found.pairs.shape[0],
        "total distance": float(found.distance.sum()),
        "controls used": np.unique(found.pairs[:, 1]).shape[0],
    }


def _optimal(name: str, caliper: float, table: pd.DataFrame) -> Numbers:
    found = _pairs(name, {"caliper": caliper, "rule": "optimal"}, table)
    return {"pairs": found["pairs"], "total distance": found["total distance"]}


def _ties(covariates: tuple[str, ...], table: pd.DataFrame) -> Numbers:
    score = score_of(table, *covariates)
    found = match_nearest(score, table["treat"], caliper=0.1)
    draws = tie_draws(score, table["treat"], found.weights > 0)
    return {
        "always matched": draws.certain.shape[0],
        "matched in some orders": draws.open.shape[0],
        "pairs": found.pairs.shape[0],
    }


def _balance(name: str, names: tuple[str, ...], table: pd.DataFrame) -> Numbers:
    columns = {column: table[column] for column in names}
    matching = match_nearest(score_of(table, *COVARIATES[name]), table["treat"], caliper=0.1)
    by_treated = balance_table(columns, table["treat"], weights=matching.weights)
    pooled = balance_table(columns, table["treat"], denominator="pooled")
    numbers: dict[str, float] = {}
    for row, other in zip(by_treated.rows, pooled.rows, strict=True):
        numbers |= _balance_of(row, other)
    return numbers


def _balance_of(row: BalanceRow, pooled: BalanceRow) -> dict[str, float]:
    after, ratio = row.after, row.before.variance_ratio
    return {
        f"{row.variable} SMD before": row.before.smd,
        f"{row.variable} SMD before, pooled": pooled.before.smd,
        f"{row.variable} variance ratio": float("nan") if ratio is None else ratio,
        f"{row.variable} SMD after": float("nan") if after is None else after.smd,
    }


def _balance_before(names: tuple[str, ...], table: pd.DataFrame) -> Numbers:
    found = balance_table({name: table[name] for name in names}, table["treat"])
    return {f"{row.variable} SMD before": row.before.smd for row in found.rows}


def _nearest(variant: str, **options: Any) -> Case:
    return Case("gbsg2", (match_nearest,), partial(_pairs, "gbsg2", options), variant)


CASES = (
    Case("gbsg2", (fit_propensity,), partial(_score, "gbsg2")),
    Case("rossi", (fit_propensity,), partial(_score, "rossi")),
    Case("gbsg2", (find_non_overlap,), lambda table: _alone(table["pnodes"].clip(upper=30), table["treat"])),
    Case("rossi", (find_non_overlap,), lambda table: _alone(table["prio"], table["treat"])),
    Case("npc", (find_non_overlap,), _unknown_dose),
    _nearest("no caliper", caliper=None),
    _nearest("caliper 0.1", caliper=0.1),
    _nearest("caliper 0.02", caliper=0.02),
    _nearest("with replacement", caliper=0.1, replace=True),
    _nearest("two controls, with replacement", caliper=None, replace=True, ratio=2),
    Case("gbsg2", (match_nearest,), partial(_optimal, "gbsg2", 0.1), "optimal"),
    Case("rossi", (match_nearest,), partial(_optimal, "rossi", 0.02), "optimal"),
    Case("rossi", (tie_draws, match_nearest), partial(_ties, ("race", "wexp", "mar", "paro"))),
    Case("gbsg2", (tie_draws, match_nearest), partial(_ties, ("post", "grade2", "grade3"))),
    Case("gbsg2", (balance_table,), partial(_balance, "gbsg2", ("age", "tsize", "pnodes"))),
    Case("rossi", (balance_table,), partial(_balance_before, ("age", "prio"))),
)
