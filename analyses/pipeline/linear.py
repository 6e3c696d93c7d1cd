"""Linear algebra that names the culprit: dependent columns, inverses of information matrices, quadratic forms."""

from collections.abc import Sequence

import numpy as np

from analyses.pipeline.checks import Collinear, FloatArray

SMALLEST_PIVOT = 1e-10
SMALLEST_EIGENVALUE = 1e-14


def dependent_columns(gram: FloatArray, smallest: float = SMALLEST_PIVOT) -> list[int]:
    """Columns that are linear combinations of earlier ones, from their (symmetric, semi-definite) Gram matrix.

    Column k depends on its predecessors when a Cholesky step leaves less than `smallest` of its diagonal, that is when
    R^2 > 1 - `smallest`.
    """
    rest = gram.astype(np.float64).copy()
    original = np.diag(gram).copy()
    dependent: list[int] = []
    for column in range(rest.shape[0]):
        pivot = rest[column, column]
        if pivot <= smallest * original[column] or original[column] <= 0:
            dependent.append(column)
            continue
        rest = rest - np.outer(rest[:, column], rest[column]) / pivot
    return dependent


def refuse_dependent(gram: FloatArray, names: Sequence[str]) -> None:
    """Raise Collinear naming each column that the columns before it determine."""
    dependent = dependent_columns(gram)
    if dependent:
        listed = ", ".join(names[column] for column in dependent)
        raise Collinear(f"Fully determined by the other covariates: {listed}. Leave out one of each such set.")


def invert(information: FloatArray) -> FloatArray:
    """Inverse of a positive definite matrix.

    Where rounding has made it singular, directions without information get a very large (finite) variance.
    """
    root = inverse_root(information)
    return np.asarray(root.T @ root)


def inverse_root(information: FloatArray) -> FloatArray:
    """R with R' R the inverse, so that R' z has it for its covariance; scaled to a unit diagonal first."""
    scale = 1 / np.sqrt(np.maximum(np.diag(information), SMALLEST_EIGENVALUE))
    scaled = information * np.outer(scale, scale)
    try:
        return np.asarray(np.linalg.inv(np.linalg.cholesky(scaled)) * scale)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scaled)
        return np.asarray((vectors / np.sqrt(np.maximum(values, SMALLEST_EIGENVALUE))).T * scale)


def quadratic(vector: FloatArray, matrix: FloatArray) -> float:
    """v' M^-1 v for a positive definite M."""
    return float(vector @ np.linalg.solve(matrix, vector))
