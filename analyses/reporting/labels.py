"""What a reader calls the variables, populations and moments that a result names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyses.pipeline.results import StudyResult, Table1Row
from analyses.pipeline.spec import Population, StudySpec
from analyses.reporting import format

_TIME_ZERO = {
    "diagnosis": "diagnosis",
    "metastasis": "diagnosis of metastasis",
    "pct_start": "start of palliative chemotherapy",
    "rt_start": "start of radiotherapy",
    "rt_end": "end of radiotherapy",
}
_POPULATION: dict[Population, str] = {"all": "all eligible patients", "matched": "matched patients"}
_PHASE = {
    "PCT": "During palliative chemotherapy",
    "RT": "During radiotherapy",
    "late": "Late",
}

_SELECTION = {
    "forward-lr": "forward, entry by score test, removal by likelihood ratio",
    "backward-lr": "backward, likelihood ratio",
    "backward-wald": "backward, Wald",
    "aic": "Akaike information criterion",
    "enter": "all candidates entered",
}


def selection(method: str) -> str:
    """A method of stepwise selection in words."""
    return _SELECTION.get(method, method)


def population(name: Population) -> str:
    return _POPULATION[name]


def phase(name: str) -> str:
    return _PHASE.get(name, name)


def time_zero(spec: StudySpec) -> str:
    """Where the clock starts, as the time axis says it."""
    if spec.derivation is not None and spec.derivation.landmark_months is not None:
        return f"the landmark {format.duration(spec.derivation.landmark_months)} months after metastasis"
    return _TIME_ZERO.get(spec.time_zero, spec.time_zero) if spec.table is None else spec.time_zero


def variable_labels(result: StudyResult) -> dict[str, str]:
    """Label of every variable that the result mentions, by name."""
    found = {recode.name: recode.label for recode in result.spec.recodes}
    found.update(_mentioned(result))
    return found


def _mentioned(result: StudyResult) -> Iterator[tuple[str, str]]:
    rows: list[Table1Row] = [*result.table1_before.rows] if result.table1_before else []
    yield from ((row.variable, row.label) for row in rows)
    if result.propensity:
        yield from ((item.variable, item.label) for item in result.propensity.screened)
    if result.balance:
        yield from ((row.variable, row.label) for row in result.balance.rows)
    if result.prognostic:
        yield from ((row.variable, row.label) for row in result.prognostic.univariate)
    if result.subgroups:
        yield from ((item.variable, item.label) for item in result.subgroups.variables)


def term(known: Mapping[str, str], name: str) -> str:
    """'age_group=>=45', as models name their columns, in words: 'Age group: >=45'."""
    variable, separator, level = name.partition("=")
    label = known.get(variable)
    return f"{label}: {level}" if label and separator else label or name


def named(result: StudyResult, variables: tuple[str, ...]) -> list[str]:
    """Labels of some variables; a name without a label is shown with spaces."""
    known = variable_labels(result)
    return [known.get(name, name.replace("_", " ")) for name in variables]


def endpoint(result: StudyResult, name: str) -> str:
    """Label of an endpoint as the survival comparisons print it, else its name in capitals."""
    for comparison in result.survival:
        if comparison.endpoint == name:
            return comparison.label
    return next((item.label for item in result.time_dependent if item.endpoint == name), name.upper())
