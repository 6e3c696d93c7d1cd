"""A table as a value, before it is HTML, CSV, XLSX or Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading; `unit` is printed after it, `align` is 'right' for numbers, `group` spans neighbours of one name."""

    title: str
    unit: str = ""
    align: Align = "right"
    group: str = ""

    @property
    def heading(self) -> str:
        return f"{self.title}, {self.unit}" if self.unit else self.title

    @property
    def full_heading(self) -> str:
        """The heading on one line, for forms without spanning heads."""
        return f"{self.group}: {self.heading}" if self.group else self.heading


@dataclass(frozen=True, slots=True)
class Cell:
    """What the reader sees; `number` is the value behind it where the cell holds one number alone."""

    text: str
    number: float | int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`kind`: 'group' heads the 'level' rows that follow it; 'plain' stands alone."""

    cells: tuple[Cell, ...]
    kind: Literal["plain", "group", "level"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`name` is the file stem; notes stand below. Every row has as many cells as there are columns (ValueError)."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"{self.name}: a row of {len(row.cells)} cells under {len(self.columns)} columns")


def left(title: str, unit: str = "") -> Column:
    return Column(title=title, unit=unit, align="left")


def right(title: str, unit: str = "", group: str = "") -> Column:
    return Column(title=title, unit=unit, group=group)


def row(*cells: str | Cell, kind: Literal["plain", "group", "level"] = "plain") -> Row:
    return Row(cells=tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells), kind=kind)
