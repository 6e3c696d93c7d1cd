"""Worker processes that tests start, kill and start again, on any broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from celery import Celery
from django.db import connection

from analyses.models import Run
from registry.paths import BASE_DIR

LEASE_SECONDS = 2.0
SWEEP_SECONDS = 0.5
CHUNK_SECONDS = 0.4


class Site:
    """A broker and the database of the running test, as a group of workers on some host sees them."""

    def __init__(self, var_dir: Path, broker_url: str = "") -> None:
        self.var_dir, self.broker_url = var_dir, broker_url
        # Of its own, so that no worker of this machine's real registry joins in.
        self.queue = f"test-{uuid.uuid4().hex[:12]}"
        self.log = var_dir / "worker.log"
        for name in ("messages", "control", "processed"):
            (var_dir / "broker" / name).mkdir(parents=True, exist_ok=True)
        self._sender = Celery("sender", broker=broker_url or "filesystem://", set_as_current=False)
        self._sender.conf.task_default_queue = self.queue
        if not broker_url:
            messages = str(var_dir / "broker" / "messages")
            self._sender.conf.broker_transport_options = {
                "data_folder_in": messages, "data_folder_out": messages,
                "control_folder": str(var_dir / "broker" / "control"),
            }  # fmt: skip

    def send(self, run: Run, *, times: int = 1) -> None:
        """Messages for the run, as many as a broker out of its mind might deliver."""
        for _ in range(times):
            self._sender.send_task("analyses.execute_run", args=[run.pk], ignore_result=True)

    def empty(self) -> None:
        """The broker forgets everything."""
        with self._sender.connection_for_write() as link:
            link.default_channel.queue_purge(self.queue)

    def remove(self) -> None:
        with self._sender.connection_for_write() as link:
            link.default_channel.queue_delete(self.queue)

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.analyses.worker", "worker", "--concurrency=1",
                 "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"],
                cwd=BASE_DIR, env=self._environment(), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": self.broker_url,
            "REGISTRY_VAR_DIR": str(self.var_dir),
            "TEST_QUEUE": self.queue,
            "RUN_LEASE_SECONDS": str(LEASE_SECONDS),
            "RUN_SWEEP_SECONDS": str(SWEEP_SECONDS),
            "TEST_CHUNK_SECONDS": str(CHUNK_SECONDS),
        }

    @contextmanager
    def working(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker for the block; its whole group is killed at the end."""
        process = self.start()
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The whole worker group at once, as the operating system does when memory runs out."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def database_url() -> str:
    settings: dict[str, Any] = connection.settings_dict
    who = quote(settings["USER"] or "") + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else ":")
    host, port = settings["HOST"], settings["PORT"]
    if not host or host.startswith("/"):
        place = host or settings.get("OPTIONS", {}).get("host", "")
        return f"postgresql://{who}@/{settings['NAME']}?host={place}"
    return f"postgresql://{who}@{host}:{port or 5432}/{settings['NAME']}"


def wait_for(run: Run, reached: Callable[[Run], bool], *, seconds: float = 180.0, log: Path | None = None) -> Run:
    """The run as soon as `reached` holds for it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if reached(run):
            return run
        time.sleep(0.02)
    told = log.read_text()[-3000:] if log and log.exists() else ""
    raise AssertionError(f"run {run.pk} is {run.state}, stage {run.stage!r}, after {seconds} s: {run.error}\n{told}")
