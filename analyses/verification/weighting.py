"""Weights, weighted and doubly robust effects, and what unmeasured confounding would take."""

from functools import partial

import numpy as np
import pandas as pd

from analyses.pipeline.sensitivity import e_value, smallest_detectable_hr
from analyses.pipeline.weighting import augmented_difference, weighted_effect, weights
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.datasets import design
from analyses.verification.matching import COVARIATES, score_of


def _weights(name: str, estimand: str, table: pd.DataFrame) -> Numbers:
    found = weights(score_of(table, *COVARIATES[name]), table["treat"], estimand=estimand)
    control, treated = found.effective_n
    return {"largest": found.largest, "effective n, treated": treated, "effective n, control": control}


def _effect(name: str, estimand: str, table: pd.DataFrame, *, adjusted: bool = False) -> Numbers:
    found = weights(score_of(table, *COVARIATES[name]), table["treat"], estimand=estimand).weights
    covariates = design(table, *COVARIATES[name]) if adjusted else None
    effect = weighted_effect(table["treat"], table["time"], table["event"], found, covariates=covariates)
    return {"log HR": effect.term.coef, "robust SE": effect.term.se}


def _augmented(name: str, measure: str, tau: float, table: pd.DataFrame) -> Numbers:
    score, columns = score_of(table, *COVARIATES[name]), design(table, *COVARIATES[name])
    found = augmented_difference(
        columns, table["treat"], table["time"], table["event"], score, tau=tau, measure=measure
    )
    return {"control": found.control, "treated": found.treated, "difference": found.difference, "SE": found.se}


def _strength(table: pd.DataFrame) -> Numbers:
    ratio = table.iloc[0]
    found = e_value(ratio["hr"], lower=ratio["lower"], upper=ratio["upper"], rare=bool(ratio["rare"]))
    limit = np.nan if found.limit is None else found.limit
    return {"E-value of the estimate": found.estimate, "E-value of the limit": limit}


def _detectable(table: pd.DataFrame) -> Numbers:
    plan = table.iloc[0]
    share = plan["treated_to_control"] / (1 + plan["treated_to_control"])
    return {"hazard ratio": smallest_detectable_hr(plan["events"], share, alpha=plan["alpha"], power=plan["power"])}


CASES = (
    Case("gbsg2", (weights,), partial(_weights, "gbsg2", "ate"), "ate"),
    Case("gbsg2", (weights,), partial(_weights, "gbsg2", "overlap"), "overlap"),
    Case("rossi", (weights,), partial(_weights, "rossi", "ate"), "ate"),
    Case("rossi", (weights,), partial(_weights, "rossi", "overlap"), "overlap"),
    Case("gbsg2", (weighted_effect,), partial(_effect, "gbsg2", "ate"), "ate"),
    Case("gbsg2", (weighted_effect,), partial(_effect, "gbsg2", "overlap"), "overlap"),
    Case("gbsg2", (weighted_effect,), partial(_effect, "gbsg2", "ate", adjusted=True), "ate, adjusted"),
    Case("rossi", (weighted_effect,), partial(_effect, "rossi", "ate"), "ate"),
    Case("rossi", (weighted_effect,), partial(_effect, "rossi", "overlap"), "overlap"),
    Case("rossi", (weighted_effect,), partial(_effect, "rossi", "ate", adjusted=True), "ate, adjusted"),
    Case("gbsg2", (augmented_difference,), partial(_augmented, "gbsg2", "survival", 1000), "survival"),
    Case("rossi", (augmented_difference,), partial(_augmented, "rossi", "rmst", 52), "rmst"),
    Case("respiratory death", (e_value,), _strength),
    Case("infant leukaemia", (e_value,), _strength),
    Case("lung cancer", (e_value,), _strength),
    Case("study effect", (e_value,), _strength, "common event"),
    Case("140 events 1:1", (smallest_detectable_hr,), _detectable),
    Case("60 events 1:2", (smallest_detectable_hr,), _detectable),
)
