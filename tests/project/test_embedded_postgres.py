"""The embedded server, driven by processes of its own, as `make demo` and a crash do it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from registry import embedded_postgres, paths

HOLD = """
import sys
from pathlib import Path
from registry import embedded_postgres
print(embedded_postgres.attach(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class Holder:
    """A process that attaches to the server of a folder and stays until told to leave."""

    def __init__(self, var_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(var_dir)],
            cwd=paths.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def uri(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def var_dir() -> Iterator[Path]:
    # pytest's own temporary folders are private, which root's server may not open.
    folder = Path(tempfile.mkdtemp(prefix="registry-"))
    folder.chmod(0o755)
    yield folder
    _stop(folder)
    shutil.rmtree(folder)


def _stop(var_dir: Path) -> None:
    for process in _server_processes(var_dir):
        process.kill()
        process.wait(10)


def _server_processes(var_dir: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == var_dir / "postgres" and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _postmaster(var_dir: Path) -> int:
    return int((var_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _one(uri: str, sql: str) -> object:
    with psycopg.connect(uri) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None  # type: ignore[index]


def test_outlives_the_first_process_and_ends_with_the_last(var_dir: Path) -> None:
    first, second = Holder(var_dir), Holder(var_dir)
    uri = first.uri()
    assert second.uri() == uri
    postmaster = _postmaster(var_dir)

    first.leave()
    assert _one(uri, "select 1") == 1
    assert _postmaster(var_dir) == postmaster

    second.leave()
    assert _server_processes(var_dir) == []


def test_a_killed_holder_does_not_keep_the_server_for_ever(var_dir: Path) -> None:
    killed, other = Holder(var_dir), Holder(var_dir)
    killed.uri(), other.uri()
    killed.kill()
    last = Holder(var_dir)
    last.uri()
    other.leave()
    last.leave()
    assert _server_processes(var_dir) == []


def test_survives_a_killed_server_and_keeps_what_was_committed(var_dir: Path) -> None:
    holder = Holder(var_dir)
    uri = holder.uri()
    _one(uri, "create table kept as select 41 + 1 as answer")
    open_connection = psycopg.connect(uri)  # a backend that has to notice that its server is gone
    os.kill(_postmaster(var_dir), signal.SIGKILL)

    again = Holder(var_dir)
    assert _one(again.uri(), "select answer from kept") == 42
    open_connection.close()
    holder.leave()
    again.leave()


@pytest.mark.parametrize("left_over", ["this test's own number", "cut short"])
def test_a_left_over_pid_file_is_not_believed(var_dir: Path, left_over: str) -> None:
    holder = Holder(var_dir)
    holder.uri()
    written = (var_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    holder.leave()
    lines = [str(os.getpid()), *written[1:]] if left_over == "this test's own number" else [str(os.getpid())]
    pid_file = var_dir / "postgres" / "postmaster.pid"
    pid_file.write_text("\n".join(lines) + "\n")
    os.chown(pid_file, (var_dir / "postgres").stat().st_uid, -1)

    again = Holder(var_dir)
    assert _one(again.uri(), "select 1") == 1
    again.leave()


def test_many_start_at_once(var_dir: Path) -> None:
    holders = [Holder(var_dir) for _ in range(4)]
    assert len({holder.uri() for holder in holders}) == 1
    for holder in holders:
        holder.leave()


def test_a_long_path_moves_the_socket_and_settings_follow(var_dir: Path) -> None:
    deep = var_dir.joinpath(*["a-folder-with-a-rather-long-name"] * 4)
    holder = Holder(deep)
    uri = holder.uri()
    assert str(deep) not in uri
    assert embedded_postgres.uri(deep) == uri
    assert _one(uri, "select 1") == 1
    holder.leave()
    _stop(deep)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_root_does_not_open_a_private_folder(var_dir: Path) -> None:
    private = var_dir / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(embedded_postgres.EmbeddedServerError, match=f"{private} is private \\(0700\\).*DATABASE_URL"):
        embedded_postgres.attach(private / "var")
    assert private.stat().st_mode & 0o777 == 0o700
    assert list(private.iterdir()) == []


def test_a_full_disk_is_said_in_one_line(var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "FREE_BYTES_NEEDED", 2**60)
    with pytest.raises(embedded_postgres.EmbeddedServerError) as caught:
        embedded_postgres.attach(var_dir)
    assert "free some space" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_cannot_start_names_its_reason_and_its_log(var_dir: Path) -> None:
    holder = Holder(var_dir)
    holder.uri()
    holder.leave()
    with (var_dir / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = '9000 TB'\n")
    started = time.monotonic()
    with pytest.raises(embedded_postgres.EmbeddedServerError, match=r"contains errors.*its log is .*/postgres/log"):
        embedded_postgres.attach(var_dir)
    assert time.monotonic() - started < 10


def test_importing_settings_starts_nothing(var_dir: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"REGISTRY_VAR_DIR": str(var_dir), "DEMO": "1"}
    subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DATABASES"],
        cwd=paths.BASE_DIR,
        env=environment | {"DJANGO_SETTINGS_MODULE": "registry.settings"},
        check=True,
    )
    assert not (var_dir / "postgres").exists()
