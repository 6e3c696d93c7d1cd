"""What happened: survival by arm, combinations, landmarks, exposure as it begins, toxicity."""

from __future__ import annotations

from analyses.pipeline.results import CompetingResult, LandmarkResult, StudyResult, SurvivalComparison
from analyses.reporting import format, labels
from analyses.reporting.content import NamedFigure, Section
from analyses.reporting.figures.incidence import cumulative_incidence, gray_lines
from analyses.reporting.figures.kaplan_meier import effect_lines, kaplan_meier
from analyses.reporting.tables import survival as tables
from analyses.reporting.tables.competing import competing_table, incidence_table
from analyses.reporting.tables.effects import landmark_table, time_dependent_table
from analyses.reporting.tables.toxicity import toxicity_table

_CURVES = (
    "Kaplan-Meier estimates; ticks mark censoring; the axis ends where fewer than a tenth of the patients are at risk."
)


def survival(result: StudyResult) -> Section | None:
    if not result.survival:
        return None
    figures = [
        _curves(item, result, name=f"km_{item.endpoint}_{item.population}", start=labels.time_zero(result.spec))
        for item in result.survival
    ]
    return Section(
        name="survival",
        title="Survival",
        warnings=result.warnings,
        content=(
            *figures,
            tables.groups_table(result.survival, name="survival", title="Survival by arm"),
            tables.comparison_table(result.survival, name="hazard_ratios", title="Log-rank tests and hazard ratios"),
            tables.difference_table(result.survival, name="differences", title="Differences between the arms"),
        ),
    )


def _curves(item: SurvivalComparison, result: StudyResult, *, name: str, start: str, title: str = "") -> NamedFigure:
    readings = [
        f"{group.label}: {group.events} events in {group.n} patients, median "
        f"{format.months_interval(group.median)} months"
        for group in item.groups
    ]
    band = " Shaded: 95% CI." if len(item.groups) == 2 else ""
    return NamedFigure(
        name=name,
        title=title or item.title,
        caption=f"{_CURVES}{band}" + (f" {item.note}" if item.note else ""),
        alt="Kaplan-Meier curves. " + "; ".join([*readings, *effect_lines(item)]) + ".",
        drawing=kaplan_meier(
            item, time_label=f"Months from {start}", heading=format.capital(labels.population(item.population))
        ),
    )


def competing(result: StudyResult) -> Section | None:
    if not result.competing:
        return None
    start = labels.time_zero(result.spec)
    figures = [_incidence(item, start) for item in result.competing]
    return Section(
        name="competing",
        title="Competing risks",
        warnings=reminder(result),
        content=(*figures, incidence_table(result.competing), competing_table(result.competing)),
    )


def _incidence(item: CompetingResult, start: str) -> NamedFigure:
    population = labels.population(item.population)
    readings = [f"{arm.label}: {arm.events} events in {arm.n} patients" for arm in item.arms]
    return NamedFigure(
        name=f"incidence_{item.endpoint}_{item.population}",
        title=f"{item.label}, {population}",
        caption=f"Aalen-Johansen estimates; {format.uncapital(item.competing_label)} competes. Shaded: 95% CI.",
        alt="Curves of cumulative incidence. " + "; ".join([*readings, *gray_lines(item)]) + ".",
        drawing=cumulative_incidence(item, time_label=f"Months from {start}", heading=format.capital(population)),
    )


def combinations(result: StudyResult) -> Section | None:
    if not result.combinations:
        return None
    shown = [(item, item.comparison) for item in result.combinations if item.comparison is not None]
    start = labels.time_zero(result.spec)
    figures = [
        _curves(found, result, name=f"combination_{item.name}", start=start, title=f"{found.label}: {item.title}")
        for item, found in shown
    ]
    empty = [f"{item.title}: no patients in {format.joined(item.empty)}." for item in result.combinations if item.empty]
    empty += [
        f"{item.title}: fewer than two groups have patients." for item in result.combinations if not item.comparison
    ]
    found = [comparison for _, comparison in shown]
    content = (
        tables.groups_table(found, name="combinations", title="Survival by treatment combination"),
        tables.comparison_table(found, name="combination_tests", title="Treatment combinations compared"),
    )
    return Section(
        name="combinations",
        title="Combinations",
        paragraphs=tuple(empty),
        warnings=reminder(result),
        content=(*figures, *(content if found else ())),
    )


def landmarks(result: StudyResult) -> Section | None:
    if not result.landmarks:
        return None
    content = [_landmark_curves(item, item.comparison, result) for item in result.landmarks if item.comparison]
    found = [item.comparison for item in result.landmarks if item.comparison]
    endpoints = [labels.endpoint(result, item.endpoint) for item in result.landmarks]
    after = (
        (tables.groups_table(found, name="landmark_survival", title="Survival from the landmarks"),) if found else ()
    )
    return Section(
        name="landmarks",
        title="Landmarks",
        paragraphs=tuple(dict.fromkeys(item.statement for item in result.landmarks)),
        warnings=reminder(result),
        content=(*content, landmark_table(result.landmarks, endpoints), *after),
    )


def _landmark_curves(item: LandmarkResult, found: SurvivalComparison, result: StudyResult) -> NamedFigure:
    months = format.duration(item.months)
    return _curves(found, result, name=f"landmark_{item.endpoint}_{months}", start=f"the landmark at {months} months")


def time_dependent(result: StudyResult) -> Section | None:
    if not result.time_dependent:
        return None
    adjusted = labels.named(result, result.time_dependent[0].adjusted_for)
    return Section(
        name="time_dependent",
        title="Exposure as it begins",
        warnings=reminder(result),
        content=(time_dependent_table(result.time_dependent, adjusted),),
    )


def toxicity(result: StudyResult) -> Section | None:
    if result.toxicity is None:
        return None
    return Section(name="toxicity", title="Toxicity", content=(toxicity_table(result, result.toxicity),))


def reminder(result: StudyResult) -> tuple[str, ...]:
    """The names of the diagnostics that do not pass, for sections that print estimates further down."""
    names = [item.label for item in result.diagnostics if item.verdict in ("warn", "fail")]
    return (f"Read with the diagnostics that do not pass: {'; '.join(names)}.",) if names else ()
