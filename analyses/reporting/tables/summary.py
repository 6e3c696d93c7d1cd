"""The study at a glance: one line per endpoint in the population that the plan trusts most."""

from __future__ import annotations

from analyses.pipeline.results import GroupSurvival, StudyResult, SurvivalComparison
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Row, Table, left, right, row


def summary_table(result: StudyResult) -> Table:
    """Each endpoint in the matched cohort where there is one, else in all eligible patients."""
    population = "matched" if result.matching is not None else "all"
    shown = [item for item in result.survival if item.population == population] or list(result.survival)
    time = max((rate.months for item in shown for group in item.groups for rate in group.rates), default=None)
    return Table(
        name="summary",
        title=f"At a glance: {labels.population(shown[0].population)}",
        columns=(
            left("Endpoint"),
            *(
                right(f"{arm.label}: {format.duration(time)} months" if time else arm.label, "% (95% CI)")
                for arm in result.arms
            ),
            *(right(f"{arm.label}: median", "months (95% CI)") for arm in result.arms),
            right("Hazard ratio", "(95% CI)"),
            right("Log-rank p"),
        ),
        rows=tuple(_row(item, time) for item in shown),
    )


def _row(item: SurvivalComparison, time: float | None) -> Row:
    ratio = item.robust or item.hazard_ratio
    return row(
        item.label,
        *(Cell(_rate(group, time)) for group in item.groups),
        *(Cell(format.months_interval(group.median)) for group in item.groups),
        Cell(format.hazard_ratio(ratio)),
        cells.p_value(item.logrank.p if item.logrank else None),
    )


def _rate(group: GroupSurvival, time: float | None) -> str:
    for rate in group.rates:
        if rate.months == time:
            return format.rate_interval(rate.survival, rate.lower, rate.upper)
    return format.ABSENT
