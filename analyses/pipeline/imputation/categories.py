"""Missing levels drawn from a Bayesian multinomial logistic model (logistic, with two levels)."""

from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax

from analyses.pipeline.checks import FloatArray, IntArray, NotConverged
from analyses.pipeline.imputation.columns import product
from analyses.pipeline.linear import inverse_root, invert

LARGEST_ITERATIONS = 100
LARGEST_HALVINGS = 30
NEGLIGIBLE_DECREMENT = 1e-14


class Sample(NamedTuple):
    """Predictors (n x p), codes 0..k - 1 (n) and weights (n)."""

    x: FloatArray
    codes: IntArray
    weight: FloatArray


def draw_categories(x: FloatArray, codes: IntArray, wanted: FloatArray, generator: np.random.Generator) -> IntArray:
    """One code for each row of `wanted` (w x p), from those that occur among `codes` (n) with predictors `x` (n x p).

    Coefficients are drawn from the normal approximation to their posterior, around its mode with the inverse
    information there. A few rows of small weight (`augment`) keep the mode finite where levels are separated.
    Source: Rubin 1987, 5.3; White, Daniel and Royston, Comput Stat Data Anal 2010.
    """
    present, position = np.unique(codes, return_inverse=True)
    if present.size == 1:
        return np.full(wanted.shape[0], present[0])
    mode, information = fit_multinomial(augment(x, position, wanted), present.size)
    root = inverse_root(information)
    drawn = mode + (generator.standard_normal(root.shape[0]) @ root).reshape(mode.shape)
    below = np.cumsum(np.exp(_log_chances(wanted, drawn)), axis=1)[:, :-1]
    return np.asarray(present[(generator.random((wanted.shape[0], 1)) > below).sum(axis=1)])


def augment(x: FloatArray, codes: IntArray, wanted: FloatArray) -> Sample:
    """The sample with two rows more per predictor and level, half a standard deviation to either side of its mean and
    the others at theirs (means, deviations and ranges with `wanted`); together they weigh as many rows as there are
    coefficients per level. The first column of `x` is the intercept."""
    levels, everyone = int(codes.max()) + 1, np.vstack([x, wanted])[:, 1:]
    width = everyone.shape[1]
    if width == 0:
        return Sample(x, codes, np.ones(x.shape[0]))
    size = 2 * levels * width
    shift = np.kron(np.eye(width), np.tile([0.5, -0.5], levels)[:, np.newaxis]) * everyone.std(axis=0, ddof=1)
    rows = np.clip(everyone.mean(axis=0) + shift, everyone.min(axis=0), everyone.max(axis=0))
    return Sample(
        np.vstack([x, np.column_stack([np.ones(size), rows])]),
        np.concatenate([codes, np.tile(np.repeat(np.arange(levels), 2), width)]),
        np.concatenate([np.ones(x.shape[0]), np.full(size, (width + 1) / size)]),
    )


def fit_multinomial(sample: Sample, levels: int) -> tuple[FloatArray, FloatArray]:
    """Coefficients of each level but the first ((levels - 1) x p) and the information of all of them in that order.
    Raises NotConverged."""
    beta = np.zeros((levels - 1, sample.x.shape[1]))
    hit = (sample.codes[:, np.newaxis] == np.arange(1, levels)) * sample.weight[:, np.newaxis]
    height = _loglik(sample, beta)
    for _ in range(LARGEST_ITERATIONS):
        chance = np.exp(_log_chances(sample.x, beta))[:, 1:]
        slope = product(hit - chance * sample.weight[:, np.newaxis], sample.x).ravel()
        information = _information(sample, chance)
        step = (invert(information) @ slope).reshape(beta.shape)
        if float(step.ravel() @ slope) < NEGLIGIBLE_DECREMENT:
            return beta + step, information
        for _ in range(LARGEST_HALVINGS):
            following = _loglik(sample, beta + step)
            if following >= height - 1e-12 * abs(height):
                break
            step = step / 2
        beta, height = beta + step, following
    raise NotConverged("A model that imputes levels did not converge; join rare levels or leave out predictors.")


def _log_chances(x: FloatArray, beta: FloatArray) -> FloatArray:
    return np.asarray(log_softmax(np.column_stack([np.zeros(x.shape[0]), x @ beta.T]), axis=1))


def _loglik(sample: Sample, beta: FloatArray) -> float:
    own = _log_chances(sample.x, beta)[np.arange(sample.codes.shape[0]), sample.codes]
    return float(sample.weight @ own)


def _information(sample: Sample, chance: FloatArray) -> FloatArray:
    """Blocks X' diag(w chance_a ([a = b] - chance_b)) X."""
    levels, width = chance.shape[1], sample.x.shape[1]
    result = np.empty((levels, width, levels, width))
    for a in range(levels):
        for b in range(a + 1):
            spread = sample.weight * chance[:, a] * ((a == b) - chance[:, b])
            result[a, :, b] = product(sample.x * spread[:, np.newaxis], sample.x)
            result[b, :, a] = result[a, :, b].T
    return result.reshape(levels * width, levels * width)
