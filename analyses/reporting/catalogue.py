"""The table of contents of every report: all sections of a result, in reading order, diagnostics first."""

from __future__ import annotations

from analyses.pipeline.results import StudyResult
from analyses.reporting.content import NamedFigure, Section
from analyses.reporting.sections import cohort, factors, outcome, trust
from analyses.reporting.table import Table


def sections(result: StudyResult) -> tuple[Section, ...]:
    """Sections that the plan did not ask for are left out. Nothing is drawn yet."""
    found = (
        trust.diagnostics(result),
        cohort.attrition(result),
        cohort.baseline(result),
        cohort.score_and_balance(result),
        outcome.survival(result),
        factors.methods_compared(result),
        outcome.competing(result),
        factors.prognostic(result),
        outcome.combinations(result),
        factors.subgroups(result),
        outcome.landmarks(result),
        outcome.time_dependent(result),
        outcome.toxicity(result),
        factors.sensitivity(result),
        trust.methods(result),
        trust.manifest(result),
    )
    return tuple(section for section in found if section is not None)


def tables(result: StudyResult) -> tuple[Table, ...]:
    return tuple(table for section in sections(result) for table in section.tables)


def figures(result: StudyResult) -> dict[str, NamedFigure]:
    """Every figure by its name."""
    return {figure.name: figure for section in sections(result) for figure in section.figures}
