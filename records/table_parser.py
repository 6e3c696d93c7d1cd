"""The parser that ``records.uploads`` runs as a process of its own: a table file in, JSON out. Imports nothing of ours.

Run as ``python -I table_parser.py (csv|xlsx) PATH MEMORY_BYTES SECONDS``.
"""

import csv
import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

MAX_ROWS = 1_048_576
MAX_COLUMNS = 2_000
MAX_CELL = 32_767


class Refused(Exception):
    """The file is no table; the message says why."""


def main(kind: str, path: str, memory: str, seconds: str) -> None:
    """Read under limits and print what was found, or why not."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    try:
        answer = read_csv(path) if kind == "csv" else read_xlsx(path)
    except Refused as refused:
        answer = {"refused": str(refused)}
    json.dump(answer, sys.stdout)


def read_csv(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        content = file.read()
    text, encoding = decoded(content)
    first = next(iter(text.splitlines()), "")
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return {"sheets": [sheet("", lines_of(reader))], "encoding": encoding, "delimiter": delimiter}
    except csv.Error as error:
        raise Refused(f"line {reader.line_num} is not valid CSV ({error}).") from error


def lines_of(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins: a quoted cell may hold line breaks."""
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def decoded(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "utf-8"):
        if encoding == "utf-8-sig" and not content.startswith(b"\xef\xbb\xbf"):
            continue
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def read_xlsx(path: str) -> dict[str, Any]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet(page.title, enumerate(values_of(page), start=1)) for page in book.worksheets]
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # A hostile workbook can break the library anywhere; whatever breaks, the file is what is at fault.
        raise Refused("the workbook is damaged. Open it in a spreadsheet and save it anew.") from error
    filled = [page for page in sheets if page["columns"]]
    if not filled:
        raise Refused("no sheet has a header line.")
    return {"sheets": filled}


def values_of(page: Any) -> Iterator[list[str]]:
    page.reset_dimensions()  # a stated size may be far from the true one
    for row in page.iter_rows(values_only=True):
        yield [as_text(value) for value in row]


def as_text(value: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, midnight dates as days."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def sheet(name: str, numbered: Iterable[tuple[int, list[str]]]) -> dict[str, Any]:
    """The first line with anything in it names the columns; empty lines are left out. Blanks at a cell's ends stay:
    whoever reads the table may want to say that they were there."""
    columns: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for line, cells in numbered:
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        check_size(line, cells, len(rows))
        if not columns:
            columns = header(line, cells)
        elif len(cells) > len(columns):
            raise Refused(f"{place(name, line)} has {len(cells)} cells, but there are {len(columns)} columns.")
        else:
            rows.append((line, cells + [""] * (len(columns) - len(cells))))
    return {"name": name, "columns": columns, "rows": rows}


def header(line: int, cells: list[str]) -> list[str]:
    cells = [cell if cell.strip() else f"column_{number}" for number, cell in enumerate(cells, start=1)]
    twice = sorted({cell for cell in cells if cells.count(cell) > 1})
    if twice:
        raise Refused(f"line {line} names these columns more than once: {', '.join(twice)}.")
    return cells


def check_size(line: int, cells: list[str], n_rows: int) -> None:
    if n_rows >= MAX_ROWS:
        raise Refused(f"more than {MAX_ROWS} rows. Split the table.")
    if len(cells) > MAX_COLUMNS:
        raise Refused(f"line {line} has more than {MAX_COLUMNS} columns.")
    if any(len(cell) > MAX_CELL for cell in cells):
        raise Refused(f"line {line} has a cell of more than {MAX_CELL} characters.")


def place(name: str, line: int) -> str:
    return f"sheet {name}, line {line}" if name else f"line {line}"


if __name__ == "__main__":
    main(*sys.argv[1:5])
