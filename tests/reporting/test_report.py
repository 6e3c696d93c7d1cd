"""The report as a whole: self-contained, marked, escaped, complete, the same each time."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from openpyxl import load_workbook

from analyses.pipeline.results import StudyResult
from analyses.reporting import catalogue
from analyses.reporting.content import INVENTED
from analyses.reporting.methods import methods_paragraphs
from analyses.reporting.report import render_report

PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Tags, addresses and ids of a page."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.feed(source.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
                self.addresses.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)


def test_the_report_needs_nothing_from_elsewhere(files: dict[str, bytes]) -> None:
    page = Page(files["report.html"])
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    text = files["report.html"].decode()
    assert "@import" not in text
    assert "url(http" not in text
    assert not [match for match in re.findall(r'https?://[^\s"<]+', text) if "www.w3.org" not in match]


def test_links_lead_somewhere_and_ids_are_unique(files: dict[str, bytes]) -> None:
    page = Page(files["report.html"])
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses} <= set(page.ids)
    assert not page.handlers


def test_diagnostics_come_first_and_the_manifest_last(result: StudyResult, files: dict[str, bytes]) -> None:
    names = re.findall(r'<section id="(\w+)"', files["report.html"].decode())
    assert names[0] == "diagnostics"
    assert names[-1] == "manifest"
    assert names == [section.name for section in catalogue.sections(result)]


def test_warnings_stand_beside_the_estimates(result: StudyResult) -> None:
    assert result.warnings
    sections = {section.name: section for section in catalogue.sections(result)}
    assert sections["diagnostics"].warnings == result.warnings
    assert sections["survival"].warnings == result.warnings
    for name in ("prognostic", "combinations", "subgroups", "landmarks"):
        assert "do not pass" in sections[name].warnings[0]


def test_invented_data_are_marked_on_page_figures_and_sheets(result: StudyResult, files: dict[str, bytes]) -> None:
    text = files["report.html"].decode()
    assert text.count(f'<div class="banner">{INVENTED}</div>') == 1
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert len(captions) == len(catalogue.figures(result))
    assert all(INVENTED in caption for caption in captions)
    assert all(INVENTED.encode() in content for name, content in files.items() if name.endswith(".svg"))
    book = load_workbook(io.BytesIO(files["tables.xlsx"]))
    assert all(sheet["A2"].value == INVENTED for sheet in book)


def test_real_data_are_not_marked(second_result: StudyResult) -> None:
    real = replace(second_result, manifest=replace(second_result.manifest, invented=False))
    files = render_report(real, invented=False, formats=("svg",))
    assert not [name for name, content in files.items() if INVENTED.encode() in content]


def test_a_result_of_invented_data_cannot_be_passed_off_as_real(second_result: StudyResult) -> None:
    assert second_result.manifest.invented
    assert INVENTED.encode() in render_report(second_result, invented=False, formats=())["report.html"]


def test_files_of_a_report(result: StudyResult, files: dict[str, bytes]) -> None:
    tables = [table.name for table in catalogue.tables(result)]
    expected = {"report.html", "result.json", "tables.xlsx"}
    expected |= {f"tables/{name}.csv" for name in tables} | {
        f"figures/{name}.svg" for name in catalogue.figures(result)
    }
    assert set(files) == expected
    assert load_workbook(io.BytesIO(files["tables.xlsx"])).sheetnames == tables


def test_only_the_formats_asked_for_are_written(second_result: StudyResult) -> None:
    files = render_report(second_result, invented=True, formats=("png",))
    kinds = {name.rpartition(".")[2] for name in files if name.startswith("figures/")}
    assert kinds == {"png"}
    assert b"<svg" in files["report.html"]


def test_the_result_reads_back_from_its_file(result: StudyResult, files: dict[str, bytes]) -> None:
    assert StudyResult.from_json(json.loads(files["result.json"])) == result


def test_a_replay_gives_the_same_files(second_result: StudyResult) -> None:
    other_timings = replace(second_result, manifest=replace(second_result.manifest, timings={"eligibility": 99.0}))
    files, again = (render_report(item, invented=True, formats=("svg",)) for item in (second_result, other_timings))
    assert [name for name in files if name != "result.json" and files[name] != again[name]] == []


def test_labels_with_markup_run_nowhere(second_result: StudyResult) -> None:
    attrition = second_result.attrition
    rows = tuple(replace(row, label=PAYLOAD, sentence=PAYLOAD) for row in attrition.rows)
    hostile = replace(
        second_result,
        attrition=replace(attrition, rows=rows, top_label=PAYLOAD),
        arms=tuple(replace(arm, label=PAYLOAD) for arm in second_result.arms),
        diagnostics=tuple(replace(check, label=PAYLOAD, sentence=PAYLOAD) for check in second_result.diagnostics),
        warnings=(PAYLOAD,),
    )
    page = Page(render_report(hostile, invented=True, title=PAYLOAD, formats=())["report.html"])
    assert not {"script", "img"} & set(page.tags)
    assert not page.handlers


def test_methods_are_written_from_the_plan(result: StudyResult) -> None:
    text = " ".join(methods_paragraphs(result))
    for phrase in (
        "Synthetic registry (300 patients; data cut-off 2019-12-31)",
        "months from diagnosis of metastasis",
        "with Yates correction in 2 x 2 tables before and without it after matching",
        "caliper 0.1",
        "Efron ties",
        "clustered by pair",
        "entry by the score test, p < 0.05",
        "beyond 12 and 24 months",
        "5 orders of equal scores",
    ):
        assert phrase in text
    # abbreviations keep their capitals inside sentences
    assert "pct " not in text


@pytest.mark.parametrize("word", ["nan", "None", "inf"])
def test_no_number_is_missing_without_saying_so(files: dict[str, bytes], word: str) -> None:
    text = re.sub(r"<svg.*?</svg>", "", files["report.html"].decode(), flags=re.S)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", text)
    assert cells
    assert word not in cells


def test_reporting_knows_no_web_framework() -> None:
    code = "import sys, analyses.reporting.report; sys.exit('django' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
