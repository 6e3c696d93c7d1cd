"""From the caller's arrays to risk sets and standardised columns."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import FloatArray
from analyses.pipeline.clock import read_clock
from analyses.pipeline.cox.risk_sets import RiskSets, arrange

BLOCK = 16384


def read_risk_sets(
    length: int,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    strata: ArrayLike | None,
) -> RiskSets:
    """Check the outcome of `length` patients and arrange them into risk sets; rows of weight 0 are left out."""
    end = checks.times(time, length=length)
    happened = checks.events(event, length)
    weight = checks.weights(weights, length)
    start = None if entry is None else checks.entries(entry, end)
    stratum = np.zeros(length, dtype=np.int64) if strata is None else checks.labels(strata, "strata", length)[1]
    rows = np.flatnonzero(weight > 0)
    if not happened[rows].any():
        raise checks.NoEvents("All patients with the event have weight 0.")
    if rows.shape[0] == length:
        return arrange(read_clock(end, start), happened, weight, stratum, rows)
    clock = read_clock(end[rows], None if start is None else start[rows])
    return arrange(clock, happened[rows], weight[rows], stratum[rows], rows)


def standardise(matrix: FloatArray, sets: RiskSets, names: Sequence[str]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Columns in the order of `sets` with mean 0 and variance (about) 1, and what was subtracted and divided by."""
    source = np.ascontiguousarray(matrix)
    x = np.empty((sets.order.shape[0], source.shape[1]))
    total, square = np.zeros(source.shape[1]), np.zeros(source.shape[1])
    origin = source[sets.order[0]]
    for rows in _blocks(x.shape[0]):
        block = x[rows]
        np.take(source, sets.order[rows], axis=0, out=block, mode="clip")
        block -= origin
        total += block.sum(axis=0)
        square += np.einsum("ij,ij->j", block, block)
    if (square == 0).any():
        checks.refuse_constant(matrix[sets.order], names)
    mean = total / x.shape[0]
    scale = np.sqrt(np.maximum(square / x.shape[0] - mean**2, square / x.shape[0] ** 2))
    for rows in _blocks(x.shape[0]):
        x[rows] -= mean
        x[rows] /= scale
    return x, origin + mean, scale


def _blocks(length: int) -> Iterator[slice]:
    """Pieces that stay in the cache."""
    for start in range(0, length, BLOCK):
        yield slice(start, start + BLOCK)
