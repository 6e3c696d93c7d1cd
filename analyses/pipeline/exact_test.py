"""Fisher's exact test for a table of any size (Freeman-Halton), as R's `fisher.test` defines its p-value.

With all margins fixed, the p-value is the probability of all tables that are no more probable than the observed one
(relative tolerance 1e-7). Tables are built row by row, all partial tables at once.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from analyses.pipeline.checks import FloatArray, IntArray

RELATIVE_TOLERANCE = 1e-7
LARGEST_STATE = 2_000_000
LARGEST_WORK = 10_000_000
MONTE_CARLO_TABLES = 100_000


class TooManyTablesError(Exception):
    """The exact enumeration would exceed its size cap."""


class ExactP(NamedTuple):
    """A p-value; `simulated` is the number of random tables, 0 where the enumeration was complete."""

    p: float
    simulated: int


def fisher_p(counts: IntArray, *, seed: int = 0) -> ExactP:
    """Two-sided p-value of an r x c table of counts without empty rows or columns.

    Beyond the size cap the p-value is estimated from random tables with the same margins, drawn with `seed`.
    Source: Freeman and Halton, Biometrika 1951; R stats::fisher.test.
    """
    table = counts if counts.shape[0] >= counts.shape[1] else counts.T
    try:
        return ExactP(_two_columns(table) if table.shape[1] == 2 else _many_columns(table), 0)
    except TooManyTablesError:
        return ExactP(_monte_carlo(table, seed), MONTE_CARLO_TABLES)


def _log_choose(n: int, k: IntArray | int) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(np.asarray(k) + 1) - gammaln(n - np.asarray(k) + 1))


@lru_cache(maxsize=64)
def _log_factorials(total: int) -> FloatArray:
    return np.asarray(gammaln(np.arange(total + 1) + 1))


def _log_weight(cells: IntArray, total: int) -> FloatArray:
    """Minus the sum of log factorials of each row of `cells`, none of which exceeds `total`."""
    return np.asarray(-_log_factorials(total)[cells].sum(axis=1))


def _threshold(log_observed: float) -> float:
    return log_observed + float(np.log1p(RELATIVE_TOLERANCE))


def _two_columns(table: IntArray) -> float:
    """r x 2: rows are added one by one; bounds on what the remaining rows can add settle whole branches at once."""
    rows = table[np.argsort(table.sum(axis=1))[::-1]]
    sizes, total = rows.sum(axis=1), int(table[:, 0].sum())
    limit = _threshold(float(sum(_log_choose(int(n), int(x)) for n, x in zip(sizes, rows[:, 0], strict=True))))
    lowest, highest = _bounds(sizes, total)
    used, weight = np.zeros(1, dtype=np.int64), np.zeros(1)
    settled: list[float] = []
    for step, size in enumerate(sizes.tolist()):
        used, weight = _add_row(used, weight, size, total, int(sizes[step + 1 :].sum()))
        rest = total - used
        inside = weight + highest[step + 1][rest] <= limit
        open_ = ~inside & (weight + lowest[step + 1][rest] <= limit)
        if inside.any():
            remaining = int(sizes[step + 1 :].sum())
            settled.append(float(logsumexp(weight[inside] + _log_choose(remaining, rest[inside]))))
        used, weight = used[open_], weight[open_]
    if not settled:
        return 0.0
    return min(1.0, float(np.exp(logsumexp(settled) - _log_choose(int(sizes.sum()), total))))


def _bounds(sizes: IntArray, total: int) -> tuple[list[FloatArray], list[FloatArray]]:
    """Least and greatest log weight that rows `step`... can contribute when `rest` counts are left for column one."""
    ends = np.full(total + 1, np.inf)
    ends[0] = 0.0
    lowest, highest = [ends], [np.where(np.isinf(ends), -np.inf, ends)]
    for size in sizes[::-1].tolist():
        taken = np.arange(min(size, total) + 1)
        choose = _log_choose(size, taken)
        least, most = np.full(total + 1, np.inf), np.full(total + 1, -np.inf)
        for x, value in zip(taken.tolist(), choose.tolist(), strict=True):
            least[x:] = np.minimum(least[x:], lowest[0][: total + 1 - x] + value)
            most[x:] = np.maximum(most[x:], highest[0][: total + 1 - x] + value)
        lowest.insert(0, least)
        highest.insert(0, most)
    return lowest, highest


def _add_row(used: IntArray, weight: FloatArray, size: int, total: int, remaining: int) -> tuple[IntArray, FloatArray]:
    """All ways to place one more row."""
    if used.size * (size + 1) > LARGEST_STATE:
        raise TooManyTablesError
    taken = np.arange(size + 1)
    new_used = (used[:, np.newaxis] + taken).ravel()
    new_weight = (weight[:, np.newaxis] + _log_choose(size, taken)).ravel()
    possible = (new_used <= total) & (total - new_used <= remaining)
    return new_used[possible], new_weight[possible]


def _many_columns(table: IntArray) -> float:
    """r x c: rows are added smallest first; the state is what is left of each column, and partial tables of equal rest
    and weight are counted together. The last two rows are enumerated once for each rest that occurs."""
    rows = table[np.argsort(table.sum(axis=1), kind="stable")]
    sizes = rows.sum(axis=1).tolist()
    limit = _threshold(-float(gammaln(table + 1).sum()))
    left, weight, ways = table.sum(axis=0)[np.newaxis, :], np.zeros(1), np.ones(1)
    for size in sizes[:-2]:
        left, weight, ways = _merge_ways(*_place_row(left, weight, ways, size))
    margins = gammaln(table.sum(axis=0) + 1).sum() + gammaln(table.sum(axis=1) + 1).sum()
    scale = float(margins - gammaln(table.sum() + 1))
    rests, member = np.unique(left, axis=0, return_inverse=True)
    member = member.ravel()
    order = np.argsort(member, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(member[order])) + 1)
    total, work = 0.0, 0
    for rest, part in zip(rests, parts, strict=True):
        ends, cumulative = _last_two_rows(rest, sizes[-2])
        work += ends.size
        if work > LARGEST_WORK:
            raise TooManyTablesError
        reached = np.searchsorted(ends, limit - weight[part], side="right")
        total += float((ways[part] * np.exp(weight[part] + scale) * cumulative[reached]).sum())
    return min(1.0, total)


def _last_two_rows(rest: IntArray, size: int) -> tuple[FloatArray, FloatArray]:
    """All ways to fill two rows, the first with `size` counts: sorted log weights, and sums of the weights so far."""
    left, weight, _ = _place_row(rest[np.newaxis, :], np.zeros(1), np.ones(1), size)
    weight = np.sort(weight + _log_weight(left, int(rest.sum())))
    return weight, np.concatenate([[0.0], np.cumsum(np.exp(weight))])


def _place_row(
    left: IntArray, weight: FloatArray, ways: FloatArray, size: int
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Spread `size` counts over the columns in every possible way."""
    need = np.full(left.shape[0], size)
    source = np.arange(left.shape[0])
    rest = left.copy()
    for column in range(left.shape[1]):
        most = np.minimum(rest[:, column], need)
        least = np.maximum(0, need - rest[:, column + 1 :].sum(axis=1))
        options = most - least + 1
        if int(options.sum()) > LARGEST_STATE:
            raise TooManyTablesError
        repeat = np.repeat(np.arange(rest.shape[0]), options)
        offset = np.arange(repeat.size) - np.repeat(np.cumsum(options) - options, options)
        taken = least[repeat] + offset
        rest, need, source = rest[repeat], need[repeat] - taken, source[repeat]
        rest[:, column] -= taken
    taken_all = left[source] - rest
    return rest, weight[source] + _log_weight(taken_all, size), ways[source]


