"""Kaplan-Meier curves with the numbers at risk under the time axis."""

from __future__ import annotations

from analyses.pipeline.results import GroupSurvival, SurvivalComparison
from analyses.reporting import format
from analyses.reporting.figures.canvas import Drawing
from analyses.reporting.figures.step_curves import StepCurve, StepCurves, step_curves


def kaplan_meier(comparison: SurvivalComparison, *, time_label: str, heading: str = "") -> Drawing:
    """One endpoint in one population."""
    return step_curves(
        StepCurves(
            curves=[_curve(group) for group in comparison.groups],
            at_risk_times=comparison.at_risk_times,
            time_label=time_label,
            level_label=comparison.label,
            words=[line for line in (heading, *effect_lines(comparison)) if line],
        )
    )


def _curve(group: GroupSurvival) -> StepCurve:
    curve = group.curve
    return StepCurve(
        label=group.label,
        start=1.0,
        time=curve.time,
        level=curve.survival,
        lower=curve.lower,
        upper=curve.upper,
        marks=list(zip(curve.censored, curve.censored_survival, strict=True)),
        last=max([*curve.time[-1:], *curve.censored[-1:]], default=0.0),
        at_risk=group.at_risk,
    )


def effect_lines(comparison: SurvivalComparison) -> list[str]:
    """'HR 0.67 (95% CI 0.46–0.97), pair-robust' and the log-rank p."""
    ratio = comparison.robust or comparison.hazard_ratio
    lines = []
    if ratio is not None:
        interval = format.range_of(format.ratio(ratio.lower), format.ratio(ratio.upper))
        robust = ", robust by pair" if ratio.method == "pair-robust" else ""
        lines.append(f"HR {format.ratio(ratio.hr)} (95% CI {interval}){robust}")
    if comparison.logrank is not None and comparison.logrank.p is not None:
        lines.append(f"Log-rank {format.p_phrase(comparison.logrank.p)}")
    return lines
