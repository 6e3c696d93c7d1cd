"""How far the answer depends on choices: tie orders, calipers, restrictions, diagnostics, second opinion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyses.pipeline.results import Arm, Check, SecondOpinion, SensitivityKind, SensitivityResult, TieOrders
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Table, left, right, row

VERDICT = {"pass": "passes", "warn": "warning", "fail": "fails", "info": "note"}
_KIND: dict[SensitivityKind, str] = {
    "unadjusted": "Unadjusted",
    "primary": "Primary",
    "caliper": "Caliper",
    "restriction": "Restriction",
    "time zero": "Time zero",
    "negative control": "Negative control",
}


def sensitivity_table(result: SensitivityResult, arms: Sequence[Arm], endpoint: str) -> Table:
    """The primary comparison done in other ways."""
    rows = [
        row(
            _KIND[item.kind],
            item.label,
            *(cells.integer(n) for n in item.n),
            cells.integer(item.pairs),
            Cell(format.ABSENT if item.caliper_width is None else f"{item.caliper_width:.4g}", item.caliper_width),
            cells.smd(item.largest_smd),
            Cell(format.hazard_ratio(item.hazard_ratio) if item.hazard_ratio else item.note or format.ABSENT),
            cells.p_value(item.hazard_ratio.p if item.hazard_ratio else None),
        )
        for item in result.rows
    ]
    notes = [f"{item.label}: {item.note}" for item in result.rows if item.note and item.hazard_ratio]
    return Table(
        name="sensitivity",
        title=f"Sensitivity of the effect on {format.uncapital(endpoint)}",
        columns=(
            left("Kind"),
            left("Analysis"),
            *(right(arm.label, "n") for arm in arms),
            right("Pairs"),
            right("Caliper width"),
            right("Largest SMD"),
            right("Hazard ratio", "(95% CI)"),
            right("p"),
        ),
        rows=tuple(rows),
        notes=("Caliper widths are on the scale matched on.", *notes),
    )


def tie_orders_table(ties: TieOrders, endpoint: str) -> Table:
    """The matched hazard ratio over seeded orders of equal scores."""
    fewest, most = ties.pairs
    return Table(
        name="tie_orders",
        title=f"Matched hazard ratio for {format.uncapital(endpoint)} over orders of equal scores",
        columns=(right("Orders"), right("Median HR"), right("Smallest HR"), right("Largest HR"), right("Pairs")),
        rows=(
            row(
                cells.integer(ties.orders),
                *(cells.number(value) for value in (ties.median, ties.smallest, ties.largest)),
                format.integer(fewest) if fewest == most else f"{fewest}–{most}",
            ),
        ),
        notes=("Patients with equal scores are exchangeable to the matching; their order alone moves the estimate.",),
    )


def diagnostics_table(checks: Sequence[Check]) -> Table:
    return Table(
        name="diagnostics",
        title="Diagnostics",
        columns=(left("Diagnostic"), right("Value"), left("Passes when"), left("Verdict"), left("Reading")),
        rows=tuple(
            row(item.label, Cell(value(item.value), item.value), item.threshold, VERDICT[item.verdict], item.sentence)
            for item in checks
        ),
    )


def value(measured: float | None) -> str:
    """A diagnostic's value, whatever its size: counts whole, tiny differences in scientific form."""
    if measured is None:
        return format.ABSENT
    if float(measured).is_integer() and abs(measured) < 1e6:
        return format.integer(int(measured))
    if abs(measured) < 0.001 or abs(measured) >= 1e6:
        return f"{measured:.1e}".replace("-", format.MINUS)
    return format.number(measured, 3 if abs(measured) < 10 else 1)


def second_opinion_table(opinion: SecondOpinion, known: Mapping[str, str]) -> Table:
    """Coefficient by coefficient; `known` gives the labels of variables."""
    largest = format.ABSENT if opinion.largest_difference is None else f"{opinion.largest_difference:.1e}"
    return Table(
        name="second_opinion",
        title=f"Second opinion: the final models refitted by {opinion.software}",
        columns=(left("Model"), left("Term"), left("Quantity"), right("Ours"), right("Theirs")),
        rows=tuple(
            row(
                item.model,
                labels.term(known, item.term),
                item.quantity,
                cells.number(item.ours, 8),
                cells.number(item.theirs, 8),
            )
            for item in opinion.rows
        ),
        notes=(f"Largest relative difference {largest}.", *((opinion.note,) if opinion.note else ())),
    )