def _merge_ways(left: IntArray, weight: FloatArray, ways: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    key = np.zeros(left.shape[0], dtype=np.int64)
    for column in range(left.shape[1] - 1):
        key = key * (int(left[:, column].max()) + 1) + left[:, column]
    rounded = np.round(weight, 9)
    order = np.lexsort((rounded, key))
    changed = (np.diff(key[order]) != 0) | (np.diff(rounded[order]) != 0)
    start = np.concatenate([[0], np.flatnonzero(changed) + 1])
    return left[order][start], weight[order][start], np.add.reduceat(ways[order], start)


def _monte_carlo(table: IntArray, seed: int) -> float:
    """Random tables with the observed margins; the observed table counts as one of them (as in R)."""
    generator = np.random.default_rng(seed)
    limit = _threshold(-float(gammaln(table + 1).sum()))
    columns = table.sum(axis=0)
    weight = np.zeros(MONTE_CARLO_TABLES)
    left = np.tile(columns, (MONTE_CARLO_TABLES, 1))
    for size in table.sum(axis=1)[:-1].tolist():
        drawn = _draw(generator, left, size)
        weight -= gammaln(drawn + 1).sum(axis=1)
        left -= drawn
    weight -= gammaln(left + 1).sum(axis=1)
    return float((1 + int((weight <= limit).sum())) / (1 + MONTE_CARLO_TABLES))


def _draw(generator: np.random.Generator, left: IntArray, size: int) -> IntArray:
    """One multivariate hypergeometric draw per row of `left`, column by column."""
    drawn = np.zeros_like(left)
    need = np.full(left.shape[0], size)
    for column in range(left.shape[1] - 1):
        others = left[:, column + 1 :].sum(axis=1)
        drawn[:, column] = generator.hypergeometric(left[:, column], others, need)
        need = need - drawn[:, column]
    drawn[:, -1] = need
    return drawn
