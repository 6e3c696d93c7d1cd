from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from analyses.management import plan_files
from records.accounts import service_account


class Command(BaseCommand):
    help = "Save plans in a registry: those of the project by name, others by path; without names, all of the project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--registry", required=True, metavar="CODE")
        parser.add_argument("plans", nargs="*", metavar="NAME|PLAN.json")

    def handle(self, *args: Any, registry: str, plans: list[str], **options: Any) -> None:
        home = plan_files.registry_named(registry)
        for file in plan_files.shipped(plans):
            saved = plan_files.save(file, by=service_account(), registry=home)
            self.stdout.write(f"{saved}: {saved.title}")
