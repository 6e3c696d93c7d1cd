"""Subgroup effects."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.results.common import Test
from analyses.pipeline.results.survival import HazardRatio
from analyses.pipeline.spec import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupRow:
    """`hazard_ratio` is None where guarded; `note` says why."""

    level: str
    n: tuple[int, ...]
    events: tuple[int, ...]
    hazard_ratio: HazardRatio | None
    largest_smd: float | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupVariable:
    variable: str
    label: str
    rows: tuple[SubgroupRow, ...]
    interaction: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupsResult:
    endpoint: str
    population: Population
    overall: HazardRatio | None
    variables: tuple[SubgroupVariable, ...]
    comparisons: int
    statement: str
