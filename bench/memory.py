"""Peak memory of our methods, each in a process of its own, beside the size of the design matrix.

Run as `python -m bench.memory cox FOLDER` it prints two numbers of bytes: by how much the process grew at its peak,
the design matrix included, and the size of that matrix.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from analyses.pipeline.cox import fit_cox
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.propensity import fit_propensity
from bench.flat_rows import FlatRows, flat_rows
from bench.handover import write_columns
from bench.table import OURS, Line, Section

MEGABYTE = 1e6
SMALLEST = 100_000  # below, the libraries' own buffers are larger than the data
LIMITS = {1_000_000: 3.0}
DESIGN = "design matrix"
REMARKS = ("Growth of a process of its own at its peak, the design matrix (20 doubles a row) included.",)


def peak_memory() -> int:
    """Bytes of this process at its highest."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # getrusage would give a child the peak of its parent
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) * 1024


def _score_and_match(rows: FlatRows) -> None:
    match_nearest(fit_propensity(rows.design, rows.arm).score, rows.arm, caliper=0.1)


WORK: dict[str, tuple[str, Callable[[FlatRows], object]]] = {
    "cox": ("Cox, 20 covariates, Efron", lambda rows: fit_cox(rows.design, rows.time, rows.event)),
    "pairs": ("Score + match", _score_and_match),
}


def memory(sizes: Sequence[int], folder: Path) -> Section:
    """Each method at each size that is large enough to tell."""
    lines = [line for rows in sizes if rows >= SMALLEST for line in _at(rows, folder / f"flat_{rows}")]
    return Section(title="Peak memory", lines=tuple(lines), remarks=REMARKS)


def _at(n: int, folder: Path) -> list[Line]:
    write_columns(flat_rows(n).columns(), folder)
    return [_measured(n, name, folder) for name in WORK]


def _measured(rows: int, name: str, folder: Path) -> Line:
    command = [sys.executable, "-m", "bench.memory", name, str(folder)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    grown, design = (int(number) / MEGABYTE for number in said.split())
    values = {OURS: grown, DESIGN: design}
    return Line(rows=rows, what=WORK[name][0], values=values, unit="MB", against=DESIGN, limit=LIMITS.get(rows))


def _main(name: str, folder: Path) -> None:
    work = WORK[name][1]
    work(flat_rows(1000))  # so that what is loaded or set up once counts before
    before = psutil.Process().memory_info().rss
    rows = FlatRows.read(folder)
    work(rows)
    print(peak_memory() - before, rows.design.nbytes)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
