"""The smallest and largest value of each column."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
LINE = 1024


def extremes(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest value per column (p) of n x p. Rows are compared many at a time, laid side by side: one by
    one, their few values each are not worth the start of a loop."""
    n, width = matrix.shape
    side = max(1, LINE // width)
    whole = n - n % side
    if not whole:
        return matrix.min(axis=0), matrix.max(axis=0)
    lines = matrix[:whole].reshape(-1, side * width)
    low, high = lines.min(axis=0).reshape(side, width), lines.max(axis=0).reshape(side, width)
    rest = matrix[whole:]
    return np.concatenate([low, rest]).min(axis=0), np.concatenate([high, rest]).max(axis=0)
