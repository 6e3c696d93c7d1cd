from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from registry.celery import app


class Command(BaseCommand):
    help = "Keep the clock: ring the periodic tasks. One per registry, beside any number of workers."

    def handle(self, *args: Any, **options: Any) -> None:
        app.Beat(loglevel="WARNING", schedule=str(settings.VAR_DIR / "celerybeat-schedule")).run()
