"""A table as Markdown (the pipe form)."""

from __future__ import annotations

from analyses.reporting.table import Row, Table

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>#|~"} | {"\n": " ", "\r": " "})


def render(table: Table) -> str:
    head = " | ".join(_plain(column.full_heading) for column in table.columns)
    rule = " | ".join("---:" if column.align == "right" else ":---" for column in table.columns)
    body = "\n".join(f"| {_row(row)} |" for row in table.rows)
    notes = "\n\n".join(_plain(note) for note in table.notes)
    return f"**{_plain(table.title)}**\n\n| {head} |\n| {rule} |\n{body}\n" + (f"\n{notes}\n" if notes else "")


def _row(row: Row) -> str:
    first, *rest = (_plain(cell.text) for cell in row.cells)
    lead = {"group": f"**{first}**", "level": f"&nbsp;&nbsp;{first}", "plain": first}[row.kind]
    return " | ".join([lead, *rest])


def _plain(text: str) -> str:
    return text.translate(_SPECIAL)
