"""Log-rank tests."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.clock import Clock, read_clock

# how many moments per patient are laid out before they are sorted instead
LARGEST_SPARE = 4


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """A test that k groups share one survival curve; `observed` and `expected` are (weighted) events per group."""

    statistic: float
    df: int
    p: float
    groups: tuple[Any, ...]
    observed: FloatArray
    expected: FloatArray
    n: tuple[int, ...]


def logrank(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, strata: ArrayLike | None = None, rho: float = 0
) -> LogRank:
    """Log-rank test of k groups, weighted by S(t-)^rho (Fleming and Harrington): rho 0 log-rank, 1 Peto and Peto.

    `time` n, `event` n of 0/1, `group` n labels, `strata` n labels within which groups are compared. The statistic is
    (O - E)' V^-1 (O - E) with the hypergeometric variance; df is the number of groups with expected events, less one.
    Raises EmptyArm (one group only), NoEvents, LengthMismatch, MissingValues, NegativeTime, BadValue. Equals R's
    `survdiff`.
    """
    end = checks.times(time)
    happened = checks.events(event, end.shape[0])
    names, codes = checks.labels(group, "group", end.shape[0])
    if len(names) < 2:
        raise checks.EmptyArm(f"All patients are in group {names[0]}; a test needs two groups.")
    clock = read_clock(end)
    blocks = np.zeros_like(clock.code) if strata is None else checks.labels(strata, "strata", end.shape[0])[1]
    risk = _risk_table(clock, blocks, happened, codes, len(names))
    weight = _survival_before(risk) ** checks.finite(rho, "rho") if rho else np.ones(risk.stratum.shape[0])
    d, n = risk.deaths.sum(axis=1), risk.at_risk.sum(axis=1)
    share = risk.at_risk / n[:, np.newaxis]
    observed, expected = weight @ risk.deaths, (weight * d) @ share
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(spread @ share) - share.T @ (share * spread[:, np.newaxis])
    statistic, df = compare(observed, expected, variance)
    sizes = tuple(np.bincount(codes, minlength=len(names)).tolist())
    return LogRank(statistic, df, float(chdtrc(df, statistic)), tuple(names), observed, expected, sizes)


class _RiskTable(NamedTuple):
    """Per event time of each stratum: deaths and numbers at risk in each group (M x k), and the stratum (M)."""

    deaths: IntArray
    at_risk: IntArray
    stratum: IntArray


def _risk_table(clock: Clock, blocks: IntArray, happened: BoolArray, group: IntArray, groups: int) -> _RiskTable:
    size = clock.distinct.shape[0]
    moments, place = _numbered(blocks * size + clock.code, (int(blocks.max()) + 1) * size)
    cell, length = place * groups + group, moments.shape[0] * groups
    deaths = np.bincount(cell[happened], minlength=length).reshape(-1, groups)
    later = np.cumsum(np.bincount(cell, minlength=length).reshape(-1, groups)[::-1], axis=0)[::-1]
    stratum = moments // size
    beyond = np.vstack([later, np.zeros((1, groups), dtype=np.int64)])
    at_risk = later - beyond[np.searchsorted(stratum, stratum, side="right")]
    seen = deaths.any(axis=1)
    return _RiskTable(deaths[seen], at_risk[seen], stratum[seen])


def _numbered(moment: IntArray, largest: int) -> tuple[IntArray, IntArray]:
    """The moments of follow-up in order, and the position of each row's own; all that could be where they are few."""
    if largest <= LARGEST_SPARE * moment.shape[0]:
        return np.arange(largest), moment
    moments, place = np.unique(moment, return_inverse=True)
    return moments, place


def _survival_before(risk: _RiskTable) -> FloatArray:
    """S(t-) at the event times of each stratum."""
    stays = 1 - risk.deaths.sum(axis=1) / risk.at_risk.sum(axis=1)
    starts = np.flatnonzero(np.diff(risk.stratum, prepend=-1))
    before = [np.concatenate([[1.0], np.cumprod(part[:-1])]) for part in np.split(stays, starts[1:])]
    return np.concatenate(before)


def compare(observed: FloatArray, expected: FloatArray, variance: FloatArray) -> tuple[float, int]:
    """(O - E)' V^-1 (O - E) over the groups with expected events, one of them left out, and their number."""
    used = np.flatnonzero(expected > 0)[1:]
    if used.size == 0:
        raise checks.NoEvents("Only one group was ever at risk when events happened; the groups cannot be compared.")
    gap, kept = (observed - expected)[used], variance[np.ix_(used, used)]
    values = np.linalg.eigvalsh(kept)
    if values[0] <= 1e-12 * max(values[-1], 1e-300):
        raise checks.NoEvents("The groups were never at risk together when events happened; they cannot be compared.")
    return float(gap @ np.linalg.solve(kept, gap)), used.size
