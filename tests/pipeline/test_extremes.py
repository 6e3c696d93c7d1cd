"""Smallest and largest of each column, as numpy finds them row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyses.pipeline.extremes import LINE, extremes


@given(st.integers(1, 3000), st.sampled_from([1, 2, 7, 20, LINE + 1]), st.integers(0, 1000), st.booleans())
def test_equals_the_reduction_by_rows(n: int, width: int, seed: int, by_columns: bool) -> None:
    matrix = np.random.default_rng(seed).normal(size=(n, width))
    low, high = extremes(np.asfortranarray(matrix) if by_columns else matrix)
    np.testing.assert_array_equal(low, matrix.min(axis=0))
    np.testing.assert_array_equal(high, matrix.max(axis=0))
