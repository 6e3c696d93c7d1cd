"""Baseline tables."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.results.common import Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Table1Level:
    """`level` is 'Unknown' for missing values; `percents` are of the arm's patients counted in this variable."""

    level: str
    counts: tuple[int, ...]
    percents: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericSummary:
    n: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table1Row:
    """One variable: `levels` for a categorical one, `numeric` (one per arm) for a numeric one."""

    variable: str
    label: str
    unit: str
    levels: tuple[Table1Level, ...]
    numeric: tuple[NumericSummary, ...]
    missing: tuple[int, ...]
    test: Test
    smd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table1Result:
    """`columns` are the headings of the two groups compared (arms, or kept and lost), `denominators` their sizes."""

    title: str
    columns: tuple[str, ...]
    denominators: tuple[int, ...]
    rows: tuple[Table1Row, ...]
    smd_denominator: str
