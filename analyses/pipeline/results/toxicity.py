"""Toxicity."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.pipeline.results.common import Test
from analyses.pipeline.spec import Population


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicityRow:
    """Patients per arm whose worst grade of `term` in `phase` is at least the study's grade; `by_grade[arm]` counts
    grades 3, 4, 5 (from the study's grade up to 5). The first row of a phase has the term 'Any'."""

    phase: str
    term: str
    counts: tuple[int, ...]
    percents: tuple[float | None, ...]
    by_grade: tuple[tuple[int, ...], ...]
    test: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicityResult:
    population: Population
    grade_from: int
    denominators: tuple[int, ...]
    rows: tuple[ToxicityRow, ...]
    note: str
