"""Table 1: the arms compared, before and after matching; and the same form for any two groups."""

from __future__ import annotations

from collections.abc import Iterator

from analyses.pipeline.results import NumericSummary, Table1Result, Table1Row, Test
from analyses.reporting import cells, format
from analyses.reporting.table import Cell, Column, Row, Table, left, right, row

_MARKS = "abcdefgh"


def baseline_table(before: Table1Result, after: Table1Result | None) -> Table:
    """Both halves side by side; a variable keeps its rows from the first."""
    halves = [("Before matching", before)] if after is not None else [("", before)]
    if after is not None:
        halves.append(("After matching", after))
    return _table("table1", "Baseline characteristics by arm (Table 1)", halves)


def groups_table(result: Table1Result, *, name: str) -> Table:
    """Any two groups of patients, for instance treated patients kept and lost."""
    return _table(name, result.title, [("", result)])


def _table(name: str, title: str, halves: list[tuple[str, Table1Result]]) -> Table:
    marks = _test_marks([part for _, part in halves])
    columns: list[Column] = [left("Characteristic")]
    for group, part in halves:
        columns += [
            right(f"{label} (n = {format.integer(size)})", "n (%)", group)
            for label, size in zip(part.columns, part.denominators, strict=True)
        ]
        columns += [right("p", group=group), right("Test", group=group), right("SMD", group=group)]
    rows = [
        row for index in range(len(halves[0][1].rows)) for row in _variable([h.rows[index] for _, h in halves], marks)
    ]
    return Table(
        name=name, title=title, columns=tuple(columns), rows=tuple(rows), notes=tuple(_notes(halves[0][1], marks))
    )


def _test_marks(parts: list[Table1Result]) -> dict[str, str]:
    """A letter for each test used, in order of appearance."""
    methods = dict.fromkeys(item.test.method for part in parts for item in part.rows)
    return dict(zip(methods, _MARKS, strict=False))


def _notes(first: Table1Result, marks: dict[str, str]) -> Iterator[str]:
    yield "Tests: " + "; ".join(f"{mark}, {method}" for method, mark in marks.items()) + "."
    yield f"SMD, standardised mean difference (absolute); denominator: {first.smd_denominator}."
    if any(item.numeric for item in first.rows):
        yield "Numeric characteristics: median (first to third quartile)."
    reasons = dict.fromkeys(f"{item.label}: {item.test.note}" for item in first.rows if item.test.note)
    yield from reasons


def _variable(parts: list[Table1Row], marks: dict[str, str]) -> Iterator[Row]:
    first = parts[0]
    label = f"{first.label}, {first.unit}" if first.unit else first.label
    if first.numeric:
        yield row(label, *(cell for part in parts for cell in _numeric(part, marks)))
        return
    head = [cell for part in parts for cell in (*[Cell("")] * len(part.missing), *_test(part.test, part.smd, marks))]
    yield row(label, *head, kind="group")
    for index, level in enumerate(first.levels):
        counts = [
            Cell(format.count_percent(count, percent))
            for part in parts
            for cell_row in [part.levels[index]]
            for count, percent in [*zip(cell_row.counts, cell_row.percents, strict=True)]
        ]
        width = len(counts) // len(parts)
        filled = [
            cell for at in range(len(parts)) for cell in (*counts[at * width : (at + 1) * width], *[Cell("")] * 3)
        ]
        yield row(level.level, *filled, kind="level")


def _numeric(part: Table1Row, marks: dict[str, str]) -> Iterator[Cell]:
    yield from (Cell(_quartiles(summary)) for summary in part.numeric)
    yield from _test(part.test, part.smd, marks)


def _quartiles(summary: NumericSummary) -> str:
    if summary.median is None:
        return format.ABSENT
    spread = format.range_of(format.number(summary.q1, 1), format.number(summary.q3, 1))
    return f"{format.number(summary.median, 1)} ({spread})"


def _test(test: Test, smd: float | None, marks: dict[str, str]) -> tuple[Cell, Cell, Cell]:
    return cells.p_value(test.p), Cell(marks.get(test.method, "")), cells.smd(None if smd is None else abs(smd))
