"""The doorbell: tasks that do one run or one chunk of a run, and a watch in each worker that rings for what nobody
holds."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import Error, connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerError

from analyses import execution
from analyses.models import Chunk, Run, State
from analyses.store.claims import due_for_ringing, lease
from patients.actions import rank_all, rank_new

log = logging.getLogger(__name__)
_stop = threading.Event()
# A run that nobody took within this time of its last ring is rung again. A chunk is one of many and may be long in
# coming to its turn: ringing for it again so soon would fill the broker with messages that change nothing.
RING_RUN_AGAIN_AFTER = timedelta(seconds=5)


@shared_task(name="analyses.execute_run")
def execute_run(run_id: int) -> None:
    execution.execute(run_id)
    ring_further(run_id)


@shared_task(name="analyses.execute_chunk")
def execute_chunk(chunk_id: int) -> None:
    execution.execute_chunk(chunk_id)
    ring_further(Chunk.objects.values_list("run_id", flat=True).get(pk=chunk_id))


@shared_task(name="analyses.rank_queries")
def rank_queries(registry: int | None) -> None:
    """Say of each data query of the registry what it costs the saved plans; without one, of those just opened."""
    if registry is None:
        rank_new()
    else:
        rank_all(registry)


def ring_to_rank(registry: int | None = None) -> None:
    """Should the broker be deaf, the nightly check ranks too."""
    _ring(rank_queries, registry)


def ring(run_id: int) -> None:
    """Tell the broker that the run waits. A deaf broker is no error: the watch rings again."""
    Run.objects.filter(pk=run_id).update(rung_at=Now())
    _ring(execute_run, run_id)


def ring_further(run_id: int) -> None:
    """Ring for what the run wants next: its next chunks, or itself when they are all done."""
    _ring_runs(Run.objects.filter(pk=run_id))
    _ring_chunks(run_id)


def ring_for_unheld() -> None:
    """Ring for each run or chunk that waits, or whose worker fell silent."""
    _ring_runs(Run.objects.all())
    for run_id in Run.objects.filter(state=State.WAITING).values_list("pk", flat=True):
        _ring_chunks(run_id)


def _ring_runs(runs: QuerySet[Run]) -> None:
    for run_id in due_for_ringing(runs, again_after=RING_RUN_AGAIN_AFTER):
        _ring(execute_run, run_id)


def _ring_chunks(run_id: int) -> None:
    for chunk_id in due_for_ringing(Chunk.objects.filter(run=run_id), again_after=lease()):
        _ring(execute_chunk, chunk_id)


def _ring(task: Task[Any, None], pk: int | None) -> None:
    try:
        task.apply_async(args=(pk,), retry=False)
    except (BrokerError, OSError):
        log.warning(
            "The broker does not answer; %s %s is rung for again within %s s.",
            task.name,
            pk,
            settings.RUN_SWEEP_SECONDS,
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
