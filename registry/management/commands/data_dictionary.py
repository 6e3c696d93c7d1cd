from typing import Any

from django.core.management.base import BaseCommand

from registry.data_dictionary import FILE, text
from registry.paths import BASE_DIR


class Command(BaseCommand):
    help = "Write docs/data-dictionary.md from the models and the declared analysis variables. Needs no database."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        FILE.write_text(text(), encoding="utf-8")
        self.stdout.write(f"Written to {FILE.relative_to(BASE_DIR)}.")
