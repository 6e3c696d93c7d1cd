"""Competing risks: cumulative incidence, Gray's test, cause-specific and subdistribution hazards."""

from __future__ import annotations

from collections.abc import Sequence

from analyses.pipeline.results import ArmIncidence, CompetingResult, IncidenceAt
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Row, Table, left, right, row
from analyses.reporting.tables.survival import ratio_cells


def incidence_table(results: Sequence[CompetingResult]) -> Table:
    """One row per arm and event."""
    times = sorted({rate.months for item in results for arm in item.arms for rate in arm.rates})
    rows: list[Row] = []
    for item in results:
        heading = f"{item.label}, {labels.population(item.population)}"
        rows.append(row(heading, *[""] * (3 + len(times)), kind="group"))
        for arm in item.arms:
            rows.append(_line(arm, item.event_label, arm.events, arm.rates))
            rows.append(_line(arm, item.competing_label, arm.competing, arm.competing_rates))
    return Table(
        name="cumulative_incidence",
        title="Cumulative incidence",
        columns=(
            left("Arm"),
            left("Event"),
            right("Patients"),
            right("Events"),
            *(right(f"{format.duration(time)} months", "% (95% CI)") for time in times),
        ),
        rows=tuple(rows),
        notes=(f"Aalen-Johansen estimates. {format.ABSENT}, beyond the last time observed in the arm.",),
    )


def _line(arm: ArmIncidence, event: str, events: int, rates: Sequence[IncidenceAt]) -> Row:
    shown = [Cell(format.rate_interval(rate.incidence, rate.lower, rate.upper)) for rate in rates]
    return row(arm.label, event, cells.integer(arm.n), cells.integer(events), *shown, kind="level")


def competing_table(results: Sequence[CompetingResult]) -> Table:
    """The arms compared, with the competing event as an obstacle and as a rival."""
    rows: list[Row] = []
    for item in results:
        heading = f"{item.label}, {labels.population(item.population)}"
        gray = cells.p_value(item.gray.p if item.gray else None)
        found = [
            ("cause-specific", item.cause_specific),
            ("subdistribution (Fine-Gray)", item.subdistribution),
        ]
        for index, (kind, ratio) in enumerate(found):
            lead = (heading, gray) if index == 0 else ("", Cell(""))
            values = ratio_cells(ratio) if ratio else tuple(Cell(format.ABSENT) for _ in range(5))
            rows.append(row(lead[0], kind, *values, lead[1]))
    return Table(
        name="competing_hazards",
        title="Hazard ratios under competing risks",
        columns=(
            left("Endpoint"),
            left("Hazard"),
            left("Standard error"),
            right("Patients"),
            right("Events"),
            right("Hazard ratio", "(95% CI)"),
            right("p"),
            right("Gray's p"),
        ),
        rows=tuple(rows),
        notes=(
            "Cause-specific: the rate among patients still free of both events. Subdistribution: the effect on the "
            "cumulative incidence, which the competing event lowers.",
            *(f"{item.label}: {item.note}" for item in results if item.note),
        ),
    )
