"""The effect of the exposure by every method side by side, and how far resampling and imputation move it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyses.pipeline.results.common import Interval
from analyses.pipeline.results.survival import HazardRatio

Measure = Literal["survival", "rmst"]
EffectMethod = Literal["unadjusted", "matched", "ate", "att", "atc", "overlap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapInterval:
    """95% percentile interval of a hazard ratio over `replicates`, `failed` of which gave no estimate; `se` is that of
    the log hazard ratio; `resampled` says what was drawn and what was done again in each draw."""

    resampled: str
    replicates: int
    failed: int
    median: float
    lower: float
    upper: float
    se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """How strong an unmeasured confounder must be, as a risk ratio with exposure and outcome each, to explain away the
    estimate, and to move the confidence limit nearer to 1 to it."""

    estimate: float
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """One method. `n` patients per arm who carry weight, `effective` their effective number (Kish), `largest_smd` over
    the score's covariates. `adjusted` is doubly robust: weighted and adjusted for the covariates. Where `bootstrap` is
    given it is the primary interval, since it estimates the score anew in each draw. None where not estimable; `note`
    says why."""

    method: EffectMethod
    label: str
    estimand: str
    n: tuple[int, int]
    effective: tuple[float, float] | None
    largest_weight: float | None
    largest_smd: float | None
    hazard_ratio: HazardRatio | None
    adjusted: HazardRatio | None
    bootstrap: BootstrapInterval | None
    e_value: EValue | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentedDifference:
    """Survival at `months`, or restricted mean survival up to it, were all in the reference arm and were all treated;
    `difference` treated minus reference. Doubly robust: right if either the score or the outcome regression is."""

    measure: Measure
    months: float
    reference: float
    treated: float
    difference: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectsResult:
    """`rematched` shows how stable score and matching are together and is no interval for the matched estimate."""

    endpoint: str
    rows: tuple[EffectRow, ...]
    differences: tuple[AugmentedDifference, ...]
    rematched: BootstrapInterval | None
    smallest_detectable: float | None
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedShare:
    """How often a candidate was selected among the replicates; `selected` says whether the study's model has it."""

    variable: str
    label: str
    share: float
    selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityResult:
    """The stepwise model repeated in resampled patients."""

    replicates: int
    failed: int
    rows: tuple[SelectedShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImputedShare:
    """A covariate with missing values, and how many patients lack it."""

    variable: str
    label: str
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledEffect:
    """A log hazard ratio pooled by Rubin's rules over `sets` datasets, `failed` more gave no estimate; `df` by Barnard
    and Rubin, `missing_information` the fraction of missing information."""

    method: EffectMethod
    label: str
    sets: int
    failed: int
    hr: float
    lower: float
    upper: float
    p: float
    df: float
    missing_information: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImputationResult:
    """Score, matching, weights and effect inside each completed dataset, pooled; `pairs` smallest and largest number
    of pairs."""

    endpoint: str
    variables: tuple[ImputedShare, ...]
    effects: tuple[PooledEffect, ...]
    pairs: tuple[int, int] | None
    statement: str
