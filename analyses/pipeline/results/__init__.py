"""What a study returns: frozen values for every stage, with an exact JSON round trip.

Numbers are plain floats; None stands for what cannot be estimated (NaN never occurs). Where a value is given per arm,
the order is that of `StudyResult.arms`: reference first, treated second. Times are months from time zero unless a
landmark says otherwise. Intervals are at 95%. Percentages run from 0 to 100, survival from 0 to 1.
"""

from analyses.pipeline.results.baseline import NumericSummary, Table1Level, Table1Result, Table1Row
from analyses.pipeline.results.cohort import Arm, Attrition, AttritionRow
from analyses.pipeline.results.common import Interval, Test
from analyses.pipeline.results.competing import ArmIncidence, CompetingResult, IncidenceAt, IncidenceCurve
from analyses.pipeline.results.effects import (
    BootstrapInterval,
    EffectMethod,
    EffectRow,
    EffectsResult,
    EValue,
    ImputationResult,
    ImputedShare,
    PooledEffect,
    SelectedShare,
    StabilityResult,
)
from analyses.pipeline.results.prognostic import (
    CoxTerm,
    Model,
    PrognosticResult,
    ProportionalHazards,
    RareLevel,
    SelectionStep,
    UnivariateRow,
)
from analyses.pipeline.results.score import (
    BalanceResult,
    BalanceRow,
    Coefficient,
    MatchingResult,
    NonOverlap,
    PropensityResult,
    ScreenedCovariate,
)
from analyses.pipeline.results.study import SCHEMA_VERSION, StudyResult
from analyses.pipeline.results.subgroups import SubgroupRow, SubgroupsResult, SubgroupVariable
from analyses.pipeline.results.survival import (
    CombinationResult,
    Curve,
    ErrorMethod,
    GroupSurvival,
    HazardRatio,
    LandmarkResult,
    Rate,
    RateDifference,
    SurvivalComparison,
    TimeDependentResult,
)
from analyses.pipeline.results.toxicity import ToxicityResult, ToxicityRow
from analyses.pipeline.results.trust import (
    Check,
    Manifest,
    SecondOpinion,
    SecondOpinionRow,
    SensitivityKind,
    SensitivityResult,
    SensitivityRow,
    TieOrders,
    Verdict,
)

__all__ = [
    "SCHEMA_VERSION",
    "Arm",
    "ArmIncidence",
    "Attrition",
    "AttritionRow",
    "BalanceResult",
    "BalanceRow",
    "BootstrapInterval",
    "Check",
    "Coefficient",
    "CombinationResult",
    "CompetingResult",
    "CoxTerm",
    "Curve",
    "EValue",
    "EffectMethod",
    "EffectRow",
    "EffectsResult",
    "ErrorMethod",
    "GroupSurvival",
    "HazardRatio",
    "ImputationResult",
    "ImputedShare",
    "IncidenceAt",
    "IncidenceCurve",
    "Interval",
    "LandmarkResult",
    "Manifest",
    "MatchingResult",
    "Model",
    "NonOverlap",
    "NumericSummary",
    "PooledEffect",
    "PrognosticResult",
    "PropensityResult",
    "ProportionalHazards",
    "RareLevel",
    "Rate",
    "RateDifference",
    "ScreenedCovariate",
    "SecondOpinion",
    "SecondOpinionRow",
    "SelectedShare",
    "SelectionStep",
    "SensitivityKind",
    "SensitivityResult",
    "SensitivityRow",
    "StabilityResult",
    "StudyResult",
    "SubgroupRow",
    "SubgroupVariable",
    "SubgroupsResult",
    "SurvivalComparison",
    "Table1Level",
    "Table1Result",
    "Table1Row",
    "Test",
    "TieOrders",
    "TimeDependentResult",
    "ToxicityResult",
    "ToxicityRow",
    "UnivariateRow",
    "Verdict",
]
