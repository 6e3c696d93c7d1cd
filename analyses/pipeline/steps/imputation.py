"""Multiple imputation of the score's covariates: score, matching, weights and effect inside each completed dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from analyses.pipeline.checks import InputError
from analyses.pipeline.dataset import Variable
from analyses.pipeline.design import coded, is_numeric
from analyses.pipeline.errors import StudyError
from analyses.pipeline.imputation import Category, Column, Number, impute, pool
from analyses.pipeline.results import EffectMethod, ImputationResult, ImputedShare, PooledEffect
from analyses.pipeline.spec import Imputation, Propensity, StudySpec
from analyses.pipeline.steps.cohort import Cohort
from analyses.pipeline.steps.effects import two_arm_effect
from analyses.pipeline.steps.methods_compared import LABELS, weighted_ratio
from analyses.pipeline.steps.pairing import Paired, find_pairs, matched_cohort
from analyses.pipeline.steps.resampling import first_endpoint
from analyses.pipeline.steps.score import fit_score

ARM = "arm"
PAIRS = "pairs"
STATEMENT = (
    "Missing covariates of the score were imputed by chained equations (predictive mean matching for numbers, "
    "multinomial logistic models for categories) from all covariates, the arm, the event and the Nelson-Aalen hazard; "
    "score, matching, weights and effect were done inside each completed dataset."
)
Outcome = list[Any]


def impute_and_estimate(
    paired: Paired, spec: StudySpec, options: Imputation, numbers: range
) -> dict[str, list[Outcome | str]]:
    """For each completed dataset of `numbers`: method -> [log hazard ratio, standard error] or the name of the error,
    and under 'pairs' how many there were."""
    found: dict[str, list[Outcome | str]] = {}
    for number in numbers:
        for name, outcome in _estimates(paired, spec, options, number):
            found.setdefault(name, []).append(outcome)
    return found


def _estimates(
    paired: Paired, spec: StudySpec, options: Imputation, number: int
) -> Iterator[tuple[str, Outcome | str]]:
    methods = ("matched", *_weighted(spec)) if spec.matching is not None else tuple(_weighted(spec))
    try:
        cohort = _completed(paired, spec, options, number)
        scored = fit_score(cohort, spec, _listed(paired, spec), None)
    except (InputError, StudyError) as refusal:
        yield from ((name, type(refusal).__name__) for name in methods)
        return
    if spec.matching is not None:
        rows = find_pairs(cohort, scored, spec.matching, seed=spec.seed).rows
        yield PAIRS, [len(rows)]
        yield "matched", _matched(cohort, rows, spec)
    for estimand in _weighted(spec):
        ratio, note = weighted_ratio(cohort, scored, spec, estimand)
        yield estimand, [ratio.log_hr, ratio.se] if ratio else note


def _weighted(spec: StudySpec) -> Sequence[Any]:
    return spec.weighting.estimands if spec.weighting is not None else ()


def _matched(cohort: Cohort, rows: Any, spec: StudySpec) -> Outcome | str:
    if not len(rows):
        return "EmptyArm"
    part = matched_cohort(cohort, rows)
    months, event = part.outcome(first_endpoint(spec))
    effect = two_arm_effect(months, event, part.arm, part.cluster, part.arm_labels, spec.cox)
    return [effect.preferred.log_hr, effect.preferred.se] if effect.preferred else effect.note


def _listed(paired: Paired, spec: StudySpec) -> Propensity:
    """The score of the study itself, with the covariates that it ended with."""
    if paired.scored is None or spec.propensity is None:
        raise TypeError("the spec requires a score where it has imputation")
    return replace(spec.propensity, rule="listed", covariates=paired.scored.covariates)


def _completed(paired: Paired, spec: StudySpec, options: Imputation, number: int) -> Cohort:
    """The cohort with the covariates of set `number`."""
    cohort, names = paired.cohort, _names(paired, options)
    columns: dict[str, Column] = {name: _column(cohort, cohort.variables[name]) for name in names}
    columns[ARM] = Category(cohort.arm, 2)
    months, event = cohort.outcome(first_endpoint(spec))
    done = impute(columns, months, event, seed=spec.seed, number=number, iterations=options.iterations)
    frame = cohort.frame.assign(**{name: _values(done[name], cohort.variables[name]) for name in names})
    return replace(cohort, frame=frame)


def _names(paired: Paired, options: Imputation) -> tuple[str, ...]:
    covariates = paired.scored.covariates if paired.scored is not None else ()
    return tuple(dict.fromkeys((*covariates, *options.auxiliary)))


def _column(cohort: Cohort, variable: Variable) -> Column:
    if is_numeric(variable):
        return Number(cohort.frame[variable.name].to_numpy(dtype=float))
    column = coded(cohort.frame, variable)
    return Category(column.codes, len(column.levels))


def _values(column: Column, variable: Variable) -> Any:
    if isinstance(column, Number):
        return column.values
    if variable.kind == "boolean":
        return pd.array(column.codes.astype(bool), dtype="boolean")
    return pd.Categorical.from_codes(column.codes.tolist(), categories=pd.Index(variable.levels), ordered=True)


def pooled_effects(
    paired: Paired, spec: StudySpec, outcomes: Mapping[str, Sequence[Outcome | str]] | None
) -> ImputationResult | None:
    """The effects of all completed datasets by Rubin's rules; None where the plan asks for no imputation."""
    if spec.imputation is None or outcomes is None:
        return None
    endpoint = first_endpoint(spec)
    events = int(paired.cohort.outcome(endpoint)[1].sum())
    effects = [_pooled(name, values, events) for name, values in outcomes.items() if name != PAIRS]
    pairs = [int(value[0]) for value in outcomes.get(PAIRS, ()) if not isinstance(value, str)]
    missing = {name: int(paired.cohort.frame[name].isna().sum()) for name in _names(paired, spec.imputation)}
    return ImputationResult(
        endpoint=endpoint,
        variables=tuple(
            ImputedShare(variable=name, label=paired.cohort.variables[name].label, missing=count)
            for name, count in missing.items()
            if count
        ),
        effects=tuple(effect for effect in effects if effect is not None),
        pairs=(min(pairs), max(pairs)) if pairs else None,
        statement=STATEMENT,
    )


def _pooled(name: str, values: Sequence[Outcome | str], events: int) -> PooledEffect | None:
    """None where fewer than two completed datasets gave an estimate."""
    found = np.array([value for value in values if not isinstance(value, str)])
    if len(found) < 2:
        return None
    pooled = pool(found[:, 0], found[:, 1] ** 2, df_complete=max(events - 1, 1))
    method = cast(EffectMethod, name)
    return PooledEffect(
        method=method,
        label=LABELS[method],
        sets=len(found),
        failed=len(values) - len(found),
        hr=float(np.exp(pooled.estimate)),
        lower=float(np.exp(pooled.lower)),
        upper=float(np.exp(pooled.upper)),
        p=pooled.p,
        df=pooled.df,
        missing_information=pooled.missing_information,
    )
