"""How fast the project is, beside R where there is one: `make bench SIZES=355,10000`."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import django
from rich.console import Console

from analyses.pipeline.threads import one_thread
from bench.memory import memory
from bench.methods import methods
from bench.pages import pages
from bench.records import records
from bench.served import r_version
from bench.table import Report, Section
from registry import paths

SIZES = (355, 10_000, 100_000, 1_000_000)
SECTIONS = ("methods", "memory", "plan", "replicates", "records", "pages")
LIBRARIES = ("numpy", "scipy", "pandas", "lifelines")
WIDTH = 140


def main() -> None:
    options = _options()
    # R has one thread, and cores are shared with whatever else runs.
    with one_thread():
        _run(options)


def _run(options: argparse.Namespace) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()
    folder = paths.var_dir() / "bench"
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    sections = list[Section]()
    for section in _sections(options, folder, console):
        sections.append(section)
        report = Report(machine=_machine(), sections=sections)
        report.write(folder)  # what is done stays, should a later section be stopped
    report.show(console)
    console.print(f"Written to {folder}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="rows, separated by commas")
    parser.add_argument("--sections", type=_names, default=SECTIONS, help=f"some of {','.join(SECTIONS)}")
    parser.add_argument(
        "--records", type=int, default=100_000, metavar="PATIENTS", help="patients of the records section"
    )
    parser.add_argument("--pages", type=int, default=50_000, metavar="PATIENTS", help="patients of the pages section")
    parser.add_argument("--r-minutes", type=float, default=40, help="R gets so long for one run of the whole plan")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(map(int, text.split(","))))


def _names(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if not set(chosen) <= set(SECTIONS):
        raise argparse.ArgumentTypeError(f"one or more of {','.join(SECTIONS)}, not {text}")
    return chosen


def _sections(options: argparse.Namespace, folder: Path, console: Console) -> Iterator[Section]:
    # What forks or loads Django does so only where it is asked for.
    from bench.replicates import replicates
    from bench.whole_plan import whole_plan

    with_r = bool(r_version())
    work = {
        "methods": lambda: methods(options.sizes, folder, with_r=with_r),
        "memory": lambda: memory(options.sizes, folder),
        "plan": lambda: whole_plan(options.sizes, folder, with_r=with_r, r_seconds=60 * options.r_minutes),
        "replicates": replicates,
        "records": lambda: records(options.records),
        "pages": lambda: pages(options.pages),
    }
    for name in options.sections:
        with console.status(name):
            yield work[name]()


def _machine() -> dict[str, str]:
    found = {"cores": str(os.cpu_count()), "python": platform.python_version(), "R": r_version() or "not here"}
    return found | {name: version(name) for name in LIBRARIES}


if __name__ == "__main__":
    main()
