"""Separation in logistic regression: covariates that tell the arms apart, so that no finite estimate exists."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from analyses.pipeline.checks import BoolArray, FloatArray, Separation
from analyses.pipeline.extremes import extremes

ADVICE = "Leave out these patients (no one to compare them with) or the covariate, or join levels."


def refuse_separated_columns(matrix: FloatArray, arm: BoolArray, names: Sequence[str]) -> None:
    """Raise Separation for each single column whose values in the two arms meet in one point at most."""
    (low, high), (control_low, control_high) = extremes(matrix[arm]), extremes(matrix[~arm])
    apart = (low >= control_high) | (control_low >= high)
    if apart.any():
        listed = ", ".join(name for name, bad in zip(names, apart, strict=True) if bad)
        raise Separation(f"One arm only, or the arms do not overlap, in: {listed}. {ADVICE}")
    flat = np.flatnonzero((low == high) | (control_low == control_high))
    empty = [column for column in flat.tolist() if _two_valued(matrix[:, column])]
    if empty:
        listed = ", ".join(names[column] for column in empty)
        raise Separation(f"A level occurs in one arm only in: {listed}. {ADVICE}")


def _two_valued(column: FloatArray) -> bool:
    return bool(((column == column.min()) | (column == column.max())).all())


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
