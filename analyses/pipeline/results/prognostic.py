"""Prognostic factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyses.pipeline.spec import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxTerm:
    """One level against its reference (numeric variable: `level` empty, per `unit`)."""

    variable: str
    label: str
    level: str
    reference: str
    log_hr: float
    se: float
    hr: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RareLevel:
    variable: str
    label: str
    level: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnivariateRow:
    """One variable alone. `terms` is empty where no model was possible, `note` then says why."""

    variable: str
    label: str
    n: int
    missing: int
    events: int
    terms: tuple[CoxTerm, ...]
    smallest_p: float | None
    candidate: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionStep:
    """One move: `variable` enters or leaves because of `test` ('score', 'likelihood ratio', 'wald', 'aic'); `model`
    and its `loglik` are what follows. For 'aic' the statistic is the change of AIC and p is None."""

    number: int
    action: Literal["enter", "remove"]
    variable: str
    label: str
    test: str
    statistic: float
    df: int
    p: float | None
    loglik: float
    model: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalHazards:
    variable: str
    label: str
    statistic: float
    df: int
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted multivariable Cox model on its complete cases; `robust_p` per term is pair-robust where pairs
    exist."""

    n: int
    events: int
    missing: int
    variables: tuple[str, ...]
    terms: tuple[CoxTerm, ...]
    robust: tuple[CoxTerm, ...]
    loglik: tuple[float, float]
    concordance: float | None
    proportional_hazards: tuple[ProportionalHazards, ...]
    events_per_term: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PrognosticResult:
    endpoint: str
    population: Population
    method: str
    univariate: tuple[UnivariateRow, ...]
    rare: tuple[RareLevel, ...]
    candidates: tuple[str, ...]
    forced: tuple[str, ...]
    steps: tuple[SelectionStep, ...]
    model: Model | None
    notes: tuple[str, ...]
