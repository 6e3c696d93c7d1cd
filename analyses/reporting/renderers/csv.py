"""A table as CSV (RFC 4180, UTF-8 with byte order mark so that spreadsheets read it as such): what the reader sees."""

from __future__ import annotations

import csv
import io

from analyses.reporting.renderers.guard import guarded
from analyses.reporting.table import Table


def render(table: Table) -> bytes:
    """Headings, rows (levels indented by two spaces); notes are not part of the data and stay out."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([guarded(column.full_heading) for column in table.columns])
    for row in table.rows:
        first, *rest = (guarded(cell.text) for cell in row.cells)
        writer.writerow([f"  {first}" if row.kind == "level" else first, *rest])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
