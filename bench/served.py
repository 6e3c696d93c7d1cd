"""A process that keeps its data and answers line by line: R, or another Python whose memory is to be looked at."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import psutil

from bench.clocks import Contender, Timed

HERE = Path(__file__).resolve().parent


class TooLong(Exception):
    """The process did not answer within the time allowed; `seconds` is what it had computed by then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Served:
    """`with Served(...) as served: served.ask("cox")`. The process says first that it is ready, and ends with the
    block."""

    def __init__(self, *command: str | Path) -> None:
        self._process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._spent: float | None = None

    def __enter__(self) -> Served:
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
        self._output.close()
        self._process.wait()

    def ask(self, question: str, *, allowed: float | None = None) -> str:
        """The answer. Raises TooLong after `allowed` seconds, and the process is stopped; RuntimeError where it failed
        (its reason stands above)."""
        self._input.write(f"{question}\n")
        self._input.flush()
        if allowed is None:
            return self._line()
        before = self._computed()
        watch = threading.Timer(allowed, self._stop)
        watch.start()
        try:
            return self._line()
        except RuntimeError:
            if self._spent is None:
                raise
            raise TooLong(self._spent - before) from None
        finally:
            watch.cancel()

    @property
    def _input(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _line(self) -> str:
        line = self._output.readline()
        if not line:
            raise RuntimeError(f"the process ended early (status {self._process.wait()}).")
        return line

    def _computed(self) -> float:
        """Processor seconds of the process so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def _stop(self) -> None:
        self._spent = self._computed()
        self._process.kill()


def r_script(name: str, folder: Path) -> Served:
    """A script of this package on the columns in `folder`."""
    return Served("Rscript", "--vanilla", HERE / name, folder)


def python_module(name: str, *arguments: str | Path) -> Served:
    return Served(sys.executable, "-m", name, *arguments)


def timed(served: Served, step: str, repetitions: int = 1, *, allowed: float | None = None) -> Timed:
    """Seconds and answer of a step of an R script, as it measures them itself."""
    seconds, answer = map(float, served.ask(f"{step}\t{repetitions}", allowed=allowed).split())
    return Timed(seconds, answer)


def contender(served: Served, step: str) -> Contender:
    return lambda repetitions: timed(served, step, repetitions)


def r_version() -> str:
    """R and its survival package; empty where there is no Rscript, or no survival for it."""
    program = shutil.which("Rscript")
    if program is None:
        return ""
    asked = "cat(as.character(getRversion()), 'with survival', as.character(packageVersion('survival')))"
    return subprocess.run([program, "--vanilla", "-e", asked], capture_output=True, text=True, check=False).stdout
