from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from analyses.management import plan_files, table_files
from analyses.management.following import bars
from analyses.pipeline import json_schema, json_text
from analyses.pipeline.errors import InvalidValueError, StudyError
from analyses.pipeline.flat.declaration import FlatTable
from analyses.pipeline.flat.declared import check_plan
from analyses.pipeline.flat.problems import ProblemGroup, TableRefused, grouped
from analyses.pipeline.flat.propose import propose
from analyses.pipeline.flat.read import FlatRead, read_flat
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.stages import Progress
from analyses.pipeline.study import run_study
from analyses.reporting.report import render_report
from records.uploads import Sheet

# Where the report begins, as a share of the whole.
REPORT = 0.5
CELLS_REFUSED = 3
SHOWN = 5


class Command(BaseCommand):
    help = (
        "Run a study on a flat file (CSV, XLSX; one row per patient) and write result, report, tables and figures into "
        "a folder. Needs no database. Ends with 1 where plan, file or folder are wrong or the study cannot be done, "
        f"with {CELLS_REFUSED} where cells do not fit the declaration. See docs/study-on-a-table.md."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", nargs="?", type=Path, metavar="TABLE.csv")
        parser.add_argument("--spec", type=Path, metavar="SPEC.json", help="the plan, with its 'table' declared")
        parser.add_argument("--out", type=Path, metavar="DIR", help="the folder to write: new, or empty")
        parser.add_argument("--overwrite", action="store_true", help="replace the study that DIR holds")
        parser.add_argument("--propose", action="store_true", help="print a draft of SPEC.json for TABLE.csv, to edit")
        parser.add_argument("--schema", choices=("spec", "result"), help="print the JSON Schema of a plan or a result")

    def handle(self, *args: Any, **options: Any) -> None:
        table, spec, out = options["table"], options["spec"], options["out"]
        if options["schema"]:
            self.stdout.write(json_schema.text(options["schema"]), ending="")
        elif table and options["propose"]:
            self.draft(table)
        elif table and spec and out:
            self.study(table, plan_files.read(spec), out, overwrite=options["overwrite"])
        else:
            raise CommandError("say TABLE.csv --spec SPEC.json --out DIR, or TABLE.csv --propose, or --schema spec.")

    def draft(self, file: Path) -> None:
        sheet = table_files.sheet(file)
        proposal = propose(file.name, sheet.columns, sheet.rows)
        self.stdout.write(json_text.lines(proposal.spec), ending="")
        for note in proposal.notes:
            self.stderr.write(note, self.style.NOTICE)

    def study(self, file: Path, spec: StudySpec, out: Path, *, overwrite: bool) -> None:
        try:
            declared = check_plan(spec)
            table_files.refuse_taken(out, overwrite=overwrite)
            read = self.read(declared, table_files.sheet(file, declared.sheet), out)
            result, files = _work(read, spec)
            table_files.write(out, {**files, "dataset.parquet": read.dataset.to_parquet()})
        except (InvalidValueError, StudyError, OSError) as error:
            raise CommandError(f"{error}".rstrip(".") + ".") from error
        self.conclude(read, result, out)

    def read(self, table: FlatTable, sheet: Sheet, out: Path) -> FlatRead:
        """The dataset. Raises CommandError where cells do not fit, after all of them have been listed."""
        try:
            return read_flat(table, sheet.columns, sheet.rows)
        except TableRefused as refusal:
            listed = table_files.write_problems(out, refusal.problems)
            for group in grouped(refusal.problems):
                self.stderr.write(_in_words(group))
            raise CommandError(
                f"Cells that do not fit the declaration: {len(refusal.problems)}, each listed in {listed}. Nothing was "
                "computed.",
                returncode=CELLS_REFUSED,
            ) from refusal

    def conclude(self, read: FlatRead, result: StudyResult, out: Path) -> None:
        for note in read.notes:
            self.stdout.write(note)
        arms = ", ".join(f"{arm.n} {arm.label}" for arm in result.arms)
        self.stdout.write(f"{result.attrition.top_count} patients read; compared: {arms}.")
        for warning in result.warnings:
            self.stdout.write(f"Warning: {warning}", self.style.WARNING)
        self.stdout.write(f"Report: {out / 'report.html'}")


def _in_words(group: ProblemGroup) -> str:
    """Which cells, what is wrong with them, and on the next line what to do."""
    values = ("each of " if len(group.values) > 1 else "") + _first(map(repr, group.values))
    lines = ("lines " if len(group.lines) > 1 else "line ") + _first(map(str, group.lines))
    return f"{group.column}: {values} {group.wrong} ({lines})\n    {group.remedy[0].upper()}{group.remedy[1:]}."


def _first(items: Iterable[str]) -> str:
    found = list(items)
    left = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + left


def _work(read: FlatRead, spec: StudySpec) -> tuple[StudyResult, dict[str, bytes]]:
    """The study and its files, with a bar that shows the stages."""
    with bars(Console(highlight=False)) as progress:
        bar = progress.add_task("Study", total=1.0)

        def between(start: float, end: float) -> Progress:
            return lambda stage, fraction: progress.update(
                bar, description=stage.capitalize(), completed=start + fraction * (end - start)
            )

        result = run_study(read.dataset, spec, progress=between(0, REPORT))
        files = render_report(result, invented=read.dataset.invented, progress=between(REPORT, 1))
        progress.update(bar, description="Finished", completed=1.0)
    return result, files
