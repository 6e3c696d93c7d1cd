"""Optimal matching: as many pairs as the caliper allows and, among all such sets, one of least total distance."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from analyses.pipeline.checks import FloatArray, IntArray, NotSupported

LARGEST_EDGES = 10_000_000


def optimal_pairs(treated: FloatArray, control: FloatArray, caliper: float) -> tuple[IntArray, IntArray]:
    """Positions in `treated` and in `control` (ascending scores) of the pairs; each is used once at most.

    An assignment problem on the pairs within `caliper`, in units of its largest distance. Each treated unit may also
    stay alone, at the price of one more than all distances together could save: so nobody does whom another choice of
    pairs would take in. Memory grows with the number of pairs within the caliper, not with treated times controls.
    Raises NotSupported beyond 10 million such pairs (some 0.5 GB).
    Source: Rosenbaum, JASA 1989; Jonker and Volgenant, Computing 1987 (scipy's sparse solver).
    """
    row, column, distance = _edges(treated, control, caliper)
    if row.size == 0:
        return row, column
    alone = np.arange(treated.shape[0])
    # the solver takes a weight of 0 for a missing edge, hence the 1 that every edge gets
    weight = 1 + np.concatenate([distance, np.full(alone.shape[0], alone.shape[0] + 1.0)])
    place = np.concatenate([row, alone]), np.concatenate([column, control.shape[0] + alone])
    graph = csr_matrix((weight, place), shape=(alone.shape[0], control.shape[0] + alone.shape[0]))
    chosen, partner = min_weight_full_bipartite_matching(graph)
    paired = partner < control.shape[0]
    return chosen[paired].astype(np.int64), partner[paired].astype(np.int64)


def _edges(treated: FloatArray, control: FloatArray, caliper: float) -> tuple[IntArray, IntArray, FloatArray]:
    """All pairs within the caliper, and their distances as shares of the largest one."""
    reach = caliper * (1 + 1e-12)
    low = np.searchsorted(control, treated - reach, side="left")
    sizes = np.searchsorted(control, treated + reach, side="right") - low
    total = int(sizes.sum())
    if total > LARGEST_EDGES:
        raise NotSupported(
            f"Optimal matching would weigh {total:,} pairs within the caliper, more than {LARGEST_EDGES:,}; "
            "take a narrower caliper, match exactly on a covariate as well, or use the rule matchit."
        )
    row = np.repeat(np.arange(treated.shape[0]), sizes)
    column = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes - low, sizes)
    distance = np.abs(treated[row] - control[column])
    inside = distance <= caliper
    largest = distance[inside].max(initial=0.0)
    return row[inside], column[inside], distance[inside] / (largest if largest > 0 else 1.0)
