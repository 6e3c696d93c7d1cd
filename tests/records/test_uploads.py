"""The door for files: honest tables in any dress, and no file that could hurt."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from records import uploads
from records.uploads import UploadRefused, read_table


def workbook(rows: list[list[Any]], title: str = "Sheet") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ("id,name\n1,Müller\n", "utf-8", ","),
        ("\ufeffid;name\n1;Müller\n", "utf-8", ";"),
        ("id\tname\n1\tMüller\n", "latin-1", "\t"),
    ],
)
def test_a_csv_is_read_in_its_encoding_and_with_its_delimiter(content: str, encoding: str, delimiter: str) -> None:
    table = read_table(content.encode(encoding), "patients.csv")
    assert table.columns == ("id", "name")
    assert table.rows == ((2, ("1", "Müller")),)
    assert table.delimiter == delimiter
    assert table.encoding == ("utf-8-sig" if content.startswith("\ufeff") else encoding)


def test_lines_are_numbered_as_in_the_file() -> None:
    table = read_table(b'id,note\n1,"two\nlines"\n\n2,b\n', "a.csv")
    assert [line for line, _ in table.rows] == [2, 5]


def test_short_rows_are_filled_and_long_ones_refused_with_their_line() -> None:
    assert read_table(b"a,b,c\n1\n", "a.csv").rows == ((2, ("1", "", "")),)
    with pytest.raises(UploadRefused, match="line 3 has 3 cells"):
        read_table(b"a,b\n1,2\n1,2,3\n", "a.csv")


def test_columns_need_names_that_differ() -> None:
    assert read_table(b",a\n1,2\n", "a.csv").columns == ("column_1", "a")
    with pytest.raises(UploadRefused, match="more than once: a"):
        read_table(b"a,a\n", "a.csv")


def test_a_workbook_gives_every_sheet_as_text() -> None:
    rows = [["id", "day", "dose", "flag"], [1, datetime(2012, 5, 17), 70.5, True], [2, None, 70.0, "x"]]
    table = read_table(workbook(rows, "Charts"), "a.xlsx")
    assert table.sheets[0].name == "Charts"
    assert table.rows == ((2, ("1", "2012-05-17", "70.5", "TRUE")), (3, ("2", "", "70", "x")))


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.csv", "is empty"),
        (b"x", "a.xls", "only CSV and XLSX"),
        (b"PK\x03\x04 not a zip", "a.xlsx", "not an XLSX workbook"),
        (b"\x00\x01\x02", "a.csv", "not a text file"),
        (b'a,b\n"1,2\n', "a.csv", "not valid CSV"),
        (b"\n\n", "a.xlsx", "not an XLSX workbook"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, name: str, why: str) -> None:
    with pytest.raises(UploadRefused, match=why):
        read_table(content, name)


def test_a_file_over_50_mb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(uploads.MAX_BYTES + 1)
    with pytest.raises(UploadRefused, match="at most 50 MB"):
        read_table(huge)


def repacked(change: dict[str, bytes]) -> bytes:
    """A good workbook with some parts replaced or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["a"], [1]]))) as good,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            if name not in change:
                bad.writestr(name, good.read(name))
        for name, content in change.items():
            bad.writestr(name, content)
    return buffer.getvalue()


def test_a_zip_bomb_is_refused_unparsed() -> None:
    with pytest.raises(UploadRefused, match="more than 100 times"):
        read_table(repacked({"xl/worksheets/sheet1.xml": b" " * (30 * 1024 * 1024)}), "bomb.xlsx")


def test_a_directory_that_lies_about_sizes_is_found() -> None:
    content = bytearray(repacked({"xl/media/x.bin": b"\x01\x02" * 3_000_000}))
    stated = (6_000_000).to_bytes(4, "little")
    assert stated in content
    lying = bytes(content).replace(stated, (10).to_bytes(4, "little"))
    with pytest.raises(UploadRefused):
        read_table(lying, "lying.xlsx")


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused_in_any_encoding(encoding: str) -> None:
    with pytest.raises(UploadRefused, match="XML entities"):
        read_table(repacked({"xl/sharedStrings.xml": ENTITIES.encode(encoding)}), "entities.xlsx")


def test_a_parser_over_its_memory_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MEMORY_BYTES", 64 * 1024 * 1024)
    with pytest.raises(UploadRefused, match="memory or time"):
        read_table(b"a,b\n" + b"1,2\n" * 2_000_000, "long.csv")


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=20
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=20))
def test_any_rows_come_through_a_csv_unchanged(rows: list[list[str]]) -> None:
    import csv

    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([["a", "b", "c"], *rows])
    table = read_table(buffer.getvalue().encode(), "any.csv")
    assert [list(found) for _, found in table.rows] == rows


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(min_size=1, max_size=400), st.sampled_from(["a.csv", "a.xlsx"]))
def test_no_bytes_do_worse_than_be_refused(content: bytes, name: str) -> None:
    with suppress(UploadRefused):
        read_table(content, name)
