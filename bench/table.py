"""What a measurement is, and how the measurements are shown and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing measured at one size: `values` by who did it (`ours` first) in `unit`. The target is that ours is at
    most `limit` times the value of `against`, or, without `against`, at most `limit`. Where `against` was stopped, its
    value is `at_least` that: a ratio within the limit counts, one beyond it says nothing."""

    rows: int
    what: str
    values: Mapping[str, float]
    unit: str = "s"
    against: str = ""
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over that of `against`; None where one of them was not measured."""
        other = self.values.get(self.against)
        return None if other is None or OURS not in self.values else self.values[OURS] / other

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to judge it by."""
        found = self.ratio if self.against else self.values.get(OURS)
        if found is None or self.limit is None or (self.at_least and found > self.limit):
            return None
        return found <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under one heading; `remarks` say how they were measured."""

    title: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All sections of one run, and what they were measured on."""

    machine: Mapping[str, str]
    sections: Sequence[Section] = field(default_factory=tuple)

    def show(self, console: Console) -> None:
        console.print(", ".join(f"{name} {value}" for name, value in self.machine.items()))
        for section in self.sections:
            console.print(_drawn(section))
            for remark in section.remarks:
                console.print(f"  {remark}", style="dim", highlight=False)

    def write(self, folder: Path) -> None:
        """`bench.json` and `bench.txt`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bench.json").write_text(json.dumps(self._plain(), indent=1) + "\n")
        with (folder / "bench.txt").open("w") as file:
            self.show(Console(file=file, width=140))

    def _plain(self) -> dict[str, Any]:
        return {
            "machine": dict(self.machine),
            "sections": [
                {"title": section.title, "remarks": section.remarks, "lines": [*map(_plain_line, section.lines)]}
                for section in self.sections
            ],
        }


def _plain_line(line: Line) -> dict[str, Any]:
    return {
        "rows": line.rows,
        "what": line.what,
        "unit": line.unit,
        **line.values,
        "against": line.against,
        "ratio": line.ratio,
        "limit": line.limit,
        "at_least": line.at_least,
        "met": line.met,
        "note": line.note,
    }


def _drawn(section: Section) -> Table:
    names = list(dict.fromkeys(name for line in section.lines for name in line.values))
    table = Table(title=section.title, title_justify="left", title_style="bold", header_style="")
    table.add_column("rows", justify="right")
    table.add_column("")
    for name in (*names, "ratio", "target"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for line in section.lines:
        values = (_amount(line.values.get(name), line.unit) for name in names)
        table.add_row(f"{line.rows:,}", line.what, *values, _ratio(line), _target(line), _verdict(line))
    return table


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "s" and value < 0.1:
        return f"{value * 1000:.2f} ms"
    return f"{value:,.2f} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def _ratio(line: Line) -> str:
    return "" if line.ratio is None else f"{'<' if line.at_least else ''}{line.ratio:.3f}"


def _target(line: Line) -> str:
    if line.limit is None:
        return ""
    return f"<= {line.limit:g} x {line.against}" if line.against else f"<= {line.limit:g} {line.unit}"


def _verdict(line: Line) -> str:
    word = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[line.met]
    return f"{word} {line.note}".strip()
