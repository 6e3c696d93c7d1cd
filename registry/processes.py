"""The long-running processes of a registry on one machine: its web server and its worker."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from gunicorn.app.base import BaseApplication

from registry.paths import BASE_DIR

HOST = "127.0.0.1"
# How long a worker may take to end its present task when it is told to leave.
GRACE_SECONDS = 10


class Site(BaseApplication):
    """gunicorn in this process, so that its workers end when this process does, however it ends."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"{HOST}:{self.port}",
            "workers": 2,
            "worker_class": "gthread",
            "threads": 4,
            "timeout": 120,
            "loglevel": "warning",
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from registry.wsgi import application

        return application


def serve(port: int) -> None:
    """Serve the site on this machine alone until interrupted."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # the static files' server warns where it is absent
    connections.close_all()  # the server forks, and no two processes may share a connection
    Site(port).run()


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"port {port} of {HOST} cannot be had ({error.strerror}): stop what listens there, or choose another, "
                "for example `make demo PORT=8001`."
            ) from None


@contextmanager
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    """A Celery worker with its own clock, beside this process and never longer than it."""
    owner = os.getpid()
    child = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--beat", "--with-parent"],
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # what matters comes on standard error
        start_new_session=True,  # an interrupt from the keyboard is for this process, which then ends the worker
    )
    try:
        yield child
    finally:
        # The web server's forked workers leave through here as well; the worker is not theirs to stop.
        if os.getpid() == owner:
            child.terminate()
            try:
                child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                # It is in the midst of a run, which the next worker takes over when its lease ends.
                os.killpg(child.pid, signal.SIGKILL)


def leave_with_parent() -> None:
    """End this process as a terminate signal would when the parent that holds its standard input is gone."""
    stdin = sys.stdin.fileno()

    def watch() -> None:
        # Not through sys.stdin: its lock would be held for ever in the processes that the worker forks.
        while os.read(stdin, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
