"""Who came in: one row per criterion."""

from __future__ import annotations

from collections.abc import Sequence

from analyses.pipeline.dataset import Exclusion
from analyses.pipeline.results import StudyResult
from analyses.reporting import cells
from analyses.reporting.table import Table, left, right, row


def attrition_table(result: StudyResult) -> Table:
    attrition = result.attrition
    rows = [row(attrition.top_label, "", *(cells.integer(n) for n in (attrition.top_count, 0, 0, attrition.top_count)))]
    rows += [
        row(
            item.label,
            item.sentence,
            *(cells.integer(n) for n in (item.before, item.not_met, item.unknown, item.after)),
        )
        for item in attrition.rows
    ]
    rows += [row(f"In arm {arm.label}", "", "", "", "", cells.integer(arm.n), kind="level") for arm in result.arms]
    return Table(
        name="attrition",
        title="Eligibility and attrition",
        columns=(
            left("Criterion"),
            left("As asked of the data"),
            right("Before"),
            right("Not met"),
            right("Unknown"),
            right("Left"),
        ),
        rows=tuple(rows),
        notes=("Each criterion is applied to the patients left by the rows above it.",),
    )


def untimed_table(exclusions: Sequence[Exclusion]) -> Table:
    """Patients without a usable time, each with the reason."""
    return Table(
        name="untimed",
        title="Patients without a usable time",
        columns=(left("Patient"), left("Endpoint"), left("Reason")),
        rows=tuple(row(item.patient, item.endpoint.upper() or "all endpoints", item.reason) for item in exclusions),
    )
