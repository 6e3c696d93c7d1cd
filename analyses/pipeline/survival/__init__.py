"""Survival curves, tests between them, restricted means and follow-up."""

from analyses.pipeline.survival.contrasts import (
    Difference,
    RestrictedMean,
    rate_difference,
    rmst,
    rmst_difference,
)
from analyses.pipeline.survival.kaplan_meier import (
    Estimate,
    KaplanMeier,
    SurvivalAt,
    kaplan_meier,
    median_follow_up,
)
from analyses.pipeline.survival.logrank import LogRank, logrank

__all__ = [
    "Difference",
    "Estimate",
    "KaplanMeier",
    "LogRank",
    "RestrictedMean",
    "SurvivalAt",
    "kaplan_meier",
    "logrank",
    "median_follow_up",
    "rate_difference",
    "rmst",
    "rmst_difference",
]
