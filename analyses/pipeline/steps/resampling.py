"""What is repeated in resampled patients: weighted and matched effects, and the stepwise model, in chunks."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any

import numpy as np

from analyses.pipeline.checks import InputError
from analyses.pipeline.design import Floats
from analyses.pipeline.resampling import (
    MatchedPairs,
    Outcomes,
    RefittedEffects,
    SelectedVariables,
    Statistic,
    bootstrap_chunk,
    matched_pairs,
    refitted_effects,
    rematched_log_hr,
    selected_variables,
    shares,
    weighted_log_hr,
)
from analyses.pipeline.results import PrognosticResult, SelectedShare, StabilityResult
from analyses.pipeline.spec import Matching, Prognostic, StudySpec
from analyses.pipeline.steps.pairing import Paired, exact_labels
from analyses.pipeline.steps.prognostic import stepwise_blocks

REMATCHED = "rematched"


def replicates(paired: Paired, spec: StudySpec, kind: str, numbers: range) -> Outcomes:
    """The outcomes of the replicates of one kind; empty where the cohort leaves nothing to repeat."""
    statistic = STATISTICS[kind](paired, spec)
    return {} if statistic is None else bootstrap_chunk(statistic, numbers, seed=spec.seed)


def _patients(paired: Paired, spec: StudySpec) -> RefittedEffects:
    """Patients are drawn; score, weights and matching are done anew."""
    scored, options = paired.scored, spec.weighting
    if scored is None or options is None:
        raise TypeError("chunk_tasks asks for no such chunk without score and weighting")
    estimators: dict[str, Any] = {
        item: partial(
            weighted_log_hr,
            estimand=item,
            stabilised=options.stabilised and item == "ate",
            ties=spec.cox.ties,
        )
        for item in options.estimands
    }
    if spec.matching is not None:
        estimators[REMATCHED] = _matcher(paired, spec, spec.matching)
    months, event = _outcome(paired, spec)
    inside = scored.scored
    return refitted_effects(
        scored.design,
        paired.cohort.treated[inside],
        months[inside],
        event[inside],
        estimators=estimators,
        blocks=scored.blocks,
    )


def _matcher(paired: Paired, spec: StudySpec, options: Matching) -> partial[float]:
    rows = np.flatnonzero(paired.scored.scored) if paired.scored is not None else np.arange(paired.cohort.n)
    return partial(
        rematched_log_hr,
        exact=exact_labels(paired.cohort, options, rows),
        ties=spec.cox.ties,
        caliper=options.caliper,
        caliper_scale=options.caliper_scale,
        on=options.on,
        rule=options.rule,
        order=options.order,
        seed=spec.seed,
    )


def _pairs(paired: Paired, spec: StudySpec) -> MatchedPairs:
    """Matched pairs are drawn; they and the score stay as they are."""
    matched = paired.matched
    if matched is None or matched.cluster is None:
        raise TypeError("chunk_tasks asks for no such chunk without matching")
    order = np.lexsort((~matched.treated, matched.cluster)).reshape(-1, 2)
    months, event = matched.outcome(first_endpoint(spec))
    return matched_pairs(order, months, event, ties=spec.cox.ties)


def _stepwise(paired: Paired, spec: StudySpec) -> SelectedVariables | None:
    """Patients are drawn; the search for prognostic factors is done anew. None where no variable can be analysed."""
    options = spec.cox.prognostic
    if options is None:
        raise TypeError("chunk_tasks asks for no such chunk without prognostic factors")
    cohort = paired.cohorts[options.population]
    columns, matrix = dict[str, range](), list[Floats]()
    for name, item in stepwise_blocks(cohort, spec, options).items():
        columns[name] = range(len(matrix), len(matrix) + len(item.columns))
        matrix += [np.where(item.known, column, np.nan) for column in item.columns]
    if not matrix:
        return None
    months, event = cohort.outcome(options.endpoint)
    return selected_variables(
        np.column_stack(matrix),
        months,
        event,
        blocks=columns,
        entry_threshold=options.entry_threshold,
        forced=_forced(spec, options, columns),
        method="forward-lr" if options.method == "enter" else options.method,
        p_enter=options.p_in,
        p_remove=options.p_out,
        ties=spec.cox.ties,
    )


def _forced(spec: StudySpec, options: Prognostic, usable: Container[str]) -> tuple[str, ...]:
    name = spec.exposure.variable
    return (name,) if options.force_exposure and name in usable else ()


STATISTICS: dict[str, Callable[[Paired, StudySpec], Statistic | None]] = {
    "bootstrap": _patients,
    "pairs": _pairs,
    "stability": _stepwise,
}


def _outcome(paired: Paired, spec: StudySpec) -> tuple[Floats, Any]:
    return paired.cohort.outcome(first_endpoint(spec))


def first_endpoint(spec: StudySpec) -> str:
    """The endpoint that methods are compared on."""
    if spec.survival is None:
        raise TypeError("the spec requires survival where it has weighting")
    return spec.survival.endpoints[0]


def stability(draws: Mapping[str, Outcomes], found: PrognosticResult | None) -> StabilityResult | None:
    """How often each variable was selected; None where nothing was drawn or no replicate gave a model."""
    outcomes = draws.get("stability")
    if not outcomes or found is None:
        return None
    try:
        share = shares(outcomes)
    except InputError:
        return None
    labels = {row.variable: row.label for row in found.univariate}
    chosen = found.model.variables if found.model is not None else ()
    some = next(iter(outcomes.values()))
    failed = sum(isinstance(outcome, str) for outcome in some)
    return StabilityResult(
        replicates=len(some),
        failed=failed,
        rows=tuple(
            SelectedShare(variable=name, label=labels[name], share=value, selected=name in chosen)
            for name, value in share.items()
        ),
    )
