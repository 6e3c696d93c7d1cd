"""Survival: groups with rates and medians, differences, and hazard ratios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyses.pipeline.results import ErrorMethod, GroupSurvival, HazardRatio, SurvivalComparison
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Row, Table, left, right, row

_ERROR: dict[ErrorMethod, str] = {
    "model": "model-based",
    "pair-robust": "robust, clustered by pair",
    "weighted": "robust, score treated as known",
    "fine-gray": "robust, censoring estimated",
}


def groups_table(comparisons: Sequence[SurvivalComparison], *, name: str, title: str) -> Table:
    """One row per curve: patients, events, rates at the times asked for, median, follow-up."""
    times = sorted({rate.months for item in comparisons for group in item.groups for rate in group.rates})
    rows: list[Row] = []
    for item in comparisons:
        rows.append(row(_heading(item), *[""] * (4 + len(times)), kind="group"))
        rows += [_group(group, times) for group in item.groups]
    return Table(
        name=name,
        title=title,
        columns=(
            left("Group"),
            right("Patients"),
            right("Events"),
            *(right(f"{format.duration(time)} months", "% (95% CI)") for time in times),
            right("Median", "months (95% CI)"),
            right("Median follow-up", "months (95% CI)"),
        ),
        rows=tuple(rows),
        notes=(
            "Kaplan-Meier estimates; NR, not reached. Median follow-up by reverse Kaplan-Meier.",
            f"{format.ABSENT}, beyond the last time observed in the group.",
        ),
    )


def _heading(item: SurvivalComparison) -> str:
    return f"{item.label}, {labels.population(item.population)}" if not item.title else item.title


def _group(group: GroupSurvival, times: Sequence[float]) -> Row:
    rates = {rate.months: rate for rate in group.rates}
    shown = [
        Cell(format.rate_interval(rate.survival, rate.lower, rate.upper)) if rate else Cell(format.ABSENT)
        for rate in map(rates.get, times)
    ]
    return row(
        group.label,
        cells.integer(group.n),
        cells.integer(group.events),
        *shown,
        Cell(format.months_interval(group.median)),
        Cell(format.months_interval(group.follow_up)),
        kind="level",
    )


def comparison_table(comparisons: Sequence[SurvivalComparison], *, name: str, title: str) -> Table:
    """Log-rank test, hazard ratios and proportional hazards, one block per comparison."""
    rows = [line for item in comparisons for line in _comparison(item)]
    notes = [f"{_heading(item)}: {item.note}" for item in comparisons if item.note]
    return Table(
        name=name,
        title=title,
        columns=(
            left("Comparison"),
            left("Standard error"),
            right("Patients"),
            right("Events"),
            right("Hazard ratio", "(95% CI)"),
            right("p"),
            right("Log-rank p"),
            right("PH test p"),
        ),
        rows=tuple(rows),
        notes=(
            "Hazard ratios: treated against reference, Cox model with the arm alone; p by Wald test.",
            "PH test: scaled Schoenfeld residuals; a small p speaks against proportional hazards.",
            *notes,
        ),
    )


def _comparison(item: SurvivalComparison) -> Iterator[Row]:
    logrank = item.logrank.p if item.logrank else None
    found = [ratio for ratio in (item.robust, item.hazard_ratio) if ratio is not None]
    shared = (cells.p_value(logrank), cells.p_value(item.ph_p))
    if not found:
        n, events = sum(group.n for group in item.groups), sum(group.events for group in item.groups)
        dash = format.ABSENT
        yield row(_heading(item), dash, cells.integer(n), cells.integer(events), dash, dash, *shared)
        return
    for index, ratio in enumerate(found):
        lead = (_heading(item), *shared) if index == 0 else ("", Cell(""), Cell(""))
        yield row(lead[0], *ratio_cells(ratio), lead[1], lead[2])


def ratio_cells(ratio: HazardRatio) -> tuple[Cell, ...]:
    """Standard error named, patients, events, hazard ratio, p."""
    return (
        Cell(_ERROR[ratio.method]),
        cells.integer(ratio.n),
        cells.integer(ratio.events),
        Cell(format.hazard_ratio(ratio)),
        cells.p_value(ratio.p),
    )


def difference_table(comparisons: Sequence[SurvivalComparison], *, name: str, title: str) -> Table:
    """Differences of rates (percentage points) and of restricted mean survival (months), treated minus reference."""
    times = sorted({at.months for item in comparisons for at in item.differences})
    spans = sorted({item.rmst_tau for item in comparisons if item.rmst_tau is not None and item.rmst_difference})
    return Table(
        name=name,
        title=title,
        columns=(
            left("Comparison"),
            *(right(f"{format.duration(time)} months", "points (95% CI)") for time in times),
            *(right(f"Mean to {format.duration(tau)} months", "months (95% CI)") for tau in spans),
        ),
        rows=tuple(row(_heading(item), *_differences(item, times, spans)) for item in comparisons),
        notes=(
            "Treated minus reference: rates in percentage points, restricted mean survival in months.",
            f"{format.ABSENT}, not estimated.",
        ),
    )


def _differences(item: SurvivalComparison, times: Sequence[float], spans: Sequence[float]) -> Iterator[str]:
    found = {at.months: at.difference for at in item.differences}
    for time in times:
        yield format.difference_interval(found[time]) if time in found else format.ABSENT
    for tau in spans:
        known = item.rmst_difference if tau == item.rmst_tau else None
        yield format.difference_interval(known, 1) if known else format.ABSENT
