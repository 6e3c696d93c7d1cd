"""A table as HTML: escaped, with classes only (no inline style), so that it passes a strict CSP."""

from __future__ import annotations

from html import escape
from itertools import groupby

from analyses.reporting.table import Column, Row, Table


def render(table: Table, *, caption: str = "") -> str:
    """The `<table>` with its notes; `caption` is text added to the title."""
    title = f"{table.title} {caption}".strip()
    body = "".join(_row(row, table.columns) for row in table.rows)
    notes = "".join(f"<p>{escape(note)}</p>" for note in table.notes)
    foot = f'<div class="notes">{notes}</div>' if notes else ""
    return (
        f'<div class="result-table" id="table-{escape(table.name)}"><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(table.title)}"><table><caption>{escape(title)}</caption>{_head(table.columns)}'
        f"<tbody>{body}</tbody></table></div>{foot}</div>"
    )


def _head(columns: tuple[Column, ...]) -> str:
    cells = "".join(f'<th scope="col"{_class(column)}>{_heading(column)}</th>' for column in columns)
    if not any(column.group for column in columns):
        return f"<thead><tr>{cells}</tr></thead>"
    spans = ""
    for group, members in groupby(columns, key=lambda column: column.group):
        width = len(list(members))
        spans += (
            f'<th class="span" scope="colgroup" colspan="{width}">{escape(group)}</th>'
            if group
            else f'<td colspan="{width}"></td>'
        )
    return f"<thead><tr>{spans}</tr><tr>{cells}</tr></thead>"


def _heading(column: Column) -> str:
    unit = f' <span class="unit">{escape(column.unit)}</span>' if column.unit else ""
    return f"{escape(column.title)}{unit}"


def _class(column: Column) -> str:
    return ' class="n"' if column.align == "right" else ""


def _row(row: Row, columns: tuple[Column, ...]) -> str:
    first, *rest = zip(row.cells, columns, strict=True)
    if row.kind == "group" and not any(cell.text for cell, _ in rest):
        span = f'<th scope="rowgroup" colspan="{len(columns)}">{escape(first[0].text)}</th>'
        return f'<tr class="group">{span}</tr>'
    cells = f'<th scope="row"{_class(first[1])}>{escape(first[0].text)}</th>'
    cells += "".join(f"<td{_class(column)}>{escape(cell.text)}</td>" for cell, column in rest)
    kind = "" if row.kind == "plain" else f' class="{row.kind}"'
    return f"<tr{kind}>{cells}</tr>"
