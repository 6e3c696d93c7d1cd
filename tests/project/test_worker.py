"""The worker command, started as the demo starts it, on each broker."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from registry import processes
from registry.celery import PROCESSED_KEPT_SECONDS, app, prune_processed_messages
from registry.paths import BASE_DIR

PATIENCE_SECONDS = 60


def _until(condition: object) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.1)


def _environment(var_dir: Path, broker: str) -> dict[str, str]:
    info = connection.get_connection_params()
    host = info.get("host", "127.0.0.1")
    url = f"postgresql://{info.get('user', 'postgres')}:{info.get('password') or ''}@/{info['dbname']}?host={host}"
    if "port" in info:
        url += f"&port={info['port']}"
    return os.environ | {"DATABASE_URL": url, "REGISTRY_VAR_DIR": str(var_dir), "CELERY_BROKER_URL": broker}


def _ring(environment: dict[str, str]) -> None:
    code = "import django; django.setup(); from registry.tasks import clear_sessions; clear_sessions.delay()"
    subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, env=environment, check=True)


@pytest.mark.parametrize(
    "broker",
    [
        "",
        pytest.param("REDIS_URL", marks=pytest.mark.services),
        pytest.param("AMQP_URL", marks=pytest.mark.services),
    ],
    ids=["filesystem", "redis", "rabbitmq"],
)
@pytest.mark.django_db(transaction=True)
def test_does_what_is_rung_and_leaves_with_its_parent(tmp_path: Path, broker: str) -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    environment = _environment(tmp_path, os.environ[broker] if broker else "")
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--with-parent"],
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _ring(environment)
        _until(lambda: not Session.objects.exists())
        assert worker.stdin
        worker.stdin.close()
        assert worker.wait(PATIENCE_SECONDS) == 0
    finally:
        worker.kill()
        worker.wait()


def test_messages_carry_json_alone() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert not app.conf.task_acks_late


def test_delivered_messages_are_pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf.broker_transport_options, "processed_folder", str(tmp_path))
    old, new = tmp_path / "1.celery.msg", tmp_path / "2.celery.msg"
    old.touch()
    new.touch()
    long_ago = time.time() - PROCESSED_KEPT_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    prune_processed_messages()
    assert list(tmp_path.iterdir()) == [new]


def test_a_taken_port_is_said_in_one_line() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind((processes.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} of 127.0.0.1 cannot be had .*PORT="):
            processes.refuse_taken_port(port)


def test_the_filesystem_broker_lies_in_var() -> None:
    folders = [value for name, value in settings.CELERY_BROKER_TRANSPORT_OPTIONS.items() if "folder" in name]
    assert folders
    assert all(Path(folder).is_relative_to(settings.VAR_DIR) for folder in folders)
