import warnings
from argparse import ArgumentParser
from typing import Any

from celery import platforms
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from registry.celery import app
from registry.processes import leave_with_parent


class Command(BaseCommand):
    help = "Work on queued runs, and on chunks of runs, until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=1, help="how many runs, or chunks of runs, to do at once")
        parser.add_argument("--beat", action="store_true", help="also keep the clock (one worker of a registry does)")
        parser.add_argument("--with-parent", action="store_true", help="end when the parent closes standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        connections.close_all()
        # Celery warns of root since a pickled message could run code; here messages are JSON.
        warnings.simplefilter("ignore", platforms.SecurityWarning)  # type: ignore[attr-defined]
        if options["with_parent"]:
            leave_with_parent()
        arguments = ["worker", "--loglevel=WARNING", f"--concurrency={options['processes']}"]
        # Workers talk to each other through the run table alone.
        arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        if options["beat"]:
            arguments += ["--beat", f"--schedule={settings.VAR_DIR / 'celerybeat-schedule'}"]
        app.worker_main(arguments)
