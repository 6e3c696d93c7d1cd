"""Cox models, their tests, and stepwise selection."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analyses.pipeline.cox import CoxFit, fit_cox, ph_test, profile_terms
from analyses.pipeline.selection import Selection, select
from analyses.pipeline.weighting import weights
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.datasets import design, indicators
from analyses.verification.matching import COVARIATES, score_of

RECIDIVISM = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
REGIMES = ("Military Dict", "Mixed Dem", "Monarchy", "Parliamentary Dem", "Presidential Dem")


def terms(fit: CoxFit) -> Numbers:
    found = fit.terms()
    return {**{f"log HR {term.name}": term.coef for term in found}, **{f"SE {term.name}": term.se for term in found}}


def model(fit: CoxFit) -> Numbers:
    c = fit.concordance
    return {
        **terms(fit),
        "log-likelihood": fit.loglik[1],
        "likelihood ratio": fit.lrt.statistic,
        "Wald": fit.wald.statistic,
        "score": fit.score.statistic,
        "C": np.nan if c.value is None else c.value,
        "SE of C": np.nan if c.se is None else c.se,
    }


def _fit(names: Sequence[str], time: str, event: str, table: pd.DataFrame, **options: Any) -> Numbers:
    return model(fit_cox(design(table, *names), table[time], table[event], **options))


def _breslow(names: Sequence[str], time: str, event: str, table: pd.DataFrame) -> Numbers:
    """With what textbooks print besides: hazard ratios, their limits, and -2 log L."""
    fit = fit_cox(design(table, *names), table[time], table[event], ties="breslow")
    numbers = {**model(fit), "-2 log L": -2 * fit.loglik[1]}
    for term in fit.terms():
        numbers |= {f"HR {term.name}": term.hr, f"lower {term.name}": term.lower, f"upper {term.name}": term.upper}
    return numbers


def _nodes(table: pd.DataFrame) -> pd.DataFrame:
    return design(table, "treat", "post", "grade2", "grade3").assign(**{"log(1 + pnodes)": np.log1p(table["pnodes"])})


def _breast(table: pd.DataFrame) -> Numbers:
    return model(fit_cox(_nodes(table), table["time"], table["cens"]))


def _regimes(table: pd.DataFrame) -> Numbers:
    return terms(fit_cox(indicators(table, "regime", REGIMES), table["duration"], table["observed"]))


def _heart(table: pd.DataFrame) -> Numbers:
    names = ("age", "year", "surgery", "transplant")
    return _fit(names, "stop", "event", table, entry=table["start"])


def _hospitals(table: pd.DataFrame) -> Numbers:
    rows = table[table["inst"].notna()]
    return terms(fit_cox(design(rows, "age", "sex"), rows["time"], rows["status"], cluster=rows["inst"]))


def _strata(table: pd.DataFrame) -> Numbers:
    cells = table["race"].astype(str) + table["mar"].astype(str)
    return terms(fit_cox(design(table, "fin", "age", "prio"), table["week"], table["arrest"], strata=cells))


def _weighted(table: pd.DataFrame) -> Numbers:
    found = weights(score_of(table, *COVARIATES["rossi"]), table["treat"]).weights
    rows = np.arange(len(table))
    return terms(fit_cox(design(table, "fin"), table["week"], table["arrest"], weights=found, cluster=rows))


def _transplants(table: pd.DataFrame) -> Numbers:
    columns = design(table, "age", "black_male", "white_male", "black_female")
    return terms(fit_cox(columns, table["time"], table["death"]))


def _proportional(columns: pd.DataFrame, time: pd.Series[Any], event: pd.Series[Any], transform: str) -> Numbers:
    lines = ph_test(fit_cox(columns, time, event), transform=transform)
    statistics = {f"chi-square {line.term}": line.statistic for line in lines}
    return {**statistics, **{f"p {line.term}": line.p for line in lines}}


def _firth(names: Sequence[str], time: str, event: str, ties: str, table: pd.DataFrame) -> Numbers:
    fit = fit_cox(design(table, *names), table[time], table[event], ties=ties, firth=True)
    numbers = {**terms(fit)}
    for term in profile_terms(fit):
        limits = {f"lower {term.name}": term.lower, f"upper {term.name}": term.upper}
        numbers |= {f"HR {term.name}": term.hr, **limits}
    return numbers


def _select(names: Sequence[str], method: str, table: pd.DataFrame, **options: Any) -> Selection:
    return select(design(table, *names), table["time"], table["event"], method=method, **options)


def _forward(table: pd.DataFrame) -> Numbers:
    found = _select(RECIDIVISM, "forward-lr", table, p_enter=0.10, p_remove=0.15)
    return {**{f"{step.action} {step.variable}": step.statistic for step in found.steps}, **_chosen(found)}


def _chosen(found: Selection) -> Numbers:
    return {"log-likelihood": found.loglik[1], "selected": len(found.selected)}


def _by_aic(names: Sequence[str], table: pd.DataFrame) -> Numbers:
    found = _select(names, "aic", table)
    return {"AIC": found.steps[-1].aic, **_chosen(found)}


def _backward(names: Sequence[str], method: str, p_remove: float, table: pd.DataFrame) -> Numbers:
    return _chosen(_select(names, method, table, p_enter=p_remove / 2, p_remove=p_remove))


CASES = (
    Case("rossi", (fit_cox,), partial(_fit, RECIDIVISM, "week", "arrest")),
    Case("leukemia", (fit_cox,), partial(_breslow, ("Rx", "logWBC"), "t", "status"), "Breslow"),
    Case("leukemia", (fit_cox,), partial(_breslow, ("Rx",), "t", "status"), "Breslow, treatment alone"),
    Case(
        "larynx",
        (fit_cox,),
        partial(_breslow, ("Stage_II", "Stage_III", "Stage_IV", "age"), "time", "death"),
        "Breslow",
    ),
    Case("gbsg2", (fit_cox,), _breast),
    Case("dd", (fit_cox,), _regimes),
    Case("heart", (fit_cox,), _heart, "delayed entry"),
    Case("lung", (fit_cox,), _hospitals, "clusters"),
    Case("rossi", (fit_cox,), _strata, "strata"),
    Case("rossi", (fit_cox,), _weighted, "weights"),
    Case("kidney", (fit_cox,), _transplants),
    Case(
        "rossi",
        (ph_test,),
        lambda table: _proportional(design(table, "fin", "age", "prio"), table["week"], table["arrest"], "km"),
    ),
    Case(
        "lung",
        (ph_test,),
        lambda table: _proportional(design(table, "age", "sex"), table["time"], table["status"], "rank"),
        "rank",
    ),
    Case(
        "gbsg2",
        (ph_test,),
        lambda table: _proportional(
            _nodes(table)[["treat", "log(1 + pnodes)"]], table["time"], table["cens"], "identity"
        ),
        "identity",
    ),
    Case(
        "myeloma",
        (profile_terms, fit_cox),
        partial(_firth, ("logbun", "hgb", "contrived"), "time", "died", "breslow"),
        "Breslow",
    ),
    Case("ovarian", (profile_terms, fit_cox), partial(_firth, ("age", "late"), "futime", "fustat", "efron")),
    Case("rossi", (select,), _forward, "forward-lr"),
    Case("rossi", (select,), partial(_by_aic, RECIDIVISM), "aic"),
    Case("gbsg2", (select,), partial(_by_aic, COVARIATES["gbsg2"]), "aic"),
    Case("gbsg2", (select,), partial(_backward, COVARIATES["gbsg2"], "backward-lr", 0.05), "backward-lr"),
    Case("rossi", (select,), partial(_backward, RECIDIVISM, "backward-wald", 0.10), "backward-wald"),
)
