"""Cumulative incidence by arm with the numbers at risk under the time axis."""

from __future__ import annotations

from analyses.pipeline.results import ArmIncidence, CompetingResult
from analyses.reporting import format
from analyses.reporting.figures.canvas import Drawing
from analyses.reporting.figures.step_curves import StepCurve, StepCurves, step_curves


def cumulative_incidence(result: CompetingResult, *, time_label: str, heading: str = "") -> Drawing:
    """The event of interest; the competing event stands in the table."""
    return step_curves(
        StepCurves(
            curves=[_curve(arm, result) for arm in result.arms],
            at_risk_times=result.at_risk_times,
            time_label=time_label,
            level_label=f"Cumulative incidence of {format.uncapital(result.event_label)}",
            words=[line for line in (heading, *gray_lines(result)) if line],
        )
    )


def _curve(arm: ArmIncidence, result: CompetingResult) -> StepCurve:
    return StepCurve(
        label=arm.label,
        start=0.0,
        time=arm.curve.time,
        level=arm.curve.incidence,
        lower=arm.curve.lower,
        upper=arm.curve.upper,
        marks=(),
        last=_last_at_risk(arm, result),
        at_risk=arm.at_risk,
    )


def _last_at_risk(arm: ArmIncidence, result: CompetingResult) -> float:
    grid = [time for time, n in zip(result.at_risk_times, arm.at_risk, strict=True) if n]
    return max([*grid[-1:], *arm.curve.time[-1:], *arm.competing_curve.time[-1:]], default=0.0)


def gray_lines(result: CompetingResult) -> list[str]:
    """Gray's p and the subdistribution hazard ratio."""
    lines = []
    ratio = result.subdistribution
    if ratio is not None:
        interval = format.range_of(format.ratio(ratio.lower), format.ratio(ratio.upper))
        lines.append(f"Subdistribution HR {format.ratio(ratio.hr)} (95% CI {interval})")
    if result.gray is not None and result.gray.p is not None:
        lines.append(f"Gray's test {format.p_phrase(result.gray.p)}")
    return lines
