"""How much the primary hazard ratio depends on choices that nobody can defend to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from analyses.pipeline import criteria
from analyses.pipeline.checks import InputError
from analyses.pipeline.clock import read_clock
from analyses.pipeline.design import Codes, Floats, Mask
from analyses.pipeline.errors import StudyError
from analyses.pipeline.results import SensitivityKind, SensitivityResult, SensitivityRow, TieOrders
from analyses.pipeline.spec import Matching, NamedCriterion, Propensity, Sensitivity, StudySpec, TimeZeroVariant
from analyses.pipeline.steps.balancing import check_balance, covariates
from analyses.pipeline.steps.cohort import Cohort
from analyses.pipeline.steps.effects import attempt, two_arm_effect
from analyses.pipeline.steps.pairing import Paired, exact_labels, find_pairs, matched_cohort
from analyses.pipeline.steps.score import Scored, fit_score
from analyses.pipeline.tie_draws import tie_draws


def sensitivity_analyses(paired: Paired, spec: StudySpec) -> SensitivityResult | None:
    """Tie orders, caliper rules and restricted populations for the first survival endpoint; None when not asked
    for."""
    options = spec.sensitivity
    if options is None or spec.matching is None or spec.propensity is None or spec.survival is None:
        return None
    if paired.scored is None or paired.matched is None or paired.matching is None:
        return None
    endpoint = spec.survival.endpoints[0]
    cohort, scored, matched = paired.cohort, paired.scored, paired.matched
    rows = [
        _row("unadjusted", "All eligible patients", cohort, cohort, scored, spec, endpoint),
        _row("primary", "Matched as planned", cohort, matched, scored, spec, endpoint, paired.matching.caliper_width),
        *_calipers(paired, scored, spec, spec.matching, options, endpoint),
        *(_restricted(cohort, item, spec, spec.propensity, spec.matching, endpoint) for item in options.restrictions),
        *(_later_zero(item, cohort, matched, scored, spec, endpoint) for item in options.time_zeros),
    ]
    if options.negative_control is not None:
        control = options.negative_control
        rows.append(_row("negative control", cohort.endpoints[control].label, cohort, matched, scored, spec, control))
    orders = _tie_orders(paired, scored, spec, spec.matching, options, endpoint) if options.tie_orders else None
    return SensitivityResult(endpoint=endpoint, tie_orders=orders, rows=tuple(rows))


def _row(
    kind: SensitivityKind,
    label: str,
    everybody: Cohort,
    part: Cohort,
    scored: Scored,
    spec: StudySpec,
    endpoint: str,
    width: float | None = None,
) -> SensitivityRow:
    """The effect in `part`; its balance is measured in the standard deviations of `everybody`, as in the balance
    table."""
    return _effect_row(kind, label, everybody, part, scored, spec, *part.outcome(endpoint), width=width)


def _effect_row(
    kind: SensitivityKind,
    label: str,
    everybody: Cohort,
    part: Cohort,
    scored: Scored,
    spec: StudySpec,
    months: Floats,
    event: Mask,
    *,
    entry: Floats | None = None,
    width: float | None = None,
    note: str = "",
) -> SensitivityRow:
    effect = two_arm_effect(months, event, part.arm, part.cluster, part.arm_labels, spec.cox, entry=entry)
    kept = np.asarray(everybody.frame.index.isin(part.frame.index))
    balance = check_balance(covariates(everybody, scored.covariates), kept, scored.covariates, spec.thresholds)
    return SensitivityRow(
        kind=kind,
        label=label,
        n=part.arm_sizes,
        pairs=None if part.cluster is None else _whole_pairs(part.cluster),
        caliper_width=width,
        largest_smd=balance.largest_after,
        hazard_ratio=effect.preferred,
        note=" ".join(text for text in (note, effect.note) if text),
    )


def _whole_pairs(cluster: Codes) -> int:
    return int((np.unique(cluster, return_counts=True)[1] > 1).sum())


def _later_zero(
    item: TimeZeroVariant, everybody: Cohort, matched: Cohort, scored: Scored, spec: StudySpec, endpoint: str
) -> SensitivityRow:
    """The matched patients who reached the moment and were followed beyond it, from there on."""
    start = np.maximum(matched.frame[f"{item.moment}_months"].to_numpy(dtype=float), 0.0)
    months, event = matched.outcome(endpoint)
    there = start < months
    part = matched.keep(there)
    if not min(part.arm_sizes):
        return _not_done("time zero", item.label, "An arm is empty.")
    late = start[there]
    return _effect_row(
        "time zero",
        item.label,
        everybody,
        part,
        scored,
        spec,
        months[there] - (late if item.how == "restart" else 0.0),
        event[there],
        entry=late if item.how == "entry" else None,
        note=f"{int((~there).sum())} matched patients did not reach it." if not there.all() else "",
    )


def _not_done(kind: SensitivityKind, label: str, note: str) -> SensitivityRow:
    return SensitivityRow(
        kind=kind,
        label=label,
        n=(0, 0),
        pairs=None,
        caliper_width=None,
        largest_smd=None,
        hazard_ratio=None,
        note=note,
    )


def _calipers(
    paired: Paired, scored: Scored, spec: StudySpec, matching: Matching, options: Sensitivity, endpoint: str
) -> Iterator[SensitivityRow]:
    for variant in options.calipers:
        rule = replace(matching, caliper=variant.caliper, caliper_scale=variant.caliper_scale, on=variant.on)
        yield _rematched("caliper", variant.label, paired.cohort, scored, spec, rule, endpoint, paired.sequence)


def _rematched(
    kind: SensitivityKind,
    label: str,
    cohort: Cohort,
    scored: Scored,
    spec: StudySpec,
    rule: Matching,
    endpoint: str,
    sequence: Codes | None = None,
) -> SensitivityRow:
    found = find_pairs(cohort, scored, rule, seed=spec.seed, sequence=sequence)
    if not len(found.rows):
        return _not_done(kind, label, "No pair within the caliper.")
    matched = matched_cohort(cohort, found.rows)
    return _row(kind, label, cohort, matched, scored, spec, endpoint, found.caliper_width)


def _restricted(
    cohort: Cohort, item: NamedCriterion, spec: StudySpec, propensity: Propensity, rule: Matching, endpoint: str
) -> SensitivityRow:
    """Score and matching anew in the smaller population; covariates are those of the whole study that still vary."""
    part = cohort.keep(criteria.evaluate(item.criterion, cohort.frame, cohort.variables).met)
    if not min(part.arm_sizes):
        return _not_done("restriction", item.label, "An arm is empty.")
    try:
        scored = fit_score(part, spec, propensity, None)
        return _rematched("restriction", item.label, part, scored, spec, rule, endpoint)
    except (InputError, StudyError) as refusal:
        return _not_done("restriction", item.label, str(refusal))


def _tie_orders(
    paired: Paired, scored: Scored, spec: StudySpec, matching: Matching, options: Sensitivity, endpoint: str
) -> TieOrders | None:
    """The matched hazard ratio when equal scores are ordered in `tie_orders` other ways, each with a seed of its
    own."""
    cohort = paired.cohort
    months, event = cohort.outcome(endpoint)
    when = read_clock(months).code.astype(float)  # the partial likelihood asks for the order of times only
    draw = _redrawing(paired, scored, spec, matching)
    found: list[float] = []
    pairs: list[int] = []
    for order in range(options.tie_orders):
        matched = draw(np.random.default_rng([spec.seed, order]))
        arm = cohort.treated[matched].astype(float)[:, np.newaxis]
        fit = attempt(arm, when[matched], event[matched], spec.cox, names=["arm"]).fit
        if fit is not None:
            found.append(float(np.exp(fit.coef[0])))
            pairs.append(len(matched) // 2)
    if not found:
        return None
    return TieOrders(
        endpoint=endpoint,
        orders=len(found),
        hr=tuple(sorted(found)),
        median=float(np.median(found)),
        smallest=min(found),
        largest=max(found),
        pairs=(min(pairs), max(pairs)),
    )


def _redrawing(
    paired: Paired, scored: Scored, spec: StudySpec, matching: Matching
) -> Callable[[np.random.Generator], Codes]:
    """Who is matched (rows of the cohort) under a random order of equal scores. Only matching at random has to be done
    anew for it."""
    cohort = paired.cohort
    if matching.rule != "matchit" or matching.order == "random":
        return lambda generator: find_pairs(
            cohort, scored, matching, seed=spec.seed, sequence=generator.permutation(len(scored.score))
        ).rows.ravel()
    inside = np.flatnonzero(scored.scored)
    exact = exact_labels(cohort, matching, inside)
    draws = tie_draws(scored.score, cohort.treated[inside], paired.is_matched[inside], exact=exact)
    return lambda generator: inside[draws.draw(generator)]
