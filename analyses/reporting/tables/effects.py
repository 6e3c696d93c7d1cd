"""The effect in parts of the cohort, from landmarks on, and with the exposure as it begins."""

from __future__ import annotations

from collections.abc import Sequence

from analyses.pipeline.results import Arm, HazardRatio, LandmarkResult, SubgroupsResult, TimeDependentResult
from analyses.reporting import cells, format
from analyses.reporting.table import Cell, Row, Table, left, right, row
from analyses.reporting.tables.survival import ratio_cells


def subgroups_table(result: SubgroupsResult, arms: Sequence[Arm], endpoint: str) -> Table:
    """Hazard ratio per level and interaction p per variable; a guarded level says why it has no number."""
    rows: list[Row] = [_overall(result.overall, len(arms))] if result.overall else []
    for item in result.variables:
        head = [Cell("")] * (len(arms) + 2)
        rows.append(row(item.label, *head, cells.p_value(item.interaction.p), kind="group"))
        for level in item.rows:
            counts = [Cell(f"{e}/{n}") for e, n in zip(level.events, level.n, strict=True)]
            ratio = Cell(format.hazard_ratio(level.hazard_ratio) if level.hazard_ratio else level.note)
            rows.append(row(level.level, *counts, ratio, cells.smd(level.largest_smd), "", kind="level"))
    return Table(
        name="subgroups",
        title=f"{endpoint} in subgroups: {arms[1].label} against {arms[0].label}",
        columns=(
            left("Subgroup"),
            *(right(arm.label, "events/patients") for arm in arms),
            right("Hazard ratio", "(95% CI)"),
            right("Largest SMD"),
            right("Interaction p"),
        ),
        rows=tuple(rows),
        notes=(f"{format.plural(result.comparisons, 'comparison')}, not adjusted for their number.", result.statement),
    )


def _overall(ratio: HazardRatio, arms: int) -> Row:
    return row("All patients", *[""] * arms, Cell(format.hazard_ratio(ratio)), "", "")


def landmark_table(results: Sequence[LandmarkResult], endpoints: Sequence[str]) -> Table:
    """Who is counted from each landmark on, who is no longer there, and the effect; `endpoints` are their labels."""
    return Table(
        name="landmarks",
        title="Landmark analyses: who is counted, and the effect from there on",
        columns=(
            left("Landmark"),
            right("Event before"),
            right("Not followed to it"),
            right("Counted"),
            right("Hazard ratio", "(95% CI)"),
            right("p"),
            right("Log-rank p"),
            right("Largest SMD"),
        ),
        rows=tuple(_landmark(item, endpoint) for item, endpoint in zip(results, endpoints, strict=True)),
        notes=tuple(dict.fromkeys(item.statement for item in results)),
    )


def _landmark(item: LandmarkResult, endpoint: str) -> Row:
    found = item.comparison
    ratio = (found.robust or found.hazard_ratio) if found else None
    logrank = found.logrank.p if found and found.logrank else None
    return row(
        f"{format.duration(item.months)} months, {format.uncapital(endpoint)}",
        cells.integer(item.had_event),
        cells.integer(item.not_followed),
        cells.integer(sum(group.n for group in found.groups) if found else None),
        Cell(format.hazard_ratio(ratio) if found else "an arm is empty"),
        cells.p_value(ratio.p if ratio else None),
        cells.p_value(logrank),
        cells.smd(item.balance.largest_after if item.balance else None),
    )


def time_dependent_table(results: Sequence[TimeDependentResult], adjusted_for: Sequence[str]) -> Table:
    """Crude and adjusted hazard ratio of the exposure once it has begun."""
    rows: list[Row] = []
    for item in results:
        for kind, ratio in (("crude", item.hazard_ratio), ("adjusted", item.adjusted)):
            found = ratio_cells(ratio) if ratio else tuple(Cell(format.ABSENT) for _ in range(5))
            if ratio or kind == "crude":
                rows.append(row(f"{item.label}, {kind}", cells.integer(item.started), *found))
    adjusted = (
        (f"Adjusted for {format.joined([format.uncapital(name) for name in adjusted_for])}.",) if adjusted_for else ()
    )
    return Table(
        name="time_dependent",
        title="Exposure as a time-dependent covariate",
        columns=(
            left("Endpoint"),
            right("Began exposure"),
            left("Standard error"),
            right("Patients"),
            right("Events"),
            right("Hazard ratio", "(95% CI)"),
            right("p"),
        ),
        rows=tuple(rows),
        notes=(*adjusted, *dict.fromkeys(item.statement for item in results)),
    )
