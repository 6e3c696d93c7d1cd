"""Survival curves, hazard ratios, combinations, landmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyses.pipeline.results.common import Interval, Test
from analyses.pipeline.results.score import BalanceResult
from analyses.pipeline.spec import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A Kaplan-Meier step function: at `time[i]` the survival drops to `survival[i]`; before `time[0]` it is 1.
    `censored` are the times of censoring marks with the survival there in `censored_survival`."""

    time: tuple[float, ...]
    survival: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    censored: tuple[float, ...]
    censored_survival: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Survival at `months`; None beyond the last time observed in the group."""

    months: float
    survival: float | None
    se: float | None
    lower: float | None
    upper: float | None
    at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSurvival:
    """One curve of a figure. `at_risk` belongs to the grid `at_risk_times` of the comparison."""

    label: str
    n: int
    events: int
    curve: Curve
    rates: tuple[Rate, ...]
    median: Interval
    follow_up: Interval
    at_risk: tuple[int, ...]
    rmst: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDifference:
    """Treated minus reference at `months`."""

    months: float
    difference: Interval


ErrorMethod = Literal["model", "pair-robust", "weighted", "fine-gray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatio:
    """`method` names the standard error: model-based, robust by pair, robust of a weighted model with the score
    treated as known, or that of a subdistribution hazard."""

    label: str
    method: ErrorMethod
    n: int
    events: int
    log_hr: float
    se: float
    hr: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalComparison:
    """The curves of one endpoint in one population. `hazard_ratio` is None where it cannot be estimated, `note` then
    says why. `robust` is the pair-robust one (matched population only). `differences` and `rmst_difference` exist for
    two groups only."""

    endpoint: str
    label: str
    population: Population
    title: str
    groups: tuple[GroupSurvival, ...]
    at_risk_times: tuple[float, ...]
    differences: tuple[RateDifference, ...]
    logrank: Test | None
    hazard_ratio: HazardRatio | None
    robust: HazardRatio | None
    ph_p: float | None
    follow_up: Interval
    rmst_tau: float | None
    rmst_difference: Interval | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinationResult:
    """A figure of several groups; `empty` names groups without patients. `comparison` is None when fewer than two are
    left."""

    name: str
    title: str
    comparison: SurvivalComparison | None
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkResult:
    """Patients event-free and followed beyond `months`; times count from the landmark. `comparison` is None when an
    arm is empty there. `statement` says what this is and is not."""

    months: float
    classify: Literal["exposure", "moment"]
    endpoint: str
    population: Population
    had_event: int
    not_followed: int
    comparison: SurvivalComparison | None
    balance: BalanceResult | None
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDependentResult:
    """Exposure as a time-dependent covariate: person-time before its start counts as unexposed. `adjusted` is fitted
    on the complete cases of `adjusted_for`."""

    endpoint: str
    label: str
    n: int
    started: int
    hazard_ratio: HazardRatio | None
    adjusted: HazardRatio | None
    adjusted_for: tuple[str, ...]
    statement: str
