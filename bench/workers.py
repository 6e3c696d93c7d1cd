"""How much sooner a study with resampling ends with two workers than with one, and that its result is the same.

    python -m bench.workers [--replicates 1000] [--rounds 3]

The published study on the invented cohort, in a database of its own that is gone afterwards; on the broker that is a
folder, and on Redis where REDIS_URL (by default database 9 on this machine) answers. The least of some rounds counts:
whatever else the machine does only adds to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from analyses.models import Plan, Run

WORKERS = (1, 2)
GRACE_SECONDS = 10
POLL_SECONDS = 0.02
BASE_DIR = Path(__file__).resolve().parent.parent
PLAN = BASE_DIR / "analyses" / "plans" / "ccrt_vs_rt.json"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The least seconds for which a run waited for its chunks, and from its first claim to its end."""

    broker: str
    workers: int
    chunks: float
    whole: float
    fingerprints: frozenset[str]


def main() -> int:
    parser = ArgumentParser(prog="python -m bench.workers")
    parser.add_argument("--replicates", type=int, default=1000, help="of patients and of pairs; 0: imputation alone")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with own_registry() as var_dir:
        warm, plan = plans(wanted.replicates)
        measured = [
            measure(warm, plan, broker=broker, url=url, workers=workers, rounds=wanted.rounds, var_dir=var_dir)
            for broker, url in brokers().items()
            for workers in WORKERS
        ]
        show(measured, plan)
    return 0 if len(frozenset.union(*(row.fingerprints for row in measured))) == 1 else 1


@contextmanager
def own_registry() -> Iterator[Path]:
    """The invented cohort in a registry in a folder of its own, whatever the environment says of another."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded server, run by root, refuses private folders
        for name in ("DATABASE_URL", "SECRET_KEY", "CELERY_BROKER_URL"):
            os.environ.pop(name, None)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "registry.settings", "REGISTRY_VAR_DIR": folder, "DEMO": "1"}
        from registry import embedded_postgres

        os.environ["DATABASE_URL"] = embedded_postgres.attach(Path(folder))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("build_study_cohort", stdout=sys.stderr)
        yield Path(folder)


def plans(replicates: int) -> tuple[Plan, Plan]:
    """One in which little is to be done, and the published study with so many replicates."""
    from analyses.actions import save_plan
    from analyses.pipeline.spec import Resampling, Sensitivity, StudySpec
    from records.accounts import service_account
    from records.models import Registry

    spec = StudySpec.from_json(json.loads(PLAN.read_text()))
    many = replace(spec.resampling or Resampling(), replicates=replicates, stability=replicates // 5)
    few = Resampling(replicates=8, stability=8, chunk=1)
    home, by = Registry.objects.get(code="mnpc"), service_account()
    warm = replace(spec, resampling=few, imputation=None, sensitivity=Sensitivity(tie_orders=0))
    return (
        save_plan(by=by, registry=home, spec=warm),
        save_plan(by=by, registry=home, spec=replace(spec, resampling=many)),
    )


def brokers() -> dict[str, str]:
    """The folder broker, and Redis where it answers."""
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
    try:
        redis.Redis.from_url(url).ping()
    except redis.ConnectionError:
        print(f"Redis does not answer at {url}: left out.", file=sys.stderr)
        return {"filesystem": ""}
    return {"filesystem": "", "redis": url}


def measure(warm: Plan, plan: Plan, *, broker: str, url: str, workers: int, rounds: int, var_dir: Path) -> Measured:
    environment = os.environ | {"CELERY_BROKER_URL": url, "RUN_SWEEP_SECONDS": "1"}
    with ExitStack() as working:
        for number in range(workers):
            working.enter_context(worker(environment, var_dir / f"worker-{number}.log"))
        follow(warm)  # meanwhile the workers start and load what they need
        found = [follow(plan) for _ in range(rounds)]
    return Measured(
        broker=broker,
        workers=workers,
        chunks=min(waited for _, waited in found),
        whole=min(run.seconds or 0.0 for run, _ in found),
        fingerprints=frozenset(run.result.fingerprint for run, _ in found),
    )


@contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=BASE_DIR, env=environment, stdout=output, stderr=output
        )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def follow(plan: Plan) -> tuple[Run, float]:
    """A run of the plan, followed to its end, and the seconds for which it waited for its chunks."""
    from analyses.models import Run, State
    from records.accounts import service_account

    # No broker is told of it: the workers look for it every second.
    run = Run.objects.create(plan=plan, requested_by=service_account())
    waited, since = 0.0, time.monotonic()
    while not run.has_ended:
        time.sleep(POLL_SECONDS)
        was_waiting = run.state == State.WAITING
        run.refresh_from_db()
        now = time.monotonic()
        waited, since = waited + was_waiting * (now - since), now
    if run.state != State.SUCCEEDED:
        raise SystemExit(f"{run} ended as '{run.get_state_display()}': {run.error}")
    return run, waited


def show(measured: Sequence[Measured], plan: Plan) -> None:
    chunks = plan.runs.filter(state="succeeded")[0].chunks.count()
    table = Table(title=f"{plan.title}: {chunks} chunks, {os.cpu_count()} processors", title_justify="left")
    for heading in ("broker", "workers", "chunks, s", "speed-up", "run, s", "speed-up", "result"):
        table.add_column(heading, justify="left" if heading in ("broker", "result") else "right", no_wrap=True)
    alone = {row.broker: row for row in measured if row.workers == 1}
    for row in measured:
        one = alone[row.broker]
        table.add_row(
            row.broker,
            str(row.workers),
            f"{row.chunks:.1f}",
            f"{one.chunks / row.chunks:.2f}",
            f"{row.whole:.1f}",
            f"{one.whole / row.whole:.2f}",
            " ".join(sorted(found[:8] for found in row.fingerprints)),
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    sys.exit(main())
