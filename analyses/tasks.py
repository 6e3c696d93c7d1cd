"""The doorbell: a task that does one run, and a watch in each worker that rings for runs that nobody holds."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import Error, connection
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerError

from analyses.execution import execute
from analyses.models import Run
from analyses.store.claims import due_for_ringing

log = logging.getLogger(__name__)
_stop = threading.Event()


@shared_task(name="analyses.execute_run")
def execute_run(run_id: int) -> None:
    execute(run_id)


def ring(run_id: int) -> None:
    """Tell the broker that the run waits. A deaf broker is no error: the watch rings again."""
    Run.objects.filter(pk=run_id).update(rung_at=Now())
    _ring(run_id)


def ring_for_unheld() -> list[int]:
    """Ring for each run that waits, or whose worker fell silent; returns their keys."""
    found = due_for_ringing(Run)
    for run_id in found:
        _ring(run_id)
    return found


def _ring(run_id: int) -> None:
    try:
        execute_run.apply_async(args=(run_id,), retry=False)
    except (BrokerError, OSError):
        log.warning(
            "The broker does not answer; run %s is rung for again within %s s.", run_id, settings.RUN_SWEEP_SECONDS
        )


@worker_ready.connect
def start_watch(**_signal: Any) -> None:
    """In the worker's main process: look now and then every `RUN_SWEEP_SECONDS`, until the worker ends."""
    _stop.clear()
    threading.Thread(target=_watch, name="run-watch", daemon=True).start()


@worker_shutting_down.connect
def stop_watch(**_signal: Any) -> None:
    _stop.set()


def _watch() -> None:
    while True:
        try:
            ring_for_unheld()
        except Error:
            log.warning("The database does not answer; waiting runs are looked for again later.")
        finally:
            connection.close()
        if _stop.wait(settings.RUN_SWEEP_SECONDS):
            return
