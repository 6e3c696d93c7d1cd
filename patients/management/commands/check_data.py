"""`manage.py check_data`: every data-quality rule asked of every stored row."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from patients.actions import check_all, rank_all


class Command(BaseCommand):
    help = "Ask every data-quality rule of every stored row, bring the data queries in line, and rank them anew."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        outcome = check_all()
        ranked = rank_all()
        self.stdout.write(
            f"Data queries: {outcome.opened} opened, {outcome.reopened} opened again, {outcome.closed} closed, "
            f"{ranked} ranked anew, in {time.monotonic() - started:.1f} s."
        )
