from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from registry import processes


class Command(BaseCommand):
    help = "Serve the site on this machine, with a worker beside it, on what the database holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        processes.refuse_taken_port(options["port"])
        call_command("migrate", verbosity=0)
        with processes.worker():
            self.stdout.write(f"http://{processes.HOST}:{options['port']}/ (Ctrl-C ends it)")
            processes.serve(options["port"])
