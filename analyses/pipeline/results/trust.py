"""How far the result can be trusted and how it can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analyses.pipeline.results.survival import HazardRatio

Verdict = Literal["pass", "warn", "fail", "info"]
SensitivityKind = Literal["unadjusted", "primary", "caliper", "restriction", "time zero", "negative control"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOrders:
    """The matched hazard ratio over `orders` seeded orders of equal scores; `hr` sorted."""

    endpoint: str
    orders: int
    hr: tuple[float, ...]
    median: float
    smallest: float
    largest: float
    pairs: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """One other way to do the primary comparison; `hazard_ratio` None where not estimable, `note` says why."""

    kind: SensitivityKind
    label: str
    n: tuple[int, ...]
    pairs: int | None
    caliper_width: float | None
    largest_smd: float | None
    hazard_ratio: HazardRatio | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityResult:
    endpoint: str
    tie_orders: TieOrders | None
    rows: tuple[SensitivityRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A named diagnostic: what was measured, what passes, the verdict and one sentence for the reader."""

    name: str
    label: str
    value: float | None
    threshold: str
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinionRow:
    model: str
    term: str
    quantity: Literal["log HR", "log odds ratio", "standard error"]
    ours: float
    theirs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """Final models refitted by independent implementations; `largest_difference` is relative (see
    steps.second_opinion)."""

    software: str
    rows: tuple[SecondOpinionRow, ...]
    largest_difference: float | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is needed to replay the run. `timings` (seconds per stage) are no part of the fingerprint."""

    spec_fingerprint: str
    dataset_sha256: str
    seed: int
    registry: str
    invented: bool
    data_cutoff: str
    versions: Mapping[str, str]
    timings: Mapping[str, float]
