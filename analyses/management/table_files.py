"""The files of a study on a flat table: the one that it reads, and the folder that it writes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.core.management.base import CommandError

from analyses.pipeline.flat.problems import Problem
from records import uploads

PROBLEMS = "problems.csv"
RESULT = "result.json"
# What a study writes: the rest of a folder is somebody else's.
FILES = ("report.html", "tables.xlsx", "dataset.parquet", RESULT, PROBLEMS)
FOLDERS = ("tables", "figures")


def sheet(file: Path, name: str = "") -> uploads.Sheet:
    """The file's only sheet, or the one of this name. Raises CommandError."""
    try:
        sheets = uploads.read_table(file).sheets
    except (uploads.UploadRefused, OSError) as error:
        raise CommandError(str(error)) from error
    wanted = [item for item in sheets if not name or item.name == name]
    if len(wanted) != 1:
        names = ", ".join(repr(item.name) for item in sheets)
        raise CommandError(f"{file} has the sheets {names}: name one of them as 'sheet' of the table's declaration.")
    return wanted[0]


def refuse_taken(folder: Path, *, overwrite: bool) -> None:
    """Raises CommandError unless the folder is new or empty (but for a list of problems), or an earlier study that may
    be replaced."""
    held = {item.name for item in folder.iterdir()} - {PROBLEMS} if folder.is_dir() else set()
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is a file: name a folder to write into.")
    if held and RESULT not in held:
        raise CommandError(f"{folder} is not empty and holds no study ({min(held)}): name another folder.")
    if held and not overwrite:
        raise CommandError(f"{folder} holds a study: name another folder, or say --overwrite to replace it.")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """The files of a study, in the place of an earlier one's; the result comes last, when all else is there."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in sorted(files, key=lambda name: name == RESULT):
        target = folder / name
        if target.resolve().parent not in (folder.resolve(), *((folder / inner).resolve() for inner in FOLDERS)):
            raise CommandError(f"'{name}' leads out of {folder}: the plan has a name that cannot be a file's.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[name])


def write_problems(folder: Path, problems: Iterable[Problem]) -> Path:
    """Every problem as a line of a CSV file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / PROBLEMS).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "value", "what is wrong", "what to do"])
        writer.writerows([item.line, item.column, item.value, item.wrong, item.remedy] for item in problems)
    return folder / PROBLEMS
