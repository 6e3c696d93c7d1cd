"""Cells of one number: the printed text with the value behind it."""

from __future__ import annotations

from analyses.reporting import format
from analyses.reporting.table import Cell


def integer(value: int | None) -> Cell:
    return Cell(format.integer(value), value)


def number(value: float | None, decimals: int = 2) -> Cell:
    return Cell(format.number(value, decimals), value)


def p_value(value: float | None) -> Cell:
    return Cell(format.p_value(value), value)


def smd(value: float | None) -> Cell:
    return Cell(format.smd(value), value)
