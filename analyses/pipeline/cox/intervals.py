"""Sums over intervals of event times, without a subtraction.

The difference of two cumulative sums keeps no digit of a risk set that is 1e-16 of what was taken away; with delayed
entry such sets are common where a coefficient is large. So every interval of event times is cut into the end of one
block and the beginning of the next, of a size 2^m chosen for that interval, and sums are cumulative inside blocks only.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_banded
from scipy.sparse import csr_matrix

from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.grouping import group_sums


class Pieces(NamedTuple):
    """Pieces of intervals that lie in one block of `size` event times each: `rows` and the event time `at` which their
    pieces begin (or end), and a K x n matrix that marks the rows of each event time."""

    rows: IntArray
    at: IntArray
    lines: csr_matrix


class Level(NamedTuple):
    """Intervals cut at a multiple of `size`: pieces that run to the end of their block, and from its beginning."""

    size: int
    heads: Pieces
    tails: Pieces


def cut(first: IntArray, last: IntArray, chosen: BoolArray, groups: int) -> tuple[Level, ...]:
    """The levels of the intervals first <= j < last of the `chosen` rows among `groups` event times.

    The highest bit in which first and last - 1 differ gives the size. An interval of one event time is one piece.
    """
    rows = np.flatnonzero(chosen & (last > first))
    start, end = first[rows], last[rows] - 1
    bits = np.frexp((start ^ end).astype(np.float64))[1]
    level = np.maximum(bits, 1) - 1
    return tuple(
        Level(
            2 ** int(number),
            _pieces(rows, start, level == number, first.shape[0], groups),
            _pieces(rows, end, (level == number) & (bits > 0), first.shape[0], groups),
        )
        for number in np.unique(level)
    )


def _pieces(rows: IntArray, at: IntArray, chosen: BoolArray, length: int, groups: int) -> Pieces:
    order = np.argsort(at[chosen], kind="stable")
    rows, at = rows[chosen][order], at[chosen][order]
    return Pieces(rows, at, gather(rows, at + 1, groups, length))


def gather(rows: IntArray, bins: IntArray, groups: int, length: int) -> csr_matrix:
    """Sparse K x n matrix whose line j marks the rows with bin j + 1 (`bins` ascending along `rows`)."""
    counts = np.bincount(bins, minlength=groups + 1)
    edges = np.cumsum(counts)
    kept = rows[counts[0] :]
    return csr_matrix((np.ones(kept.shape[0]), kept, edges - counts[0]), shape=(groups, length))


def collect(lines: csr_matrix, weight: FloatArray, values: FloatArray) -> FloatArray:
    """sum of weight * values over the rows that each line marks."""
    np.take(weight, lines.indices, out=lines.data)
    return np.asarray(lines @ values)


def over_intervals(levels: tuple[Level, ...], weight: FloatArray, values: FloatArray | None, groups: int) -> FloatArray:
    """At each event time, the sum of weight (* values, n x p) over the rows whose interval holds it."""
    total = np.zeros(groups if values is None else (groups, values.shape[1]))
    for size, heads, tails in levels:
        for pieces, backward in ((heads, False), (tails, True)):
            at_ends = (
                group_sums(pieces.at, weight[pieces.rows], groups)
                if values is None
                else collect(pieces.lines, weight, values)
            )
            total += _within_blocks(at_ends, size, backward)
    return total


def add_within_intervals(levels: tuple[Level, ...], hazard: FloatArray, result: FloatArray) -> None:
    """Add to each row of `result` the sum of `hazard` (K, or K x p) over its interval."""
    for size, heads, tails in levels:
        result[heads.rows] += _within_blocks(hazard, size, True)[heads.at]
        result[tails.rows] += _within_blocks(hazard, size, False)[tails.at]


def _within_blocks(values: FloatArray, size: int, backward: bool) -> FloatArray:
    """Cumulative sums along the first axis, inside consecutive blocks of `size`, from either end."""
    length = values.shape[0]
    padded = np.zeros((-(-length // size) * size, *values.shape[1:]))
    padded[:length] = values
    blocks = padded.reshape(-1, size, *values.shape[1:])
    sums = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1] if backward else np.cumsum(blocks, axis=1)
    return np.asarray(sums.reshape(padded.shape)[:length])


def cumulative(values: FloatArray, joined: BoolArray, *, backward: bool) -> FloatArray:
    """Cumulative sums along the first axis (K) that begin anew wherever `joined` (K - 1) says that two neighbours are
    of different strata; the solution of v[j] = values[j] + joined v[its neighbour]."""
    if joined.all():
        return np.asarray(np.cumsum(values[::-1], axis=0)[::-1] if backward else np.cumsum(values, axis=0))
    band = np.ones((2, values.shape[0]))
    if backward:
        band[0, 1:], bands = -1.0 * joined, (0, 1)
    else:
        band[1, :-1], bands = -1.0 * joined, (1, 0)
    return np.asarray(solve_banded(bands, band, values, check_finite=False))
