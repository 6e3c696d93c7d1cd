"""The one exit door: whatever leaves the registry as a file passes here, logged before its first byte."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from openpyxl import Workbook

from records import access
from records.models import Centre, Exit, User
from records.roles import Act

# What a spreadsheet would take for a formula, also behind blanks and control characters that it drops.
FORMULA = re.compile(r"^[\s\x00-\x1f]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]")
NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Characters that an XLSX file cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def leave(
    *,
    by: User,
    what: str,
    purpose: str,
    centres: Iterable[Centre | int] | None,
    content: Iterable[bytes] | bytes,
    filename: str,
    content_type: str = "application/octet-stream",
) -> HttpResponseBase:
    """A download of ``content``, allowed and logged.

    ``centres`` are those whose patients the file holds; None stands for every centre. ``by`` must be allowed to export
    at each of them. Raises ``PermissionDenied``, or ``ValidationError`` where no purpose is given.
    """
    record(by=by, what=f"{filename}: {what}", purpose=purpose, centres=centres)
    if isinstance(content, bytes):
        return FileResponse(io.BytesIO(content), as_attachment=True, filename=filename, content_type=content_type)
    disposition = FileResponse(io.BytesIO(), as_attachment=True, filename=filename)["Content-Disposition"]
    return StreamingHttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


def record(*, by: User, what: str, purpose: str, centres: Iterable[Centre | int] | None) -> Exit:
    """Check the right and write the log line; for commands, which write files instead of responses."""
    if not purpose.strip():
        raise ValidationError({"purpose": "Say what the data are for."}, code="purpose")
    of = Centre.objects.all() if centres is None else Centre.objects.filter(pk__in=primary_keys(centres))
    access.require(by, Act.EXPORT)
    for centre in of:
        access.require(by, Act.EXPORT, centre)
    codes = [centre.code for centre in of]
    return Exit.objects.create(by=by, what=what[:200], purpose=purpose.strip()[:500], centres=codes)


def primary_keys(centres: Iterable[Centre | int]) -> list[int]:
    return [centre.pk if isinstance(centre, Centre) else centre for centre in centres]


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV file line by line, UTF-8 with the mark by which spreadsheets know it, every cell guarded."""
    yield b"\xef\xbb\xbf"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([guarded(cell) for cell in columns])
    for row in rows:
        yield taken(buffer)
        writer.writerow([guarded(cell) for cell in row])
    yield taken(buffer)


def taken(buffer: io.StringIO) -> bytes:
    line = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return line


def xlsx(sheets: dict[str, tuple[Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """A workbook of ``{sheet: (columns, rows)}``; texts are stored as texts, whatever they begin with."""
    book = Workbook(write_only=True)
    for title, (columns, rows) in sheets.items():
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        sheet.append([guarded(cell) for cell in columns])
        for row in rows:
            sheet.append([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def guarded(cell: Any) -> Any:
    """A cell that no spreadsheet runs: a text that would be a formula gets an apostrophe before it. Numbers stay."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    text = CONTROL.sub("", cell)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text
