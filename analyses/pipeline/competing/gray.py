"""Gray's test of cumulative incidences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.clock import read_clock
from analyses.pipeline.competing.gray_sums import GraySums, tabulate
from analyses.pipeline.survival.logrank import compare


@dataclass(frozen=True, slots=True, eq=False)
class GrayTest:
    """A test that k groups share one cumulative incidence of a cause; `observed` and `expected` are (weighted) events
    of the cause per group."""

    cause: int
    statistic: float
    df: int
    p: float
    groups: tuple[Any, ...]
    observed: FloatArray
    expected: FloatArray
    n: tuple[int, ...]


def gray_test(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    cause: int,
    strata: ArrayLike | None = None,
    rho: float = 0,
) -> GrayTest:
    """Gray's test of k groups, weighted by (1 - F(t-))^rho, F the incidence that the groups would share.

    `time` n, `event` n of 0 (censored) or the number of a cause, `group` n labels, `strata` n labels within which
    groups are compared. With R_i = n_i (1 - F_i(t-)) / S_i(t-) in place of the numbers at risk, the expected events of
    group i are the sum of d R_i / sum R; the statistic is (O - E)' V^-1 (O - E) with Gray's variance, df the number of
    groups with expected events, less one. Without other causes, O and E are those of the log-rank test (rho 0).
    Raises EmptyArm (one group only), NoEvents, LengthMismatch, MissingValues, NegativeTime, BadValue, BadOption.
    Equals the Tests of R's `cmprsk::cuminc`. Source: Gray, Ann Stat 1988.
    """
    end = checks.times(time)
    codes = checks.causes(event, end.shape[0], cause)
    names, members = checks.labels(group, "group", end.shape[0])
    if len(names) < 2:
        raise checks.EmptyArm(f"All patients are in group {names[0]}; a test needs two groups.")
    blocks = np.zeros_like(codes) if strata is None else checks.labels(strata, "strata", end.shape[0])[1]
    parts = list(_strata(read_clock(end).code, codes, members, blocks, cause, rho))
    observed, expected, variance = (
        np.sum([getattr(part, name) for part in parts], axis=0) for name in ("observed", "expected", "variance")
    )
    if not (np.isfinite(expected).all() and np.isfinite(variance).all()):
        raise checks.BadValue("The incidence that the groups would share reaches 1 while they can still be compared.")
    statistic, df = compare(observed, expected, variance)
    sizes = tuple(np.bincount(members, minlength=len(names)).tolist())
    return GrayTest(cause, statistic, df, float(chi2.sf(statistic, df)), tuple(names), observed, expected, sizes)


def _strata(
    moment: IntArray, codes: IntArray, members: IntArray, blocks: IntArray, cause: int, rho: float
) -> Iterator[GraySums]:
    """The sums of each stratum in which the cause happens."""
    groups = int(members.max()) + 1
    for block in np.unique(blocks[codes == cause]):
        rows = blocks == block
        yield tabulate(moment[rows] * groups + members[rows], codes[rows], cause, groups, rho)
