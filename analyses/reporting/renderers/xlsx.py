"""All tables of a report in one workbook, a sheet each. The same tables give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as WrittenCell
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from analyses.reporting.renderers.guard import guarded
from analyses.reporting.table import Cell, Table

_EPOCH = datetime(2000, 1, 1)
_HEAD_ROW = 3
_WIDEST = 60
_INDENTED, _RIGHT = Alignment(horizontal="left", indent=1), Alignment(horizontal="right")
_BOLD = Font(bold=True)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_NUMERIC = re.compile(r"^[−-]?[\d,]+(\.\d+)?$")


def render(tables: Sequence[Table], *, banner: str = "") -> bytes:
    """`banner` stands in the second row of every sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        _write(book.create_sheet(table.name[:31]), table, banner)
    book.properties.created = book.properties.modified = _EPOCH
    out = io.BytesIO()
    book.save(out)
    return _without_dates(out.getvalue())


def _write(sheet: Worksheet, table: Table, banner: str) -> None:
    _text(sheet, 1, 1, table.title).font = Font(bold=True, size=12)
    _text(sheet, 2, 1, banner).font = Font(italic=True, color="8A5A00")
    for index, column in enumerate(table.columns, start=1):
        head = _text(sheet, _HEAD_ROW, index, column.full_heading)
        head.font = Font(bold=True)
        head.alignment = Alignment(wrap_text=True, vertical="top", horizontal=column.align)
        head.border = Border(bottom=Side(style="thin"))
    for at, row in enumerate(table.rows, start=_HEAD_ROW + 1):
        for index, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True), start=1):
            if not cell.text:
                continue
            written = _cell(sheet, at, index, cell)
            if row.kind == "level" and index == 1:
                written.alignment = _INDENTED
            elif column.align == "right" and written.data_type == "s":
                written.alignment = _RIGHT
            if row.kind == "group":
                written.font = _BOLD
    for offset, note in enumerate(table.notes, start=_HEAD_ROW + len(table.rows) + 2):
        _text(sheet, offset, 1, note)
    _set_widths(sheet, table)
    sheet.freeze_panes = f"B{_HEAD_ROW + 1}"


def _cell(sheet: Worksheet, row: int, column: int, cell: Cell) -> WrittenCell:
    if cell.number is None or not _NUMERIC.match(cell.text):
        return _text(sheet, row, column, cell.text)
    written = _single(sheet.cell(row=row, column=column))
    written.value = cell.number
    decimals = len(cell.text.partition(".")[2])
    written.number_format = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    return written


def _text(sheet: Worksheet, row: int, column: int, text: str) -> WrittenCell:
    """A text that stays a text: openpyxl would make a formula of anything that begins with '='."""
    written = _single(sheet.cell(row=row, column=column))
    written.value = guarded(_ILLEGAL.sub("", text)) or None
    if written.value is not None:
        written.data_type = "s"
    return written


def _single(cell: WrittenCell | MergedCell) -> WrittenCell:
    if isinstance(cell, MergedCell):
        raise TypeError("the workbook has no merged cells")
    return cell


def _set_widths(sheet: Worksheet, table: Table) -> None:
    for index, column in enumerate(table.columns, start=1):
        longest = max([len(row.cells[index - 1].text) for row in table.rows], default=0)
        width = min(max(longest, min(len(column.full_heading), 18)) + 3, _WIDEST)
        sheet.column_dimensions[get_column_letter(index)].width = width


def _without_dates(book: bytes) -> bytes:
    """The same archive with every entry and the 'modified' property at one fixed moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", data)
            target.writestr(zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
