"""The bounded door for files that come in: tables as text, read in a process of their own under limits.

A file is refused by its size and by how far it unpacks before any of it is parsed; the parser then runs in a child
process whose memory and time are limited, so that a hostile file ends that process and nothing else.
"""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 50 * 1024 * 1024
MAX_RATIO = 100
# A member this small may be packed as tightly as it likes.
RATIO_FROM_BYTES = 1024 * 1024
MAX_UNPACKED = 1024 * 1024 * 1024
MEMORY_BYTES = 2 * 1024 * 1024 * 1024
SECONDS = 120
PARSER = Path(__file__).with_name("table_parser.py")


class UploadRefused(Exception):
    """The file cannot be taken; the message says what is wrong with it and what to do."""


@dataclass(frozen=True)
class Sheet:
    """``rows`` are (line number in the file, cells as text); every row has as many cells as there are ``columns``."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Table:
    """The content of a file: one sheet of a CSV, each sheet of a workbook. ``encoding`` is how a CSV was read."""

    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.sheets[0].columns

    @property
    def rows(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        return self.sheets[0].rows


def read_table(source: bytes | Path, name: str = "") -> Table:
    """The table in a CSV, TSV or XLSX file, every cell as text. Raises ``UploadRefused``.

    CSV is UTF-8 (with or without a byte order mark) or else Latin-1, its delimiter a comma, semicolon or tab by its
    first line. XLSX dates become ISO 8601 text; formulas are read as the value they last had. Columns without a name
    are called ``column_1`` and so on. A path gives the file's name itself.
    """
    name = name or (source.name if isinstance(source, Path) else "The file")
    kind = kind_of(name)
    if not isinstance(source, bytes) and source.stat().st_size > MAX_BYTES:
        raise UploadRefused(too_large(name, source.stat().st_size))
    content = source if isinstance(source, bytes) else source.read_bytes()
    check(content, name, kind)
    with tempfile.NamedTemporaryFile(suffix=f".{kind}") as file:
        file.write(content)
        file.flush()
        return parsed(Path(file.name), name, kind)


def kind_of(name: str) -> str:
    suffix = Path(name).suffix.lower().lstrip(".")
    if suffix not in {"csv", "tsv", "txt", "xlsx"}:
        raise UploadRefused(f"{name}: only CSV and XLSX files are read. Save the table as one of these.")
    return "xlsx" if suffix == "xlsx" else "csv"


def check(content: bytes, name: str, kind: str) -> None:
    """Refuse what must not be parsed at all."""
    if not content:
        raise UploadRefused(f"{name} is empty.")
    if len(content) > MAX_BYTES:
        raise UploadRefused(too_large(name, len(content)))
    if kind == "xlsx":
        check_archive(content, name)
    elif b"\x00" in content[:4096]:
        raise UploadRefused(f"{name} is not a text file. Save the table as CSV (UTF-8).")


def too_large(name: str, size: int) -> str:
    return f"{name} has {size / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} MB are read. Split the table."


def check_archive(content: bytes, name: str) -> None:
    """Sizes as the archive's directory states them, then again while unpacking, since a directory can lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            stated = sum(member.file_size for member in members)
            for member in members:
                packed = max(member.compress_size, 1)
                if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * packed:
                    raise UploadRefused(f"{name} unpacks to more than {MAX_RATIO} times its size and is not read.")
            if stated > MAX_UNPACKED:
                raise UploadRefused(f"{name} unpacks to {stated / 2**30:.1f} GB and is not read. Split the table.")
            for member in members:
                check_member(archive, member, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise UploadRefused(f"{name} is not an XLSX workbook, or it is damaged or encrypted.") from error


def check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """An XML part may declare no document type: entities there can unfold without end."""
    unpacked, tail = 0, b""
    with archive.open(member) as part:
        while block := part.read(1024 * 1024):
            unpacked += len(block)
            if unpacked > member.file_size:
                raise UploadRefused(f"{name} unpacks to more than it states and is not read.")
            seen = (tail + block).upper()
            # In UTF-16 the letters have a NUL between them.
            bare = seen.replace(b"\x00", b"")
            if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
                raise UploadRefused(f"{name} declares XML entities, which no spreadsheet needs, and is not read.")
            tail = block[-32:]


def parsed(path: Path, name: str, kind: str) -> Table:
    """What the parser's process says about the file."""
    limits = [str(MEMORY_BYTES), str(SECONDS)]
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(PARSER), kind, str(path), *limits],
            capture_output=True,
            timeout=SECONDS + 10,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UploadRefused(f"{name} takes too long to read. Split the table.") from error
    if child.returncode:
        raise UploadRefused(f"{name} needs too much memory or time to read, or is damaged. Split the table.")
    answer = json.loads(child.stdout)
    if "refused" in answer:
        raise UploadRefused(f"{name}: {answer['refused']}")
    sheets = tuple(
        Sheet(sheet["name"], tuple(sheet["columns"]), tuple((line, tuple(cells)) for line, cells in sheet["rows"]))
        for sheet in answer["sheets"]
    )
    return Table(sheets, answer.get("encoding", ""), answer.get("delimiter", ""))
