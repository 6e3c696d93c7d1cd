"""The bootstrap: what is estimated anew in each replicate, replicates in chunks, and intervals from them."""

from analyses.pipeline.resampling.draws import Outcome, Outcomes, Statistic, bootstrap_chunk, chunks, join
from analyses.pipeline.resampling.intervals import BootstrapInterval, shares, summarise
from analyses.pipeline.resampling.matched import MatchedPairs, matched_pairs
from analyses.pipeline.resampling.refitted import (
    RefittedEffects,
    Sample,
    refitted_effects,
    rematched_log_hr,
    weighted_log_hr,
)
from analyses.pipeline.resampling.selected import SelectedVariables, selected_variables

__all__ = [
    "BootstrapInterval",
    "MatchedPairs",
    "Outcome",
    "Outcomes",
    "RefittedEffects",
    "Sample",
    "SelectedVariables",
    "Statistic",
    "bootstrap_chunk",
    "chunks",
    "join",
    "matched_pairs",
    "refitted_effects",
    "rematched_log_hr",
    "selected_variables",
    "shares",
    "summarise",
    "weighted_log_hr",
]
