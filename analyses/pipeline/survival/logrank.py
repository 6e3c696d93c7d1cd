"""Log-rank tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.clock import read_clock
from analyses.pipeline.survival.kaplan_meier import product_limit


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
    Raises EmptyArm (one group only), NoEvents, LengthMismatch, MissingValues, NegativeTime. Equals R's `survdiff`.
    """
    end = checks.times(time)
    happened = checks.events(event, end.shape[0])
    names, codes = checks.labels(group, "group", end.shape[0])
    if len(names) < 2:
        raise checks.EmptyArm(f"All patients are in group {names[0]}; a test needs two groups.")
    clock = read_clock(end)
    blocks = (
        np.zeros(end.shape[0], dtype=np.int64) if strata is None else checks.labels(strata, "strata", end.shape[0])[1]
    )
    sums = _Sums(len(names))
    for block in range(int(blocks.max()) + 1):
        rows = np.flatnonzero(blocks == block) if strata is not None else slice(None)
        sums.add(clock.code[rows], happened[rows], codes[rows], clock.distinct.shape[0], rho)
    statistic, df = compare(sums.observed, sums.expected, sums.variance)
    sizes = tuple(np.bincount(codes, minlength=len(names)).tolist())
    return LogRank(statistic, df, float(chi2.sf(statistic, df)), tuple(names), sums.observed, sums.expected, sizes)


class _Sums:
    """Observed and expected events and their covariance, added over strata."""

    def __init__(self, groups: int) -> None:
        self.observed = np.zeros(groups)
        self.expected = np.zeros(groups)
        self.variance = np.zeros((groups, groups))

    def add(self, codes: IntArray, happened: BoolArray, group: IntArray, size: int, rho: float) -> None:
        groups = self.observed.shape[0]
        cell = codes * groups + group
        deaths = np.bincount(cell[happened], minlength=size * groups).reshape(size, groups)
        leaving = np.bincount(cell, minlength=size * groups).reshape(size, groups)
        at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
        seen = deaths.sum(axis=1) > 0
        if not seen.any():
            return
        d, n, n_group = deaths.sum(axis=1)[seen], at_risk.sum(axis=1)[seen], at_risk[seen]
        weight = np.ones(d.shape[0])
        if rho != 0:
            survival = product_limit(d.astype(np.float64), n.astype(np.float64))[0]
            weight = np.concatenate([[1.0], survival[:-1]]) ** rho
        share = n_group / n[:, np.newaxis]
        self.observed += weight @ deaths[seen]
        self.expected += (weight * d) @ share
        spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
        self.variance += np.diag(spread @ share) - share.T @ (share * spread[:, np.newaxis])


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
