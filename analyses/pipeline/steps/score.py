"""Step 3: the propensity score. Who can be compared at all, on which covariates, with which probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analyses.pipeline import propensity
from analyses.pipeline.design import Block, Codes, Floats, Mask, block, coded, is_numeric, join_blocks
from analyses.pipeline.errors import StudyError
from analyses.pipeline.results import Coefficient, NonOverlap, PropensityResult, ScreenedCovariate, Table1Result
from analyses.pipeline.spec import Propensity, StudySpec
from analyses.pipeline.steps.cohort import Cohort
from analyses.pipeline.steps.table1 import baseline_p, p_values

STAGE = "propensity score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The score of the patients where `scored` is true (a mask over the cohort); `score`, `logit` and the rows of
    `design` run over those. `terms` names its columns, `blocks` gives each covariate's."""

    scored: Mask
    score: Floats
    logit: Floats
    design: Floats
    terms: tuple[str, ...]
    blocks: Mapping[str, tuple[int, ...]]
    covariates: tuple[str, ...]
    result: PropensityResult


def fit_score(cohort: Cohort, spec: StudySpec, options: Propensity, before: Table1Result | None) -> Scored:
    """Choose covariates, set aside patients without overlap or with missing numbers, fit the logistic model. `before`
    is the baseline table of the same cohort, whose p-values are used where it has them."""
    screened = _screen(cohort, spec, options, before)
    covariates = tuple(item.variable for item in screened if item.used)
    if not covariates:
        raise StudyError(STAGE, f"No covariate has a baseline p below {options.threshold:g}; list covariates instead.")
    complete = _complete(cohort, covariates, options)
    overlap, outside = _find_overlap(cohort, covariates, complete)
    part = cohort.keep(overlap)
    blocks = _blocks(part, covariates, options)
    design = join_blocks(blocks)
    fit = propensity.fit_propensity(design.matrix, part.treated, names=[term.name for term in design.terms])
    terms = ("(intercept)", *fit.names)
    estimates = (fit.intercept, *fit.coef.tolist())
    errors = np.sqrt(np.diag(fit.covariance)).tolist()
    patients = cohort.frame.index
    result = PropensityResult(
        rule=_rule(options),
        screened=screened,
        covariates=covariates,
        coefficients=tuple(
            Coefficient(term=term, estimate=estimate, se=se)
            for term, estimate, se in zip(terms, estimates, errors, strict=True)
        ),
        loglik=fit.loglik[1],
        non_overlap=outside,
        incomplete=tuple(patients[~complete]),
        patients=part.patients,
        treated=tuple(part.treated.tolist()),
        score=tuple(fit.score.tolist()),
        distinct_scores=int(np.unique(fit.score).size),
    )
    return Scored(
        scored=overlap,
        score=fit.score,
        logit=fit.logit,
        design=design.matrix,
        terms=fit.names,
        blocks=design.blocks,
        covariates=covariates,
        result=result,
    )


def _rule(options: Propensity) -> str:
    if options.rule == "listed":
        return "covariates as listed in the plan"
    return f"baseline characteristics with p < {options.threshold:g}"


def _screen(
    cohort: Cohort, spec: StudySpec, options: Propensity, before: Table1Result | None
) -> tuple[ScreenedCovariate, ...]:
    """The baseline p of each candidate; what the baseline table has is not tested again."""
    found = p_values(before) if before is not None else {}
    found |= baseline_p(cohort, spec, [name for name in options.covariates if name not in found])
    return tuple(
        ScreenedCovariate(
            variable=name, label=cohort.variables[name].label, p=found[name], used=_used(found[name], options)
        )
        for name in options.covariates
    )


def _used(p: float | None, options: Propensity) -> bool:
    return options.rule == "listed" or (p is not None and p < options.threshold)


def _complete(cohort: Cohort, covariates: tuple[str, ...], options: Propensity) -> Mask:
    """Patients with a value in every covariate that cannot be 'Unknown'."""
    needed = [name for name in covariates if options.missing == "complete" or is_numeric(cohort.variables[name])]
    return np.asarray(cohort.frame[needed].notna().all(axis=1), dtype=bool)


def _find_overlap(cohort: Cohort, covariates: tuple[str, ...], complete: Mask) -> tuple[Mask, tuple[NonOverlap, ...]]:
    """Set aside patients at a level that one arm never has, again until every level left occurs in both arms."""
    columns = {
        name: coded(cohort.frame, cohort.variables[name]).with_unknown()
        for name in covariates
        if not is_numeric(cohort.variables[name])
    }
    inside, found = complete.copy(), list[NonOverlap]()
    while True:
        rows = np.flatnonzero(inside)
        codes = {name: column.codes[rows] for name, column in columns.items()}
        gaps = propensity.find_non_overlap(codes, cohort.treated[rows])
        if not gaps:
            return inside, tuple(found)
        for gap in gaps:
            patients = cohort.frame.index[rows[gap.rows]]
            level = columns[gap.variable].levels[int(gap.level)]
            found.append(
                NonOverlap(
                    variable=gap.variable,
                    level=level,
                    counts=_arm_counts(cohort, rows[gap.rows]),
                    patients=tuple(patients),
                )
            )
            inside[rows[gap.rows]] = False


def _arm_counts(cohort: Cohort, rows: Codes) -> tuple[int, int]:
    exposed = int(cohort.treated[rows].sum())
    return len(rows) - exposed, exposed


def _blocks(part: Cohort, covariates: tuple[str, ...], options: Propensity) -> dict[str, Block]:
    """Columns of each covariate that still varies among the patients left."""
    as_level = options.missing == "level"
    blocks = {name: block(part.frame, part.variables[name], unknown_level=as_level) for name in covariates}
    varying = {name: item for name, item in blocks.items() if any(np.ptp(column) > 0 for column in item.columns)}
    if not varying:
        raise StudyError(STAGE, "No covariate varies among the patients who can be compared.")
    return varying
