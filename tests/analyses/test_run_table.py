"""`manage.py run_table`: a study on a flat file, from the command line, without a database."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from lifelines.datasets import load_rossi

from analyses import selectors
from analyses.derivation.derive import derive
from analyses.management.commands import run_table
from analyses.pipeline import json_schema
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.flat.declared import check_plan
from analyses.pipeline.flat.read import read_flat
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.study import run_study
from analyses.tables import read_frames
from exchange import mapping, table_import
from records import uploads
from records.accounts import service_account
from records.models import Registry
from registry.paths import BASE_DIR
from tests.conftest import needs_shared

EXAMPLES = BASE_DIR / "docs" / "examples"


@pytest.fixture
def rossi(tmp_path: Path) -> Path:
    """The file as the guide makes it."""
    table = load_rossi()
    table.index += 1
    table.to_csv(tmp_path / "rossi.csv", index_label="id")
    return tmp_path / "rossi.csv"


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """The example without what takes long."""
    spec = json.loads((EXAMPLES / "rossi.json").read_text())
    for section in ("table1", "cox", "subgroups"):
        del spec[section]
    return write(tmp_path / "spec.json", spec)


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def run(*arguments: object, **options: Any) -> str:
    out = io.StringIO()
    call_command("run_table", *map(str, arguments), stdout=out, stderr=out, **options)
    return out.getvalue()


def refusal(*arguments: object) -> str:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return str(error.value)


def test_it_runs_where_there_is_no_database(rossi: Path, tmp_path: Path) -> None:
    """As its users call it: by manage.py, in an environment that names no server and a `var/` that has none."""
    var, out = tmp_path / "var", tmp_path / "out"
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "run_table", rossi, "--spec", EXAMPLES / "rossi.json", "--out", out],
        cwd=BASE_DIR,
        env=environment | {"REGISTRY_VAR_DIR": str(var)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "432 patients read; compared: 216 No aid, 216 Aid.",
        f"Report: {out / 'report.html'}",
    ]
    assert not (var / "postgres").exists()
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    assert {"result.json", "report.html", "tables.xlsx", "dataset.parquet", "tables/table1.csv"} <= files
    assert {f"figures/km_arrest_all.{form}" for form in ("svg", "pdf", "png")} <= files
    result = StudyResult.from_json(json.loads((out / "result.json").read_text()))
    assert result.manifest.dataset_sha256 == Dataset.from_parquet((out / "dataset.parquet").read_bytes()).sha256()
    assert result.spec == StudySpec.from_json(json.loads((EXAMPLES / "rossi.json").read_text()))


def test_the_report_speaks_of_a_table(rossi: Path, short: Path, tmp_path: Path) -> None:
    run(rossi, "--spec", short, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "egistry" not in page
    assert "Rossi trial of financial aid" in page
    assert "Months from release from prison" in page
    with (tmp_path / "out" / "tables" / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        facts = dict(row[:2] for row in csv.reader(file) if len(row) >= 2)
    assert (facts["Table"], facts["Data cut-off"]) == ("Rossi trial of financial aid", "not stated")


def test_only_an_earlier_study_is_replaced(rossi: Path, short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = (rossi, "--spec", short, "--out", out)
    run(*arguments)
    assert refusal(*arguments) == f"{out} holds a study: name another folder, or say --overwrite to replace it."
    (out / "figures" / "of_an_earlier_plan.svg").touch()
    (out / "notes.txt").touch()
    run(*arguments, "--overwrite")
    assert not (out / "figures" / "of_an_earlier_plan.svg").exists()
    assert (out / "notes.txt").exists()
    (out / "result.json").unlink()
    assert "is not empty and holds no study (dataset.parquet)" in refusal(*arguments, "--overwrite")
    assert "is a file" in refusal(rossi, "--spec", short, "--out", rossi)


def test_cells_that_do_not_fit_are_all_listed(rossi: Path, short: Path, tmp_path: Path) -> None:
    out, said = tmp_path / "out", io.StringIO()
    lines = rossi.read_text().splitlines()
    lines[2] = "2,-3,1,0,18,2,0,0,1,many"
    lines[9] = "2,52,2,0,30,1,1,1,1,0"
    rossi.write_text("\n".join(lines))
    with pytest.raises(CommandError, match=r"do not fit the declaration: 5, each .*problems\.csv") as error:
        call_command("run_table", str(rossi), spec=short, out=out, stderr=said)
    assert error.value.returncode == run_table.CELLS_REFUSED
    with (out / "problems.csv").open(newline="") as file:
        found = [(row["line"], row["column"], row["value"]) for row in csv.DictReader(file)]
    assert found == [
        ("3", "race", "2"),
        ("3", "prio", "many"),
        ("3", "week", "-3"),
        ("10", "id", "2"),
        ("10", "arrest", "2"),
    ]
    assert "week: '-3' is a time before time zero (line 3)\n    Correct the cell, or empty it" in said.getvalue()
    assert [item.name for item in out.iterdir()] == ["problems.csv"]
    lines[2], lines[9] = "2,17,1,0,18,1,0,0,1,8", "9,52,0,0,30,1,1,1,1,0"
    rossi.write_text("\n".join(lines))
    run(rossi, "--spec", short, "--out", out)
    assert not (out / "problems.csv").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": "1"}, "seed: '1' is not allowed; expected a whole number"),
        (
            {"survival": {"endpoints": ["os"], "populations": ["all"]}},
            "survival.endpoints[0]: 'os' is not allowed; expected one of arrest",
        ),
        ({"table": None}, "or else a table"),
        (
            {"eligibility": [{"name": "no", "label": "No", "criterion": {"op": "missing", "variable": "age"}}]},
            "No eligible patient is in the arm No aid",
        ),
    ],
)
def test_a_plan_that_cannot_be_done_is_one_line(
    rossi: Path, short: Path, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    out = tmp_path / "out"
    write(short, json.loads(short.read_text()) | change)
    said = refusal(rossi, "--spec", short, "--out", out)
    assert words in said
    assert "\n" not in said
    assert not out.exists()


def test_what_is_not_there_or_no_table_is_one_line(rossi: Path, short: Path, tmp_path: Path) -> None:
    out, nothing = tmp_path / "out", tmp_path / "nothing.csv"
    assert str(nothing) in refusal(nothing, "--spec", short, "--out", out)
    assert str(nothing) in refusal(rossi, "--spec", nothing, "--out", out)
    assert "only CSV and XLSX files are read" in refusal(short, "--spec", short, "--out", out)
    assert "Expecting value" in refusal(rossi, "--spec", rossi, "--out", out)
    assert refusal().startswith("say TABLE.csv --spec SPEC.json --out DIR")
    assert refusal(rossi, "--spec", short) == refusal(rossi, "--out", out) == refusal()


def test_a_name_of_the_plan_does_not_lead_out_of_the_folder(rossi: Path, short: Path, tmp_path: Path) -> None:
    spec = json.loads(short.read_text())
    groups = [
        {
            "name": level,
            "label": level,
            "criterion": {"op": "compare", "variable": "aid", "comparison": "=", "value": level},
        }
        for level in ("No", "Yes")
    ]
    name = "/../../../of_another"
    spec["combinations"] = [{"name": name, "title": "x", "groups": groups, "endpoint": "arrest", "population": "all"}]
    said = refusal(rossi, "--spec", write(short, spec), "--out", tmp_path / "out")
    assert "leads out of" in said
    assert not list(tmp_path.rglob("of_another*"))


def test_a_sheet_of_a_workbook(rossi: Path, short: Path, tmp_path: Path) -> None:
    book, file = openpyxl.Workbook(), tmp_path / "rossi.xlsx"
    book.active.append(["notes"])
    sheet = book.create_sheet("data")
    for line in csv.reader(rossi.read_text().splitlines()):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in line])
    book.save(file)
    said = refusal(file, "--spec", short, "--out", tmp_path / "out")
    assert said.endswith("has the sheets 'Sheet', 'data': name one of them as 'sheet' of the table's declaration.")
    spec = json.loads(short.read_text())
    spec["table"]["sheet"] = "data"
    run(file, "--spec", write(short, spec), "--out", tmp_path / "out")
    run(rossi, "--spec", write(short, spec | {"table": spec["table"] | {"sheet": ""}}), "--out", tmp_path / "csv")
    results = [json.loads((tmp_path / name / "result.json").read_text()) for name in ("out", "csv")]
    assert results[0]["manifest"]["dataset_sha256"] == results[1]["manifest"]["dataset_sha256"]


def test_a_draft_is_json_on_standard_output_and_advice_beside_it(rossi: Path) -> None:
    out, advice = io.StringIO(), io.StringIO()
    call_command("run_table", str(rossi), propose=True, stdout=out, stderr=advice)
    draft = json.loads(out.getvalue())
    assert draft["table"]["id"] == "id"
    assert advice.getvalue().startswith("Say what is null: title, question, table.time_zero")


@pytest.mark.parametrize("document", ["spec", "result"])
def test_the_schemas_are_printed_as_their_files_hold_them(document: json_schema.Document) -> None:
    assert run("--schema", document) == json_schema.text(document)


def test_a_registry_refuses_a_plan_that_reads_a_table() -> None:
    spec = StudySpec.from_json(json.loads((EXAMPLES / "rossi.json").read_text()))
    with pytest.raises(InvalidValueError, match="a registry's plan reads its records"):
        selectors.names_of(spec)


@pytest.mark.django_db
def test_a_table_and_the_registry_that_it_was_brought_into_give_the_same_numbers() -> None:
    """RADCURE both ways. Two patients have a progression after their last follow-up, which to the registry shows that
    they were alive then; the table's declaration reads follow-up alone, so these two cells are set right."""
    source = uploads.read_table(needs_shared("data", "radcure", "RADCURE_Clinical_v04_20241219.csv"))
    rules = mapping.read(BASE_DIR / "exchange" / "mappings" / "radcure.yaml")
    drafts = table_import.plan(rules, source.columns, source.rows)
    table_import.take_in(drafts, rules, by=service_account())
    saved = json.loads((BASE_DIR / "analyses" / "plans" / "radcure_chemo_rt_vs_rt.json").read_text())
    saved["sensitivity"] = None
    spec = StudySpec.from_json(saved)
    frames = read_frames(service_account(), Registry.objects.get(code="radcure"))
    theirs = run_study(derive(frames, selectors.derivation_of(spec)), spec)

    seen = {"RADCURE-2037": "1/9/2011", "RADCURE-2173": "4/23/2012"}
    last = source.columns.index("Last FU")
    rows = [
        (line, tuple(seen.get(cells[0], cell) if place == last else cell for place, cell in enumerate(cells)))
        for line, cells in source.rows
    ]
    declared = json.loads((EXAMPLES / "radcure.json").read_text())["table"]
    spec = StudySpec.from_json(saved | {"derivation": None, "table": declared})
    ours = run_study(read_flat(check_plan(spec), source.columns, rows).dataset, spec)

    assert ours.arms == theirs.arms
    counts = [
        [(row.before, row.not_met, row.unknown, row.after) for row in result.attrition.rows]
        for result in (ours, theirs)
    ]
    assert counts[0] == counts[1]
    assert ours.survival == theirs.survival
    assert ours.propensity is not None
    assert theirs.propensity is not None
    assert ours.propensity.score == pytest.approx(theirs.propensity.score, rel=1e-12)
    assert _pairs(ours) == _pairs(theirs)
    assert ours.prognostic is not None
    assert theirs.prognostic is not None
    assert ours.prognostic.model is not None
    assert theirs.prognostic.model is not None
    assert [(term.variable, term.level, term.log_hr, term.se) for term in ours.prognostic.model.terms] == [
        (term.variable, term.level, term.log_hr, term.se) for term in theirs.prognostic.model.terms
    ]


def _pairs(result: StudyResult) -> list[tuple[int, int]]:
    """The matched pairs by the patients' places in the table."""
    place = {patient: position for position, patient in enumerate(result.attrition.patients)}
    assert result.matching is not None
    return [(place[one], place[other]) for one, other in result.matching.pairs]
