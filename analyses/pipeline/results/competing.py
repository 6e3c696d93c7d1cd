"""Endpoints with a competing event."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.results.common import Test
from analyses.pipeline.results.survival import HazardRatio
from analyses.pipeline.spec import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceCurve:
    """Steps of a cumulative incidence: at `time[i]` it rises to `incidence[i]`; before `time[0]` it is 0."""

    time: tuple[float, ...]
    incidence: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceAt:
    """The cumulative incidence at `months`; None beyond the last time observed in the arm."""

    months: float
    incidence: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmIncidence:
    """One arm: `events` of interest and `competing` ones; `rates` and `competing_rates` at the times asked for."""

    label: str
    n: int
    events: int
    competing: int
    curve: IncidenceCurve
    competing_curve: IncidenceCurve
    rates: tuple[IncidenceAt, ...]
    competing_rates: tuple[IncidenceAt, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetingResult:
    """One endpoint in one population. `cause_specific` is the hazard ratio among those still free of both events,
    `subdistribution` (Fine and Gray) that of the cumulative incidence; None where not estimable, `note` says why."""

    endpoint: str
    label: str
    event_label: str
    competing_label: str
    population: Population
    arms: tuple[ArmIncidence, ...]
    at_risk_times: tuple[float, ...]
    gray: Test | None
    cause_specific: HazardRatio | None
    subdistribution: HazardRatio | None
    note: str
