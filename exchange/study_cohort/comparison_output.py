"""The comparison as a table in the terminal and as CSV."""

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from exchange.study_cohort.comparison_row import Row

COLUMNS = ("section", "figure", "published", "ours", "verdict", "note")
STYLES = {True: "green", False: "bold red", None: "dim"}


def show(rows: Sequence[Row], console: Console) -> None:
    """Print one table per section, then how many targets were met."""
    for section, found in groupby(rows, key=lambda row: row.section):
        members = list(found)
        # A note that holds for the whole section is said once, below it.
        shared = members[0].note if len({row.note for row in members}) == 1 else ""
        table = Table(title=section, title_justify="left", caption=shared or None, caption_justify="left", box=SIMPLE)
        for heading in ("figure", "published", "ours", "target"):
            table.add_column(heading, overflow="fold")
        for row in members:
            note = f"{row.verdict}: {row.note}" if row.note and not shared else row.verdict
            table.add_row(row.figure, row.published, row.ours, note, style=STYLES[row.met])
        console.print(table)
    console.print(summary(rows))


def summary(rows: Sequence[Row]) -> str:
    targets = [row for row in rows if row.met is not None]
    met = sum(row.met is True for row in targets)
    return (
        f"{met} of {len(targets)} targets met; {len(rows) - len(targets)} further figures are shown without a target."
    )


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """UTF-8 with a heading; one line per figure."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
