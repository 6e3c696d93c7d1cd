"""The demo's steps that join the apps: the saved plans, a run followed to its end, its files."""

import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from analyses import actions
from analyses.models import Plan, Run, State
from analyses.pipeline.spec import StudySpec
from records.models import Registry, User

POLL_SECONDS = 0.2


def save_plan(file: Path, *, by: User, registry: Registry) -> Plan:
    """The plan of the file, saved in the registry; the version that stands where it says the same."""
    return actions.save_plan(by=by, registry=registry, spec=StudySpec.from_json(json.loads(file.read_text())))


def finished_run(plan: Plan) -> Run | None:
    """The last run of just this version of the plan that succeeded."""
    return Run.objects.filter(plan=plan, state=State.SUCCEEDED).order_by("-pk").first()


def follow(run: Run, worker: "subprocess.Popen[bytes]", console: Console) -> Run:
    """Show the run's stages until it ends. Raises CommandError where it fails, in the run's own plain words."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Waiting for the worker", total=1.0)
        while not run.has_ended:
            time.sleep(POLL_SECONDS)
            run.refresh_from_db()
            if worker.poll() is not None and not run.has_ended:
                raise CommandError(
                    f"the worker ended (status {worker.returncode}) before the run; its reason stands above."
                )
            progress.update(bar, description=run.stage or "Waiting for the worker", completed=run.progress)
        if run.state == State.SUCCEEDED:
            progress.update(bar, description="Finished", completed=1.0)
    if run.state != State.SUCCEEDED:
        raise CommandError(why(run))
    return run


def why(run: Run) -> str:
    patients = f" Patients: {', '.join(run.error_patients)}." if run.error_patients else ""
    return f"{run} ended as '{run.get_state_display()}'. {run.error}{patients}".strip()


def write_files(run: Run, names: Iterable[str], folder: Path) -> None:
    """Copy the run's files of these names into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in run.artifacts.filter(name__in=names).select_related("blob"):
        (folder / artifact.name).write_bytes(artifact.blob.read())
