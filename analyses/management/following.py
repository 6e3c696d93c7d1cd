"""A run followed in the terminal until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from analyses.models import Run, State

POLL_SECONDS = 0.2
WAITING = "Waiting for a worker"


def bars(console: Console) -> Progress:
    """Progress of something with stages: its name, how far it is, how long it has taken."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def follow(run: Run, console: Console, *, meanwhile: Callable[[], None] = lambda: None) -> Run:
    """Show the run's stages until it ends; `meanwhile` is called at each look and may raise to give up.

    Raises CommandError where the run does not succeed, in the run's own plain words.
    """
    with bars(console) as progress:
        bar = progress.add_task(WAITING, total=1.0)
        while not run.has_ended:
            meanwhile()
            time.sleep(POLL_SECONDS)
            run.refresh_from_db()
            progress.update(bar, description=run.stage.capitalize() or WAITING, completed=run.progress)
        if run.state == State.SUCCEEDED:
            progress.update(bar, description="Finished", completed=1.0)
    if run.state != State.SUCCEEDED:
        raise CommandError(why(run))
    return run


def why(run: Run) -> str:
    patients = f" Patients: {', '.join(run.error_patients)}." if run.error_patients else ""
    return f"{run} ended as '{run.get_state_display()}'. {run.error}{patients}".strip()
