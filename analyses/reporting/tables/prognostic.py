"""Prognostic factors: univariate and multivariable Cox models, and every step between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyses.pipeline.results import CoxTerm, Model, PrognosticResult, UnivariateRow
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Row, Table, left, right, row

_ACTION = {"enter": "entered", "remove": "removed"}
_RATIO = ("Hazard ratio", "(95% CI)")


def cox_table(result: PrognosticResult, endpoint: str) -> Table:
    """Table 2: each variable alone, and in the final model."""
    model = {(term.variable, term.level): term for term in result.model.terms} if result.model else {}
    rows = [line for item in result.univariate for line in _variable(item, model)]
    shown = {item.variable for item in result.univariate}
    forced = [term for (variable, _), term in model.items() if variable not in shown]
    rows = [*_forced(forced), *rows]
    return Table(
        name="cox",
        title=f"Prognostic factors for {format.uncapital(endpoint)} (Table 2)",
        columns=(
            left("Factor"),
            right("Patients", group="Univariate"),
            right(*_RATIO, group="Univariate"),
            right("p", group="Univariate"),
            right(*_RATIO, group="Multivariable"),
            right("p", group="Multivariable"),
        ),
        rows=tuple(rows),
        notes=tuple(_notes(result)),
    )


def _notes(result: PrognosticResult) -> Iterator[str]:
    if result.model is not None:
        yield (
            f"Multivariable model: {format.plural(result.model.n, 'complete case')} ({result.model.missing:,} left out "
            f"for missing values), {format.plural(result.model.events, 'event')}; selection: "
            f"{labels.selection(result.method)}."
        )
    yield from result.notes
    yield from (f"{item.label}: {item.note}." for item in result.univariate if item.note)
    for rare in result.rare:
        yield f"{rare.label}, {rare.level}: left out as rare ({format.plural(rare.n, 'patient')})."


def _forced(terms: list[CoxTerm]) -> Iterator[Row]:
    seen = ""
    for term in terms:
        if term.variable != seen:
            yield row(f"{term.label} (reference: {term.reference})", *[""] * 5, kind="group")
        seen = term.variable
        yield row(term.level, "", "", "", _ratio(term), cells.p_value(term.p), kind="level")


def _variable(item: UnivariateRow, model: dict[tuple[str, str], CoxTerm]) -> Iterator[Row]:
    if not item.terms:
        yield row(item.label, cells.integer(item.n), format.ABSENT, format.ABSENT, "", "")
        return
    reference = item.terms[0].reference
    head = f"{item.label} (reference: {reference})" if reference else item.label
    numeric = len(item.terms) == 1 and not item.terms[0].level
    if not numeric:
        yield row(head, cells.integer(item.n), *[""] * 4, kind="group")
    for term in item.terms:
        adjusted = model.get((term.variable, term.level))
        yield row(
            item.label if numeric else term.level,
            cells.integer(item.n) if numeric else "",
            _ratio(term),
            cells.p_value(term.p),
            _ratio(adjusted) if adjusted else "",
            cells.p_value(adjusted.p) if adjusted else "",
            kind="plain" if numeric else "level",
        )


def _ratio(term: CoxTerm) -> Cell:
    return Cell(format.ratio_interval(term.hr, term.lower, term.upper))


def steps_table(result: PrognosticResult, known: Mapping[str, str]) -> Table:
    """The path of the stepwise selection; `known` gives the labels of variables."""

    def names(variables: tuple[str, ...]) -> str:
        return ", ".join(known.get(name, name) for name in variables) or format.ABSENT

    rows = [
        row(
            cells.integer(step.number),
            _ACTION[step.action],
            step.label,
            step.test,
            cells.number(step.statistic, 3),
            cells.integer(step.df),
            cells.p_value(step.p),
            cells.number(step.loglik, 3),
            names(step.model),
        )
        for step in result.steps
    ]
    return Table(
        name="cox_steps",
        title="Stepwise selection, step by step",
        columns=(
            right("Step"),
            left("Action"),
            left("Factor"),
            left("Test"),
            right("Statistic"),
            right("df"),
            right("p"),
            right("Log likelihood"),
            left("Model after the step"),
        ),
        rows=tuple(rows),
        notes=(
            f"Selection: {labels.selection(result.method)}.",
            f"Candidates: {names(result.candidates)}.",
            f"In the model from the start: {names(result.forced)}.",
        ),
    )


def model_table(model: Model) -> Table:
    """The final model in full: model-based and pair-robust intervals."""
    robust = {(term.variable, term.level): term for term in model.robust}
    rows = []
    for term in model.terms:
        clustered = robust.get((term.variable, term.level))
        rows.append(
            row(
                f"{term.label}: {term.level} vs {term.reference}" if term.level else term.label,
                cells.number(term.log_hr, 4),
                cells.number(term.se, 4),
                _ratio(term),
                cells.p_value(term.p),
                _ratio(clustered) if clustered else format.ABSENT,
                cells.p_value(clustered.p if clustered else None),
            )
        )
    return Table(
        name="cox_model",
        title="Multivariable Cox model",
        columns=(
            left("Term"),
            right("Coefficient", group="Model-based"),
            right("SE", group="Model-based"),
            right(*_RATIO, group="Model-based"),
            right("p", group="Model-based"),
            right(*_RATIO, group="Robust, by pair"),
            right("p", group="Robust, by pair"),
        ),
        rows=tuple(rows),
        notes=(
            f"{format.plural(model.n, 'patient')}, {format.plural(model.events, 'event')}; "
            f"{model.events_per_term:.1f} events per term; concordance {format.number(model.concordance, 3)}; "
            f"log likelihood {format.number(model.loglik[0], 3)} (null), {format.number(model.loglik[1], 3)} (model).",
        ),
    )


def hazards_table(model: Model) -> Table:
    """The test of proportional hazards, factor by factor."""
    return Table(
        name="cox_ph",
        title="Test of proportional hazards in the multivariable model",
        columns=(left("Factor"), right("Chi-square"), right("df"), right("p")),
        rows=tuple(
            row(item.label, cells.number(item.statistic, 2), cells.integer(item.df), cells.p_value(item.p))
            for item in model.proportional_hazards
        ),
        notes=("Scaled Schoenfeld residuals, Kaplan-Meier time.",),
    )
