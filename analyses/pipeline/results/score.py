"""Propensity score, matching and balance."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.results.baseline import Table1Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    term: str
    estimate: float
    se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NonOverlap:
    """Patients at a level that one arm never has; they are neither scored nor matched. `counts` per arm."""

    variable: str
    level: str
    counts: tuple[int, ...]
    patients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedCovariate:
    """A candidate covariate with its baseline p, and whether the rule took it."""

    variable: str
    label: str
    p: float | None
    used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PropensityResult:
    """`patients`, `treated`, `score` run in parallel (patients scored, by patient number)."""

    rule: str
    screened: tuple[ScreenedCovariate, ...]
    covariates: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    loglik: float
    non_overlap: tuple[NonOverlap, ...]
    incomplete: tuple[str, ...]
    patients: tuple[str, ...]
    treated: tuple[bool, ...]
    score: tuple[float, ...]
    distinct_scores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingResult:
    """`pairs` are (treated, control) patient numbers; with ratio k a treated patient stands in up to k pairs.

    `matched` counts patients per arm. `caliper_width` is on the scale matched on; None without a caliper. `lost`
    compares treated patients kept with those not matched; None when none was lost.
    """

    method: str
    caliper_width: float | None
    pairs: tuple[tuple[str, str], ...]
    matched: tuple[int, ...]
    unmatched_treated: tuple[str, ...]
    unmatched_control: tuple[str, ...]
    estimand: str
    lost: Table1Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One level (or one numeric variable, `level` empty). SMDs are signed, treated minus reference."""

    variable: str
    label: str
    level: str
    smd_before: float | None
    smd_after: float | None
    variance_ratio_before: float | None
    variance_ratio_after: float | None
    in_score: bool
    passes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceResult:
    denominator: str
    smd_threshold: float
    variance_ratio_limits: tuple[float, float]
    rows: tuple[BalanceRow, ...]
    largest_before: float | None
    largest_after: float | None
    passes: bool
    sentence: str
