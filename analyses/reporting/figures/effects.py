"""The forest plots of a study: the effect in subgroups and by method, and the factors of the multivariable model."""

from __future__ import annotations

from collections.abc import Sequence

from analyses.pipeline.results import (
    Arm,
    CoxTerm,
    EffectRow,
    EffectsResult,
    HazardRatio,
    Model,
    SubgroupRow,
    SubgroupsResult,
)
from analyses.reporting import format
from analyses.reporting.figures.canvas import Drawing
from analyses.reporting.figures.forest import Estimate, Forest, Line, forest


def subgroup_forest(result: SubgroupsResult, arms: Sequence[Arm]) -> Drawing:
    """Hazard ratio per level with interaction p; a level with too few events has no number and says so."""
    events = [row.hazard_ratio.events for item in result.variables for row in item.rows if row.hazard_ratio]
    most = max(events, default=1)
    lines = [_overall(result.overall)] if result.overall else []
    for item in result.variables:
        p = item.interaction.p
        lines.append(Line(label=item.label, kind="group", after=format.p_value(p)))
        lines += [_level(row, most) for row in item.rows]
    content = Forest(
        lines=tuple(lines),
        label="Subgroup",
        before=tuple(f"{arm.label}\nevents/n" for arm in arms),
        after="Interaction\np",
        favours=(f"← favours {arms[1].label}", f"favours {arms[0].label} →"),
        overall=result.overall.hr if result.overall else None,
    )
    return forest(content)


def method_forest(result: EffectsResult, arms: Sequence[Arm]) -> Drawing:
    """One line per method, with its bootstrap interval where it has one; squares grow with the effective number."""
    most = max(sum(item.effective or item.n) for item in result.rows)
    lines = tuple(_method(item, most) for item in result.rows)
    return forest(
        Forest(
            lines=lines,
            label="Method",
            before=tuple(f"{arm.label}\nn" for arm in arms),
            after="E-value",
            favours=(f"← favours {arms[1].label}", f"favours {arms[0].label} →"),
        )
    )


def _method(item: EffectRow, most: float) -> Line:
    ratio = item.hazard_ratio
    estimate = None
    if ratio is not None:
        limits = item.bootstrap or ratio
        estimate = Estimate(ratio.hr, limits.lower, limits.upper, sum(item.effective or item.n) / most)
    return Line(
        label=item.label,
        before=tuple(f"{n}" for n in item.n),
        estimate=estimate,
        note="" if ratio else "not estimable",
        after=f"{item.e_value.estimate:.2f}" if item.e_value else "",
    )


def _overall(ratio: HazardRatio) -> Line:
    return Line(label="All patients", kind="overall", estimate=Estimate(ratio.hr, ratio.lower, ratio.upper, 1))


def _level(row: SubgroupRow, most: int) -> Line:
    ratio = row.hazard_ratio
    estimate = Estimate(ratio.hr, ratio.lower, ratio.upper, ratio.events / most) if ratio else None
    counts = tuple(f"{events}/{n}" for events, n in zip(row.events, row.n, strict=True))
    return Line(label=row.level, before=counts, estimate=estimate, note=_guard(row))


def _guard(row: SubgroupRow) -> str:
    if row.hazard_ratio is not None:
        return ""
    return "arm empty" if not all(row.n) else "too few events"


def cox_forest(model: Model) -> Drawing:
    """The terms of the multivariable model, each against its reference."""
    lines: list[Line] = []
    seen = ""
    for term in model.terms:
        if term.level and term.variable != seen:
            lines.append(Line(label=f"{term.label} (vs {term.reference})", kind="group"))
        seen = term.variable
        lines.append(_term(term))
    return forest(
        Forest(lines=tuple(lines), label="Factor", before=(), after="p", favours=("← lower hazard", "higher hazard →"))
    )


def _term(term: CoxTerm) -> Line:
    return Line(
        label=term.level or term.label,
        kind="level" if term.level else "group",
        estimate=Estimate(term.hr, term.lower, term.upper, 0.4),
        after=format.p_value(term.p),
    )
