"""The test of proportional hazards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.cox.likelihood import hazard_of, information
from analyses.pipeline.cox.model import CoxFit, Fitted
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.grouping import group_sums
from analyses.pipeline.linear import quadratic
from analyses.pipeline.survival.kaplan_meier import product_limit

TRANSFORMS = ("km", "rank", "identity", "log")


@dataclass(frozen=True, slots=True)
class ProportionalHazardsTest:
    """One line of the test: a term (or GLOBAL)."""

    term: str
    statistic: float
    df: int
    p: float


def ph_test(
    fit: CoxFit, *, transform: str = "km", terms: Mapping[str, Sequence[int]] | None = None
) -> tuple[ProportionalHazardsTest, ...]:
    """Score test that no coefficient changes with g(t), one line per term and a last one GLOBAL.

    `terms` names the columns (numbers) of each factor; by default each column is a term. `transform` g: "km"
    1 - S(t-) of the pooled Kaplan-Meier curve, "rank" among all follow-up times, "identity", "log" (positive times
    only).
    The model is extended by x g(t) with coefficients 0; with u its score and I its information at the fit, the test of
    term k is u_k' [I^-1]_kk u_k in the model with all main effects and term k alone.
    Equals R's `cox.zph` (survival 3). Source: Grambsch and Therneau, Biometrika 1994.
    """
    checks.option(transform, "transform", TRANSFORMS)
    fitted = fit.fitted
    width = len(fit.names)
    blocks = {name: [column] for column, name in enumerate(fit.names)} if terms is None else terms
    g = _transformed(fitted.sets, transform)
    score, matrix = _extended(fitted, g - g.mean())
    chosen = [(name, list(columns)) for name, columns in blocks.items()]
    return tuple(_line(name, columns, score, matrix) for name, columns in [*chosen, ("GLOBAL", list(range(width)))])


def _line(name: str, columns: list[int], score: FloatArray, matrix: FloatArray) -> ProportionalHazardsTest:
    width = score.shape[0]
    kept = [*range(width), *(width + column for column in columns)]
    u = np.concatenate([np.zeros(width), score[columns]])
    try:
        statistic = quadratic(u, matrix[np.ix_(kept, kept)])
    except np.linalg.LinAlgError as error:
        raise checks.NoEvents(f"Too few event times to test proportional hazards for {name}.") from error
    return ProportionalHazardsTest(name, statistic, len(columns), float(chi2.sf(statistic, len(columns))))


def _extended(fitted: Fitted, g: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Score of the coefficients of x g(t) (p), and the information of both sets of coefficients (2p x 2p)."""
    sets, x, state = fitted.sets, fitted.x, fitted.state
    own = np.zeros(sets.order.shape[0])
    own[sets.event] = g[sets.group]
    b = None if state.sums.b is None else state.sums.b * g
    score = (sets.weight * own - state.risk * hazard_of(sets, state.sums.a * g, b)) @ x
    plain = fitted.information
    once, twice = information(sets, x, state, g), information(sets, x, state, g**2)
    return np.asarray(score), np.block([[plain, once], [once, twice]])


def _transformed(sets: RiskSets, transform: str) -> FloatArray:
    """g at each event time (K)."""
    if transform == "identity":
        return sets.time
    if transform == "log":
        if sets.time.min() <= 0:
            raise checks.BadOption("transform log needs event times above 0.")
        return np.log(sets.time)
    if transform == "rank":
        return _mid_ranks(sets)
    return _failure_before(sets)


def _mid_ranks(sets: RiskSets) -> FloatArray:
    """Rank of each event time among the times of all rows; equal times share their mean rank."""
    counts = np.bincount(sets.clock_code)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[_event_codes(sets)])


def _failure_before(sets: RiskSets) -> FloatArray:
    """1 - S(t-) of the Kaplan-Meier curve of all rows, strata and weights left aside."""
    size = int(sets.clock_code.max()) + 1
    deaths = group_sums(sets.clock_code, sets.event, size)
    at_risk = np.cumsum(np.bincount(sets.clock_code, minlength=size)[::-1])[::-1].astype(np.float64)
    if sets.clock_entry is not None:
        at_risk -= np.cumsum(np.bincount(sets.clock_entry, minlength=size)[::-1])[::-1]
    survival, _ = product_limit(deaths, at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    return np.asarray(1 - before[_event_codes(sets)])


def _event_codes(sets: RiskSets) -> IntArray:
    """Clock code of each event time (K)."""
    return sets.clock_code[sets.event][sets.tied.start]
