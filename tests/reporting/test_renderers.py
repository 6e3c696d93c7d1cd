"""One table in four forms: nothing in it may run, and nothing may be lost."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from analyses.reporting import cells
from analyses.reporting.renderers import csv as csv_form
from analyses.reporting.renderers import html, markdown, xlsx
from analyses.reporting.renderers.guard import guarded
from analyses.reporting.table import Column, Table, left, right, row

PAYLOAD = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
FORMULAE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0"]


def table(text: str = "Male") -> Table:
    return Table(
        name="table1",
        title=f"Title {text}",
        columns=(left("Level"), right("Patients", "n", "Before"), Column(title="p", group="Before")),
        rows=(
            row("Sex", "", "", kind="group"),
            row(text, cells.integer(1234), cells.p_value(0.0341), kind="level"),
            row("Other", cells.integer(7), cells.p_value(0.0000123), kind="level"),
        ),
        notes=(f"Note {text}",),
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes += attrs


def test_html_is_escaped_everywhere() -> None:
    parser = Tags()
    parser.feed(html.render(table(PAYLOAD)))
    assert not {"script", "img"} & set(parser.found)
    assert not [name for name, _ in parser.attributes if name.startswith("on")]


def test_html_has_no_inline_style_and_is_well_formed() -> None:
    root = ElementTree.fromstring(html.render(table()))
    assert not [element for element in root.iter() if "style" in element.attrib]
    assert [cell.text for cell in root.iter("td")][-2:] == ["7", "<0.001"]


def test_html_heads_span_their_columns() -> None:
    root = ElementTree.fromstring(html.render(table()))
    spans = [(cell.get("colspan"), cell.text) for cell in root.iter() if cell.get("colspan")]
    assert spans == [("1", None), ("2", "Before"), ("3", "Sex")]


def test_csv_reads_back() -> None:
    written = csv_form.render(table())
    assert written.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(written.decode("utf-8-sig"))))
    assert lines == [
        ["Level", "Before: Patients, n", "Before: p"],
        ["Sex", "", ""],
        ["  Male", "1,234", "0.034"],
        ["  Other", "7", "<0.001"],
    ]


@pytest.mark.parametrize("formula", FORMULAE)
def test_no_formula_survives_in_csv(formula: str) -> None:
    lines = csv.reader(io.StringIO(csv_form.render(table(formula)).decode("utf-8-sig"), newline=""))
    assert [
        cell for line in lines for cell in line if cell.strip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    ] == []


@given(st.text())
def test_guarded_text_is_never_a_formula_and_loses_nothing(text: str) -> None:
    found = guarded(text)
    assert not found.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert found in (text, f"'{text}")


@pytest.mark.parametrize("formula", FORMULAE)
def test_no_formula_survives_in_xlsx(formula: str) -> None:
    book = load_workbook(io.BytesIO(xlsx.render([table(formula)])))
    kinds = {cell.data_type for line in book["table1"].iter_rows() for cell in line if cell.value is not None}
    assert "f" not in kinds


def test_xlsx_keeps_numbers_as_numbers_and_bounds_as_text() -> None:
    sheet = load_workbook(io.BytesIO(xlsx.render([table()], banner="Invented")))["table1"]
    assert sheet["A1"].value == "Title Male"
    assert sheet["A2"].value == "Invented"
    assert [cell.value for cell in sheet[5]] == ["Male", 1234, 0.0341]
    assert sheet["C5"].number_format == "#,##0.000"
    assert [cell.value for cell in sheet[6]] == ["Other", 7, "<0.001"]
    assert sheet["A8"].value == "Note Male"


def test_xlsx_leaves_out_control_characters() -> None:
    sheet = load_workbook(io.BytesIO(xlsx.render([table("a\x00b\x0bc")])))["table1"]
    assert sheet["A5"].value == "abc"


def test_xlsx_is_the_same_each_time() -> None:
    assert xlsx.render([table()]) == xlsx.render([table()])


def test_markdown_escapes_what_it_would_read() -> None:
    written = markdown.render(table("a|b*<c>"))
    assert "| &nbsp;&nbsp;a\\|b\\*\\<c\\> | 1,234 | 0.034 |" in written
    assert "| :--- | ---: | ---: |" in written
