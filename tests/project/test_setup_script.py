"""What `make` says on a machine that lacks something: one line, and what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry.paths import BASE_DIR


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A new folder with what the set-up reads, and a place for commands that stand in for the machine's."""
    for folder in ("tools", "requirements"):
        shutil.copytree(BASE_DIR / folder, tmp_path / folder)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _command(checkout: Path, name: str, script: str) -> Path:
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)
    return path


def _set_up(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        [checkout / "tools" / "setup", "base"],
        env=os.environ | {"PATH": path} | environment,
        capture_output=True,
        text=True,
    )


def _refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def test_no_recent_python(checkout: Path) -> None:
    line = _refused(_set_up(checkout, PYTHON="no-such-python"))
    assert line.startswith("setup: Python 3.11 or later is needed and was not found")


def test_an_old_python_is_passed_over(checkout: Path) -> None:
    _command(checkout, "old-python", "exit 1")
    assert "Python 3.11 or later" in _refused(_set_up(checkout, PYTHON="old-python"))


def test_no_venv_module(checkout: Path) -> None:
    without = _command(checkout, "bare-python", f'[[ "$2" == *ensurepip* ]] && exit 1; exec {sys.executable} "$@"')
    assert "apt install python3-venv" in _refused(_set_up(checkout, PYTHON=str(without)))


def test_no_disk_space(checkout: Path) -> None:
    _command(checkout, "df", "printf 'Filesystem 1M-blocks Used Available\\n/dev/x 9 8 7\\n'")
    line = _refused(_set_up(checkout, PYTHON=sys.executable))
    assert "has 7 MB left" in line
    assert "free some space" in line
