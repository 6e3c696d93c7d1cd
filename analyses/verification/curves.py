"""Kaplan-Meier curves, tests between them, restricted means, follow-up."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from analyses.pipeline.survival import (
    Difference,
    Estimate,
    KaplanMeier,
    LogRank,
    kaplan_meier,
    logrank,
    median_follow_up,
    rate_difference,
    rmst,
    rmst_difference,
)
from analyses.pipeline.weighting import weights
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.matching import COVARIATES, score_of


def _steps(curve: KaplanMeier, times: Sequence[float]) -> Numbers:
    at = curve.at(times)
    return {**_each("S", times, at.survival), **_each("SE", times, at.se)}


def _everything(curve: KaplanMeier, times: Sequence[float]) -> Numbers:
    at = curve.at(times)
    return {
        **_steps(curve, times),
        **_each("lower", times, at.lower),
        **_each("upper", times, at.upper),
        **_each("at risk", times, at.at_risk),
        **_median(curve.median, "median", "median lower", "median upper"),
    }


def _each(name: str, times: Sequence[float], values: Any) -> Numbers:
    return {f"{name}({time:g})": float(value) for time, value in zip(times, values, strict=True)}


def _median(found: Estimate, *names: str) -> Numbers:
    """The limits that the data reach."""
    values = zip(names, (found.estimate, found.lower, found.upper), strict=True)
    return {name: value for name, value in values if value is not None}


def _placebo(table: pd.DataFrame) -> Numbers:
    rows = table[table["Rx"] == 0]
    return _steps(kaplan_meier(rows["t"], rows["status"]), (6, 7, 10, 13, 16, 22, 23))


def _maintained(table: pd.DataFrame) -> Numbers:
    rows = table[table["x"] == "Maintained"]
    return _steps(kaplan_meier(rows["time"], rows["status"]), (9, 13, 18, 23, 31, 34, 48))


def _iud(table: pd.DataFrame) -> Numbers:
    """The limits of the median as SPSS has them, from the density at the median."""
    curve = kaplan_meier(table["week"], table["stopped"])
    symmetric = curve.median_spss
    limits = _median(symmetric, "median", "median lower, SPSS", "median upper, SPSS")
    half = (limits["median upper, SPSS"] - limits["median"]) / 1.959963984540054
    return {**_steps(curve, (93,)), **limits, "SE of the median, SPSS": half}


def _monarchies(table: pd.DataFrame) -> Numbers:
    rows = table[table["regime"] == "Monarchy"]
    return _everything(kaplan_meier(rows["duration"], rows["observed"]), (1, 5, 20))


def _transplanted(table: pd.DataFrame) -> Numbers:
    rows = table[table["transplant"] == 1]
    return _everything(kaplan_meier(rows["stop"], rows["event"], entry=rows["start"]), (100, 365))


def _weighted(table: pd.DataFrame) -> Numbers:
    found = weights(score_of(table, *COVARIATES["rossi"]), table["treat"]).weights
    rows = table["treat"] == 1
    curve = kaplan_meier(table["week"][rows], table["arrest"][rows], weights=found[rows], weight_type="sampling")
    return _steps(curve, (26, 52))


def _curve(time: str, event: str, conf_type: str, times: Sequence[float], table: pd.DataFrame) -> Numbers:
    return _everything(kaplan_meier(table[time], table[event], conf_type=conf_type), times)


def _follow_up(time: str, event: str, table: pd.DataFrame) -> Numbers:
    return _median(median_follow_up(table[time], table[event]), "median", "lower", "upper")


def _logrank(time: str, event: str, group: str, table: pd.DataFrame, **options: Any) -> Numbers:
    return _test(logrank(table[time], table[event], table[group], **options))


def _test(found: LogRank) -> Numbers:
    return {
        "chi-square": found.statistic,
        "p": found.p,
        "observed, first group": float(found.observed[0]),
        "expected, first group": float(found.expected[0]),
    }


def _stratified(table: pd.DataFrame) -> Numbers:
    return _logrank("week", "arrest", "fin", table, strata=table["race"])


def _restricted(time: str, event: str, tau: float, table: pd.DataFrame) -> Numbers:
    found = rmst(table[time], table[event], tau=tau)
    return {"mean": found.estimate, "SE": found.se}


def _restricted_gap(tau: float, table: pd.DataFrame) -> Numbers:
    treated, control = (rmst(rows["time"], rows["event"], tau=tau) for rows in _arms(table))
    return _gap(rmst_difference(treated, control))


def _rate_gap(time: float, table: pd.DataFrame) -> Numbers:
    treated, control = (kaplan_meier(rows["time"], rows["event"]) for rows in _arms(table))
    return _gap(rate_difference(treated, control, time)[0])


def _arms(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return table[table["treat"] == 1], table[table["treat"] == 0]


def _gap(found: Difference) -> Numbers:
    return {"difference": found.estimate, "SE": found.se, "p": found.p}


CASES = (
    Case("leukemia", (kaplan_meier,), _placebo),
    Case("aml", (kaplan_meier,), _maintained),
    Case("iud", (kaplan_meier,), _iud),
    Case("gbsg2", (kaplan_meier,), partial(_curve, "time", "cens", "log-log", (365, 1826)), "log-log"),
    Case("lung", (kaplan_meier,), partial(_curve, "time", "status", "plain", (180, 365)), "plain"),
    Case("dd", (kaplan_meier,), _monarchies),
    Case("heart", (kaplan_meier,), _transplanted, "delayed entry"),
    Case("rossi", (kaplan_meier,), _weighted, "sampling weights"),
    Case("gbsg2", (median_follow_up,), partial(_follow_up, "time", "cens")),
    Case("dd", (median_follow_up,), partial(_follow_up, "duration", "observed")),
    Case("lung", (median_follow_up,), partial(_follow_up, "time", "status")),
    Case("leukemia", (logrank,), partial(_logrank, "t", "status", "Rx")),
    Case("aml", (logrank,), partial(_logrank, "time", "status", "x")),
    Case("larynx", (logrank,), partial(_logrank, "time", "death", "stage")),
    Case("waltons", (logrank,), partial(_logrank, "T", "E", "group")),
    Case("dd", (logrank,), partial(_logrank, "duration", "observed", "regime")),
    Case("dd", (logrank,), partial(_logrank, "duration", "observed", "regime", rho=1), "rho 1"),
    Case("rossi", (logrank,), _stratified, "stratified"),
    Case("gbsg2", (rmst,), partial(_restricted, "time", "cens", 1826)),
    Case("rossi", (rmst,), partial(_restricted, "week", "arrest", 52)),
    Case("lung", (rmst,), lambda table: _restricted("time", "status", 365, table[table["sex"] == 2])),
    Case("gbsg2", (rmst_difference,), partial(_restricted_gap, 1826)),
    Case("rossi", (rmst_difference,), partial(_restricted_gap, 52)),
    Case("gbsg2", (rate_difference,), partial(_rate_gap, 1826)),
    Case("rossi", (rate_difference,), partial(_rate_gap, 52)),
)
