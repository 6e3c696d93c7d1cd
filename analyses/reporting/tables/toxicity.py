"""Toxicity by arm and phase."""

from __future__ import annotations

from collections.abc import Iterator

from analyses.pipeline.results import Arm, StudyResult, ToxicityResult, ToxicityRow
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Column, Row, Table, left, right, row


def toxicity_table(result: StudyResult, toxicity: ToxicityResult) -> Table:
    """Patients with the study's grade or worse, and how many at each grade."""
    grades = [f"{grade}" for grade in range(toxicity.grade_from, 6)]
    spread = "/".join(grades)
    methods = dict.fromkeys(item.test.method for item in toxicity.rows if item.test.p is not None)
    return Table(
        name="toxicity",
        title=f"Toxicity of grade {toxicity.grade_from} or worse, {labels.population(toxicity.population)}",
        columns=(
            left("Term"),
            *(
                column
                for arm, size in zip(result.arms, toxicity.denominators, strict=True)
                for column in _columns(arm, size, spread)
            ),
            right("p"),
        ),
        rows=tuple(_rows(toxicity)),
        notes=(toxicity.note, f"Tests: {'; '.join(methods)}." if methods else "No test was possible."),
    )


def _columns(arm: Arm, size: int, spread: str) -> tuple[Column, Column]:
    group = f"{arm.label} (n = {format.integer(size)})"
    return right("Patients", "n (%)", group), right(f"Grade {spread}", group=group)


def _rows(toxicity: ToxicityResult) -> Iterator[Row]:
    seen = ""
    for item in toxicity.rows:
        if item.phase != seen:
            yield row(labels.phase(item.phase), *[""] * (2 * len(item.counts) + 1), kind="group")
        seen = item.phase
        yield _row(item)


def _row(item: ToxicityRow) -> Row:
    arms = [
        cell
        for count, percent, grades in zip(item.counts, item.percents, item.by_grade, strict=True)
        for cell in (Cell(format.count_percent(count, percent)), Cell("/".join(map(str, grades))))
    ]
    return row(item.term, *arms, cells.p_value(item.test.p), kind="level")
