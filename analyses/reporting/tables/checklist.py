"""Reporting guidelines filled from the plan: STROBE for cohort studies, and the target trial with its emulation."""

from __future__ import annotations

from collections.abc import Iterator

from analyses.pipeline.results import StudyResult
from analyses.reporting import format, labels
from analyses.reporting.table import Table, left, row

BY_AUTHORS = "to be written by the authors"


def strobe_table(result: StudyResult) -> Table:
    """Each item of STROBE: what the plan and the result say of it, and where; the rest is the authors'."""
    return Table(
        name="strobe",
        title="STROBE items (cohort studies)",
        columns=(left("Item"), left("Topic"), left("In this study"), left("Where")),
        rows=tuple(row(*line) for line in _strobe(result)),
        notes=("Topics in our words, numbers as in STROBE (von Elm et al., 2007).",),
    )


def _strobe(result: StudyResult) -> Iterator[tuple[str, str, str, str]]:
    spec, matching = result.spec, result.matching
    events = sum(group.events for group in result.survival[0].groups) if result.survival else None
    yield "1", "Title and abstract", spec.title, "Heading"
    yield "2", "Background", BY_AUTHORS, ""
    yield "3", "Objectives", spec.question, "Heading"
    design = "Retrospective cohort" if spec.table is None else "Patients"
    yield "4", "Study design", f"{design} from {result.attrition.top_label}", "Methods"
    yield (
        "5",
        "Setting and dates",
        f"Data cut-off {result.manifest.data_cutoff or 'not stated'}; {BY_AUTHORS}",
        "Manifest",
    )
    yield "6a", "Eligibility", format.plural(len(result.attrition.rows), "criterion", "criteria"), "Attrition"
    yield "6b", "Matching", matching.method if matching else "none", "Score and balance"
    yield "7", "Outcomes, exposures, confounders", _variables(result), "Methods"
    yield "8", "Data sources", *_sources(result)
    yield "9", "Bias", _bias(result), "Diagnostics"
    yield "10", "Study size", f"All eligible patients; {_size(result)}", "Methods compared"
    yield "11", "Quantitative variables", "Groups as the plan sets them", "Methods"
    yield "12a", "Statistical methods", "Written from the plan", "Methods"
    yield "12b", "Subgroups and interactions", "done" if result.subgroups else "not part of the plan", "Subgroups"
    yield "12c", "Missing data", _missing(result), "Methods"
    yield "12d", "Loss to follow-up", "Censored at the last contact; reverse Kaplan-Meier", "Survival"
    yield "12e", "Sensitivity analyses", "done" if result.sensitivity else "not part of the plan", "Sensitivity"
    yield "13", "Participants", f"{_eligible(result)} of {result.attrition.top_count} eligible", "Attrition"
    yield "14", "Descriptive data", "by arm, with missing values", "Table 1"
    yield (
        "15",
        "Outcome events",
        format.ABSENT if events is None else f"{events} events of the first endpoint",
        "Survival",
    )
    yield "16", "Main results", "unadjusted and adjusted, with intervals", "Survival, Methods compared"
    yield "17", "Other analyses", "subgroups, landmarks, sensitivity, as far as planned", "their sections"
    yield "18-21", "Discussion", BY_AUTHORS, ""
    yield "22", "Funding", BY_AUTHORS, ""


def _sources(result: StudyResult) -> tuple[str, str]:
    if result.spec.table is None:
        return "Each value's record and field stand in the dataset", "Take away: dataset"
    return "One row per patient; the plan declares each variable's column", "result.json: spec.table"


def _variables(result: StudyResult) -> str:
    endpoints = [item.label for item in result.survival if item.population == "all"]
    covariates = len(result.propensity.covariates) if result.propensity else 0
    return (
        f"Endpoints: {format.joined(endpoints) or 'none by arm'}; {format.plural(covariates, 'covariate')} in the score"
    )


def _bias(result: StudyResult) -> str:
    failing = [format.uncapital(item.label) for item in result.diagnostics if item.verdict in ("warn", "fail")]
    return f"Warnings: {format.joined(failing)}" if failing else "All diagnostics pass"


def _size(result: StudyResult) -> str:
    found = result.effects.smallest_detectable if result.effects else None
    return f"smallest detectable hazard ratio {format.ratio(found)}" if found else "no sample size was planned"


def _missing(result: StudyResult) -> str:
    done = ["Unknown counts as a level in Table 1 and score", "complete cases in the prognostic model"]
    if result.imputation is not None:
        done.append("multiple imputation as sensitivity analysis")
    return "; ".join(done)


def _eligible(result: StudyResult) -> int:
    return sum(arm.n for arm in result.arms)


def target_table(result: StudyResult) -> Table:
    """The protocol of the trial that these data emulate, component by component."""
    return Table(
        name="target_trial",
        title="Target trial and its emulation",
        columns=(left("Component"), left("Target trial"), left("In these data")),
        rows=tuple(row(*line) for line in _target(result)),
        notes=(
            "Components of the protocol that TARGET asks for (Cashin et al., 2025). What the data cannot give is said, "
            "not smoothed over.",
        ),
    )


def _target(result: StudyResult) -> Iterator[tuple[str, str, str]]:
    spec = result.spec
    reference, treated = (arm.label for arm in result.arms)
    zero = labels.time_zero(spec)
    immortal = next((item for item in result.diagnostics if item.name == "immortal_time"), None)
    criteria = "; ".join(item.label for item in result.attrition.rows)
    source = "records" if spec.table is None else "table"
    yield "Eligibility", criteria, f"The same, from the {source}; who lacks a value is not eligible"
    yield "Strategies", f"{treated}, or {reference}", "As given, whatever was intended"
    yield "Assignment", "At random, not blinded", _assignment(result)
    yield (
        "Start of follow-up",
        "At assignment",
        f"{format.capital(zero)}. {immortal.sentence if immortal else ''}".strip(),
    )
    seen = "contacts, progressions and deaths" if spec.table is None else "the table's times and statuses"
    yield "Outcome", _outcomes(result), f"The same, from {seen}"
    yield "Causal contrast", "Effect of assignment", _estimands(result)
    yield (
        "Assumptions",
        "None beyond those of a trial",
        "No unmeasured confounding given the covariates, overlap of the arms, a well-defined treatment, censoring that "
        "says nothing of the outcome",
    )
    yield "Analysis", "As randomised", "As the methods section says"


def _assignment(result: StudyResult) -> str:
    by = "By the treating physicians" if result.spec.table is None else "Not by this study"
    if result.propensity is None:
        return f"{by}; not adjusted for"
    names = format.joined([format.uncapital(name) for name in labels.named(result, result.propensity.covariates)])
    return f"{by}; made alike by a score of {names}"


def _outcomes(result: StudyResult) -> str:
    found = dict.fromkeys(item.label for item in result.survival)
    return format.joined([*found, *(item.label for item in result.time_dependent)])


def _estimands(result: StudyResult) -> str:
    if result.effects is not None:
        return "; ".join(f"{item.label}: {item.estimand}" for item in result.effects.rows)
    return result.matching.estimand if result.matching else "Difference between the arms as they are"
