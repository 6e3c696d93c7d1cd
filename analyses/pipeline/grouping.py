"""Sums by group code."""

import numpy as np
from numpy.typing import NDArray

from analyses.pipeline.checks import BoolArray, FloatArray


def group_sums(codes: NDArray[np.integer], values: FloatArray | BoolArray, size: int) -> FloatArray:
    """sum of `values` over the rows of each code 0..size-1."""
    return np.asarray(np.bincount(codes, weights=values, minlength=size), dtype=np.float64)
