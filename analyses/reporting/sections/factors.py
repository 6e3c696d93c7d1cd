"""What else matters: prognostic factors, subgroups, sensitivity."""

from __future__ import annotations

from analyses.pipeline.results import StudyResult
from analyses.reporting import format, labels
from analyses.reporting.content import NamedFigure, Section
from analyses.reporting.figures.effects import cox_forest, method_forest, subgroup_forest
from analyses.reporting.sections.outcome import reminder
from analyses.reporting.table import Table
from analyses.reporting.tables import prognostic as tables
from analyses.reporting.tables.effects import subgroups_table
from analyses.reporting.tables.methods_compared import (
    differences_table,
    effects_table,
    imputation_table,
    stability_table,
)
from analyses.reporting.tables.robustness import sensitivity_table, tie_orders_table


def prognostic(result: StudyResult) -> Section | None:
    found = result.prognostic
    if found is None:
        return None
    endpoint = labels.endpoint(result, found.endpoint)
    content: list[NamedFigure | Table] = []
    if found.model is not None and found.model.terms:
        content.append(
            NamedFigure(
                name="cox_forest",
                title=f"Factors of the multivariable model for {format.uncapital(endpoint)}",
                caption=f"{format.plural(found.model.n, 'patient')}, {format.plural(found.model.events, 'event')}.",
                alt="Forest plot. "
                + "; ".join(
                    f"{term.label} {term.level} HR {format.ratio_interval(term.hr, term.lower, term.upper)}"
                    for term in found.model.terms
                ),
                drawing=cox_forest(found.model),
            )
        )
    content.append(tables.cox_table(found, endpoint))
    if found.model is not None:
        content += [tables.model_table(found.model), tables.hazards_table(found.model)]
    content.append(tables.steps_table(found, labels.variable_labels(result)))
    if result.stability is not None:
        content.append(stability_table(result.stability))
    return Section(
        name="prognostic",
        title="Prognostic factors",
        warnings=reminder(result),
        content=tuple(content),
    )


def subgroups(result: StudyResult) -> Section | None:
    found = result.subgroups
    if found is None:
        return None
    endpoint = labels.endpoint(result, found.endpoint)
    figure = NamedFigure(
        name="subgroups",
        title=f"{endpoint} in subgroups, {labels.population(found.population)}",
        caption=(
            "Hazard ratios with 95% CI; squares grow with the number of events; dashed: all patients. "
            f"{found.statement}"
        ),
        alt="Forest plot of the hazard ratio per subgroup; the numbers stand in the table below.",
        drawing=subgroup_forest(found, result.arms),
    )
    return Section(
        name="subgroups",
        title="Subgroups",
        warnings=reminder(result),
        content=(figure, subgroups_table(found, result.arms, endpoint)),
    )


def methods_compared(result: StudyResult) -> Section | None:
    """The effect by every method side by side, and after imputation."""
    if result.effects is None and result.imputation is None:
        return None
    content: list[NamedFigure | Table] = []
    if result.effects is not None:
        endpoint = labels.endpoint(result, result.effects.endpoint)
        content.append(
            NamedFigure(
                name="effects",
                title=f"Effect on {format.uncapital(endpoint)} by method",
                caption="Hazard ratios with 95% CI; by bootstrap where the plan asks for it.",
                alt="Forest plot of the hazard ratio by method; the numbers stand in the table below.",
                drawing=method_forest(result.effects, result.arms),
            )
        )
        content.append(effects_table(result.effects, result.arms, endpoint))
        if result.effects.differences:
            content.append(differences_table(result.effects, result.arms, endpoint))
    if result.imputation is not None:
        content.append(imputation_table(result.imputation, labels.endpoint(result, result.imputation.endpoint)))
    return Section(name="effects", title="Methods compared", warnings=reminder(result), content=tuple(content))


def sensitivity(result: StudyResult) -> Section | None:
    found = result.sensitivity
    if found is None:
        return None
    endpoint = labels.endpoint(result, found.endpoint)
    ties = (tie_orders_table(found.tie_orders, endpoint),) if found.tie_orders else ()
    rows = (sensitivity_table(found, result.arms, endpoint),) if found.rows else ()
    return Section(name="sensitivity", title="Sensitivity", content=(*ties, *rows))
