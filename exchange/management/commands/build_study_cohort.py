"""The published cohort, rebuilt as a registry of invented patients."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.study_cohort import cohort, writer
from records.accounts import service_account


class Command(BaseCommand):
    help = (
        "Make the registry 'mnpc': 746 invented patients, rebuilt from the published counts and survival figures of de "
        "novo metastatic nasopharyngeal carcinoma. The same seed gives the same records."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="whole number from 0 up (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        seed = options["seed"]
        if seed < 0:
            raise CommandError(f"--seed is a whole number from 0 up, not {seed}.")
        if writer.registry_exists():
            self.stdout.write(f"The registry '{writer.CODE}' stands already; nothing was changed.")
            return
        started = time.monotonic()
        records = cohort.draw(seed)
        registry = writer.write(records, by=service_account(), reason=f"build_study_cohort --seed {seed}")
        self.stdout.write(
            f"{registry}: {len(records.tables['patient'])} invented patients, {records.count():,} records, "
            f"seed {seed}, in {time.monotonic() - started:.1f} s."
        )
        if options["verbosity"] > 1:
            for sentence, number in cohort.reasons():
                self.stdout.write(f"  {number:>4} outside the study: {sentence}")
