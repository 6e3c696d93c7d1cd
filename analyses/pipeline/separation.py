"""Separation in logistic regression: covariates that tell the arms apart, so that no finite estimate exists."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from analyses.pipeline.checks import BoolArray, FloatArray, Separation

ADVICE = "Leave out these patients (no one to compare them with) or the covariate, or join levels."


def refuse_separated_columns(matrix: FloatArray, arm: BoolArray, names: Sequence[str]) -> None:
    """Raise Separation for each single column whose values in the two arms meet in one point at most."""
    treated, control = matrix[arm], matrix[~arm]
    apart = (treated.min(axis=0) >= control.max(axis=0)) | (control.min(axis=0) >= treated.max(axis=0))
    if apart.any():
        listed = ", ".join(name for name, bad in zip(names, apart, strict=True) if bad)
        raise Separation(f"One arm only, or the arms do not overlap, in: {listed}. {ADVICE}")
    empty = _empty_cell(matrix, treated, control)
    if empty.any():
        listed = ", ".join(name for name, bad in zip(names, empty, strict=True) if bad)
        raise Separation(f"A level occurs in one arm only in: {listed}. {ADVICE}")


def _empty_cell(matrix: FloatArray, treated: FloatArray, control: FloatArray) -> BoolArray:
    """Columns of two values where one arm has one value only."""
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    flat = (treated.min(axis=0) == treated.max(axis=0)) | (control.min(axis=0) == control.max(axis=0))
    two_valued = ((matrix == low) | (matrix == high)).all(axis=0)
    return np.asarray(flat & two_valued)


def refuse_separation(matrix: FloatArray, arm: BoolArray, names: Sequence[str]) -> None:
    """Raise Separation when some combination of columns separates the arms, completely or in part.

    Linear programme: maximise sum_i s_i (1, x_i) b subject to s_i (1, x_i) b >= 0 and |b| <= 1, s_i = +1 treated, -1
    control; a positive optimum is a direction in which the likelihood grows for ever.
    Source: Albert and Anderson, Biometrika 1984; Konis, thesis, Oxford 2007.
    """
    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    rows = np.unique(np.column_stack([np.where(arm, 1.0, -1.0), scaled]), axis=0)
    signed = np.column_stack([rows[:, 0], rows[:, :1] * rows[:, 1:]])
    result = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(signed.shape[0]), bounds=(-1, 1), method="highs")
    if not result.success or -result.fun < 1e-6:
        return
    guilty = [name for name, value in zip(names, result.x[1:], strict=True) if abs(value) > 1e-8]
    raise Separation(f"Together these covariates tell the arms apart for some patients: {', '.join(guilty)}. {ADVICE}")
