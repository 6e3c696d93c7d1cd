"""Every published figure of the study beside ours."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.results import StudyResult
from exchange.study_cohort import comparison, comparison_output

CSV_NAME = "published_vs_ours.csv"
WIDTH_OF_FILE = 140


class Command(BaseCommand):
    help = "Compare the result of the plan 'ccrt_vs_rt' (result.json) with the published figures of the study."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("result", type=Path, help="the result as JSON")
        parser.add_argument("--csv", type=Path, help=f"where to write the table (default: {CSV_NAME} beside it)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["result"]
        target: Path = options["csv"] or path.with_name(CSV_NAME)
        try:
            result = StudyResult.from_json(json.loads(path.read_text()))
            rows = comparison.rows(result)
            comparison_output.write_csv(rows, target)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except (json.JSONDecodeError, InvalidValueError) as error:
            raise CommandError(f"{path} is no result of a study: {error}") from error
        except comparison.OtherPlanError as error:
            raise CommandError(str(error)) from error
        console = Console(file=cast("IO[str]", self.stdout))
        if not console.is_terminal:
            console.width = WIDTH_OF_FILE
        comparison_output.show(rows, console)
        self.stdout.write(f"Written to {target}.")
