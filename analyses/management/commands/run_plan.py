from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from analyses import actions
from analyses.management import plan_files
from analyses.management.following import follow
from analyses.models import Plan
from records.accounts import acting_user
from records.models import Registry, User


class Command(BaseCommand):
    help = "Queue a run of a plan: a JSON file, or the name of a saved one (its newest version)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("plan", metavar="PLAN.json|NAME")
        parser.add_argument("--registry", required=True, metavar="CODE")
        parser.add_argument("--user", metavar="NAME", help="run as this user, on the patients whom they may analyse")
        parser.add_argument("--wait", action="store_true", help="follow the run to its end; fails when the run fails")

    def handle(self, *args: Any, plan: str, registry: str, user: str | None, wait: bool, **options: Any) -> None:
        try:
            by = acting_user(user)
        except User.DoesNotExist:
            raise CommandError(f"there is no active user '{user}'.") from None
        found = _plan(plan, by=by, registry=plan_files.registry_named(registry))
        try:
            run = actions.request_run(by=by, plan=found)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{found}: {run} queued")
        if wait:
            follow(run, Console(highlight=False))


def _plan(name: str, *, by: User, registry: Registry) -> Plan:
    if name.endswith(".json"):
        return plan_files.save(Path(name), by=by, registry=registry)
    newest = Plan.objects.filter(registry=registry, name=name).order_by("-version").first()
    if newest is None:
        known = (
            ", ".join(sorted(set(Plan.objects.filter(registry=registry).values_list("name", flat=True)))) or "none yet"
        )
        raise CommandError(f"{registry} has no plan '{name}' (there are: {known}).")
    return newest
