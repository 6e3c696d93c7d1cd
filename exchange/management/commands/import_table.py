"""`manage.py import_table FILE --mapping MAP.yaml`: a flat clinical table into a registry of its own."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from exchange import mapping, table_import
from exchange.findings import Finding, Severity, grouped
from records import uploads
from records.accounts import acting_user
from records.models import User

STYLES = {Severity.REFUSED: "red", Severity.REPORTED: "yellow", Severity.NOTED: "dim"}


class Command(BaseCommand):
    help = "Bring a flat clinical table (CSV or XLSX, one row per patient) into a registry of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, required=True, help="YAML file that says what each column becomes")
        parser.add_argument("--dry-run", action="store_true", help="read, judge and try everything; write nothing")
        parser.add_argument("--skip-refused", action="store_true", help="take in the good rows all the same")
        parser.add_argument(
            "--by", help="username under which the trail is written (default: the registry's own account)"
        )
        parser.add_argument(
            "--report", type=Path, help="CSV file for every finding (default: var/imports/NAME-findings.csv)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = options["report"] or Path(settings.VAR_DIR) / "imports" / f"{options['file'].stem}-findings.csv"
        try:
            rules = mapping.read(options["mapping"])
            source = uploads.read_table(options["file"])
            table = table_import.plan(rules, list(source.columns), source.rows)
            result = table_import.take_in(
                table,
                rules,
                by=acting_user(options["by"]),
                skip_refused=options["skip_refused"],
                dry_run=options["dry_run"],
            )
        except (mapping.MappingError, table_import.TableRefused, uploads.UploadRefused, OSError) as error:
            raise CommandError(str(error)) from error
        except User.DoesNotExist:
            raise CommandError(f"There is no active user '{options['by']}'.") from None
        _write(report, result.findings)
        _show(result.findings)
        self.stdout.write(f"Every finding with its line: {report}")
        self._conclude(table.rows, result, dry_run=options["dry_run"])

    def _conclude(self, rows: int, result: table_import.ImportResult, *, dry_run: bool) -> None:
        refused = {finding.line for finding in result.findings if finding.severity is Severity.REFUSED}
        if refused and not result.patients:
            raise CommandError(
                f"Nothing was written: {len(refused)} of {rows} rows are refused. Mend the table or the mapping, or"
                " take the others in with --skip-refused."
            )
        verb = "could be taken" if dry_run else "taken"
        self.stdout.write(
            f"{result.patients} of {rows} patients {verb} into registry '{result.registry}'"
            f" with {result.records} records; {len(refused)} rows refused."
            + (" Dry run: nothing was written." if dry_run else "")
        )


def _write(path: Path, findings: tuple[Finding, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["severity", "line", "column", "value", "reason"])
        writer.writerows([item.severity, item.line, item.column, item.value, item.reason] for item in findings)


def _show(findings: tuple[Finding, ...]) -> None:
    table = Table(
        "", "rows", "column", "what", "lines", "values", title="What the table says oddly", title_justify="left"
    )
    for group in grouped(findings):
        more = ", ..." if group.count > len(group.lines) else ""
        table.add_row(
            f"[{STYLES[group.severity]}]{group.severity}[/]",
            str(group.count),
            group.column,
            group.reason,
            ", ".join(map(str, group.lines)) + more,
            ", ".join(map(repr, group.values)),
        )
    Console().print(table)
