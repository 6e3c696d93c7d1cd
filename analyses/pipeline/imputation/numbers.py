"""Predictive mean matching: a missing number is drawn from patients who were predicted to have a similar one."""

import numpy as np

from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.imputation.columns import product
from analyses.pipeline.linear import inverse_root

DONORS = 5


def draw_numbers(x: FloatArray, values: FloatArray, wanted: FloatArray, generator: np.random.Generator) -> FloatArray:
    """One value for each row of `wanted` (w x p), taken from `values` (n), whose predictors are `x` (n x p).

    Coefficients are drawn from their posterior under a normal linear model with a flat prior; each wanted row draws one
    of the five donors whose prediction (by the least-squares coefficients) is nearest to its own (by those drawn).
    Source: Little, J Bus Econ Stat 1988; van Buuren 2018, 3.4 (mice's `pmm`).
    """
    coef, drawn = draw_linear(x, values, generator)
    return values[nearest_donors(x @ coef, wanted @ drawn, generator)]


def draw_linear(x: FloatArray, values: FloatArray, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Least-squares coefficients and a draw from their posterior."""
    root = inverse_root(product(x, x))
    coef = root.T @ (root @ product(x, values[:, np.newaxis])[:, 0])
    residual = values - x @ coef
    df = max(x.shape[0] - x.shape[1], 1)
    sigma = np.sqrt(float(residual @ residual) / generator.chisquare(df))
    return coef, coef + sigma * generator.standard_normal(coef.shape[0]) @ root


def nearest_donors(predicted: FloatArray, wanted: FloatArray, generator: np.random.Generator) -> IntArray:
    """For each wanted prediction the number of one of the five nearest of `predicted`; equals are taken at random."""
    shuffled = generator.permutation(predicted.shape[0])
    order = shuffled[np.argsort(predicted[shuffled], kind="stable")]
    donors, width = min(DONORS, order.size), min(2 * DONORS, order.size)
    start = np.clip(np.searchsorted(predicted[order], wanted) - DONORS, 0, order.size - width)
    window = start[:, np.newaxis] + np.arange(width)
    distance = np.abs(predicted[order][window] - wanted[:, np.newaxis])
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :donors]
    choice = generator.integers(donors, size=wanted.shape[0])
    return np.asarray(order[window[np.arange(wanted.shape[0]), nearest[np.arange(wanted.shape[0]), choice]]])
