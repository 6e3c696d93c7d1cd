"""Weighting by the propensity score instead of matching on it."""

from analyses.pipeline.weighting.augmented import AugmentedDifference, augmented_difference
from analyses.pipeline.weighting.effect import SCORE_KNOWN, WeightedEffect, weighted_effect
from analyses.pipeline.weighting.weights import ESTIMANDS, Weights, weights

__all__ = [
    "ESTIMANDS",
    "SCORE_KNOWN",
    "AugmentedDifference",
    "WeightedEffect",
    "Weights",
    "augmented_difference",
    "weighted_effect",
    "weights",
]
