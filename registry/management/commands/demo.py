import signal
import sys
from argparse import ArgumentParser, BooleanOptionalAction
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from analyses import actions
from analyses.models import Plan, Run
from records.accounts import service_account
from records.models import Registry
from registry import demo, processes
from registry.paths import BASE_DIR

COHORT = "mnpc"
PLANS = BASE_DIR / "analyses" / "plans"
# The study that is compared with its publication, and one more to show that nothing is tied to the first.
NAMES = ("ccrt_vs_rt.json", "rt_vs_no_rt_after_pct.json")
FILES = ("report.html", "result.json")


class Command(BaseCommand):
    help = "From an empty database to the published study on invented patients, its report, and the site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--serve", action=BooleanOptionalAction, default=True, help="end with the site (default)")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, serve: bool, port: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("the demo makes invented patients and open accounts: it runs without SECRET_KEY only.")
        if serve:
            processes.refuse_taken_port(port)
        # A terminate signal unwinds like an interrupt, so that worker and database are stopped too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        plan = self.prepare()
        run = demo.finished_run(plan)
        with ExitStack() as running:
            if serve or run is None:
                worker = running.enter_context(processes.worker())
                run = run or demo.follow(actions.request_run(by=service_account(), plan=plan), worker, console())
            self.hand_over(run)
            if serve:
                self.open_site(port)

    def prepare(self) -> Plan:
        """Database, cohort and plans; what stands already is kept."""
        with console().status("Preparing the database"):
            call_command("migrate", verbosity=0)
        call_command("build_study_cohort", stdout=self.stdout)
        registry = Registry.objects.get(code=COHORT)
        published, *_others = [demo.save_plan(PLANS / name, by=service_account(), registry=registry) for name in NAMES]
        return published

    def hand_over(self, run: Run) -> None:
        """What the study found beside what was printed, and the files."""
        folder = settings.VAR_DIR / "demo"
        demo.write_files(run, FILES, folder)
        call_command("published_vs_ours", folder / "result.json", stdout=self.stdout)
        self.stdout.write(f"Report: {folder / 'report.html'}")

    def open_site(self, port: int) -> None:
        self.stdout.write("\nAccounts (role, name, password; made anew at each start of the demo):")
        call_command("create_demo_accounts", renew=True, stdout=self.stdout)
        self.stdout.write(f"\nThe registry is at http://{processes.HOST}:{port}/ (Ctrl-C ends it).")
        processes.serve(port)


def console() -> Console:
    return Console(highlight=False)
