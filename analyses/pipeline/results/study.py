"""The whole result."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from analyses.pipeline import codec
from analyses.pipeline.results.baseline import Table1Result
from analyses.pipeline.results.cohort import Arm, Attrition
from analyses.pipeline.results.competing import CompetingResult
from analyses.pipeline.results.effects import EffectsResult, ImputationResult, StabilityResult
from analyses.pipeline.results.prognostic import PrognosticResult
from analyses.pipeline.results.score import BalanceResult, MatchingResult, PropensityResult
from analyses.pipeline.results.subgroups import SubgroupsResult
from analyses.pipeline.results.survival import (
    CombinationResult,
    LandmarkResult,
    SurvivalComparison,
    TimeDependentResult,
)
from analyses.pipeline.results.toxicity import ToxicityResult
from analyses.pipeline.results.trust import Check, Manifest, SecondOpinion, SensitivityResult
from analyses.pipeline.spec import Population, StudySpec

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResult:
    """A whole study. `warnings` are sentences that must stand visibly beside the estimates."""

    spec: StudySpec
    arms: tuple[Arm, ...]
    attrition: Attrition
    table1_before: Table1Result | None
    table1_after: Table1Result | None
    propensity: PropensityResult | None
    matching: MatchingResult | None
    balance: BalanceResult | None
    survival: tuple[SurvivalComparison, ...]
    effects: EffectsResult | None
    imputation: ImputationResult | None
    competing: tuple[CompetingResult, ...]
    prognostic: PrognosticResult | None
    stability: StabilityResult | None
    combinations: tuple[CombinationResult, ...]
    subgroups: SubgroupsResult | None
    landmarks: tuple[LandmarkResult, ...]
    time_dependent: tuple[TimeDependentResult, ...]
    toxicity: ToxicityResult | None
    sensitivity: SensitivityResult | None
    diagnostics: tuple[Check, ...]
    warnings: tuple[str, ...]
    second_opinion: SecondOpinion | None
    manifest: Manifest
    schema_version: int = SCHEMA_VERSION

    @classmethod
    def from_json(cls, data: object) -> StudyResult:
        return codec.from_json(cls, data)

    def to_json(self) -> dict[str, Any]:
        return dict(codec.to_json(self))

    def fingerprint(self) -> str:
        """SHA-256 of the content without the timings: equal whenever the same spec met the same data and versions."""
        manifest = dataclasses.replace(self.manifest, timings={})
        return codec.fingerprint(dataclasses.replace(self, manifest=manifest))

    def comparison(self, endpoint: str, population: Population) -> SurvivalComparison:
        """The survival comparison of an endpoint in a population; `KeyError` when the spec did not ask for it."""
        for found in self.survival:
            if (found.endpoint, found.population) == (endpoint, population):
                return found
        raise KeyError(f"{endpoint} in {population}")
