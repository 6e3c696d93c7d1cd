"""Cox, Kaplan-Meier, log-rank, score and matching beside R and lifelines, on the same rows in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import lifelines
import numpy as np
from lifelines.statistics import logrank_test

from analyses.pipeline.cox import fit_cox
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.propensity import fit_propensity
from analyses.pipeline.survival import kaplan_meier, logrank
from bench.clocks import Contender, here, medians
from bench.flat_rows import FlatRows, flat_rows
from bench.handover import write_columns
from bench.served import contender, r_script
from bench.table import OURS, Line, Section

THEIRS = "lifelines"
COX_LIMITS = {355: 1.0, 1_000_000: 0.15}
CURVES_LIMIT, PAIRS_LIMIT = 0.2, 0.25
# seconds of glm and MatchIt, and of coxph in the same run
WITH_MATCHIT = {355: (0.12, 0.004), 1_000_000: (7.9, 10.0)}
REMARKS = (
    "Warm medians of processor seconds on one core, everybody in turn on the same rows; R is survival's coxph, survfit "
    "and survdiff, and glm. All must come to the same number.",
    "R has no matching without MatchIt. The last line stands beside glm and MatchIt 4.7.2 as they were measured once, "
    "scaled by how long coxph took then (0.12 s and 4 ms at 355 rows, 7.9 s and 10.0 s at 1,000,000) and now.",
)


def methods(sizes: Sequence[int], folder: Path, *, with_r: bool) -> Section:
    """Every method at every size."""
    lines = [line for rows in sizes for line in _at(rows, folder / f"flat_{rows}", with_r)]
    return Section(title="Methods: 20 binary covariates, times in days", lines=tuple(lines), remarks=REMARKS)


def _at(n: int, folder: Path, with_r: bool) -> list[Line]:
    rows = flat_rows(n)
    if not with_r:
        return _lines(n, {name: medians(who, n) for name, who in _python(rows).items()})
    write_columns(rows.columns(), folder)
    with r_script("methods.R", folder) as r:
        contenders = _python(rows)
        for name in ("cox", "curves", "logrank", "score"):
            contenders[name]["R"] = contender(r, name)
        return _lines(n, {name: medians(who, n) for name, who in contenders.items()})


def _python(rows: FlatRows) -> dict[str, dict[str, Contender]]:
    """Each method by who of this process can do it."""
    frame, days, event, arm = rows.frame(), rows.time, rows.event, rows.arm
    score = fit_propensity(rows.design, arm).score
    return {
        "cox": {
            OURS: here(lambda: fit_cox(rows.design, days, event).loglik[1]),
            THEIRS: here(lambda: lifelines.CoxPHFitter().fit(frame, "time", "event").log_likelihood_),
        },
        "curves": {OURS: here(lambda: _curves(rows)), THEIRS: here(lambda: _their_curves(rows))},
        "logrank": {
            OURS: here(lambda: logrank(days, event, arm).statistic),
            THEIRS: here(lambda: logrank_test(days[arm], days[~arm], event[arm], event[~arm]).test_statistic),
        },
        "score": {OURS: here(lambda: fit_propensity(rows.design, arm).loglik[1])},
        "match": {OURS: here(lambda: float(len(match_nearest(score, arm, caliper=0.1).pairs)))},
    }


def _curves(rows: FlatRows) -> float:
    arms = (rows.arm, ~rows.arm)
    return float(sum(kaplan_meier(rows.time[arm], rows.event[arm]).survival.sum() for arm in arms))


def _their_curves(rows: FlatRows) -> float:
    fits = [lifelines.KaplanMeierFitter().fit(rows.time[arm], rows.event[arm]) for arm in (rows.arm, ~rows.arm)]
    return float(sum(fit.survival_function_.iloc[1:, 0].sum() for fit in fits))  # theirs begin with a row at time 0


def _lines(n: int, found: Mapping[str, Mapping[str, float]]) -> list[Line]:
    curves, pairs = _together(found["curves"], found["logrank"]), _together(found["score"], found["match"])
    return [
        Line(rows=n, what="Cox, 20 covariates, Efron", values=found["cox"], against="R", limit=COX_LIMITS.get(n)),
        Line(rows=n, what="Kaplan-Meier, two arms", values=found["curves"], against="R"),
        Line(rows=n, what="Log-rank", values=found["logrank"], against="R"),
        Line(rows=n, what="Kaplan-Meier + log-rank", values=curves, against="R", limit=CURVES_LIMIT),
        Line(rows=n, what="Propensity score", values=found["score"], against="R"),
        Line(rows=n, what="Matching 1:1, caliper 0.1 SD", values=found["match"]),
        Line(rows=n, what="Score + match (R: score alone)", values=pairs, against="R"),
        *_beside_matchit(n, pairs[OURS], found["cox"]),
    ]


def _beside_matchit(n: int, ours: float, cox: Mapping[str, float]) -> list[Line]:
    """Score and match beside what they would have taken here with MatchIt."""
    if n not in WITH_MATCHIT or "R" not in cox:
        return []
    pairs, then = WITH_MATCHIT[n]
    values = {OURS: ours, "R": pairs * cox["R"] / then}
    return [Line(rows=n, what="Score + match (R: MatchIt, scaled)", values=values, against="R", limit=PAIRS_LIMIT)]


def _together(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The sum for those who did both; R, which has no matching of its own, with what it has."""
    names = [name for name in one if name in other or name == "R"]
    return {name: float(np.sum([one[name], other.get(name, 0.0)])) for name in names}
