"""The same effect by every method: unadjusted, matched, weighted, with what each of them estimates."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analyses.pipeline.checks import Divergence, InputError
from analyses.pipeline.design import Floats, Mask
from analyses.pipeline.resampling import Outcome, Outcomes, summarise
from analyses.pipeline.results import (
    AugmentedDifference,
    BootstrapInterval,
    EffectMethod,
    EffectRow,
    EffectsResult,
    EValue,
    HazardRatio,
    Interval,
    Measure,
)
from analyses.pipeline.sensitivity import e_value, smallest_detectable_hr
from analyses.pipeline.spec import Estimand, StudySpec, Survival, Weighting
from analyses.pipeline.steps.balancing import check_balance, covariates
from analyses.pipeline.steps.cohort import Cohort
from analyses.pipeline.steps.effects import hazard_ratio, two_arm_effect
from analyses.pipeline.steps.pairing import Paired
from analyses.pipeline.steps.resampling import REMATCHED, first_endpoint
from analyses.pipeline.steps.score import Scored
from analyses.pipeline.weighting import Weights, augmented_difference, weighted_effect, weights

LABELS: dict[EffectMethod, str] = {
    "unadjusted": "Unadjusted",
    "matched": "Matched",
    "ate": "Inverse probability weights",
    "att": "Weights to the treated",
    "atc": "Weights to the reference",
    "overlap": "Overlap weights",
}
ESTIMANDS: dict[Estimand, str] = {
    "ate": "average effect in all patients",
    "att": "average effect in the treated",
    "atc": "average effect in the reference arm",
    "overlap": "average effect in those who could have been in either arm",
}
_REFITTED = "patients resampled, score and weights estimated anew"
RESAMPLED: dict[str, str] = {
    "matched": "matched pairs resampled",
    "ate": _REFITTED,
    "att": _REFITTED,
    "atc": _REFITTED,
    "overlap": _REFITTED,
    REMATCHED: "patients resampled, score estimated and pairs matched anew",
}
STATEMENT = (
    "Methods differ in whom they speak of, so their hazard ratios need not agree. Weighted intervals by the model "
    "treat the score as known; where a bootstrap is shown, its interval is the primary one."
)


def percentile_interval(outcomes: Sequence[Outcome], resampled: str) -> BootstrapInterval | None:
    """As hazard ratios; None where fewer than two replicates gave an estimate."""
    try:
        found = summarise(outcomes, math.nan)
    except InputError:
        return None
    lower, upper = found.percentile
    return BootstrapInterval(
        resampled=resampled,
        replicates=len(outcomes),
        failed=len(outcomes) - found.replicates,
        median=math.exp(found.median),
        lower=math.exp(lower),
        upper=math.exp(upper),
        se=found.se,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    """What every row is computed from."""

    cohort: Cohort
    scored: Scored
    spec: StudySpec
    endpoint: str
    draws: Mapping[str, Outcomes]

    def interval(self, method: EffectMethod, ratio: HazardRatio | None) -> BootstrapInterval | None:
        """That of the replicates of the method; None where there are none, or too few gave an estimate."""
        outcomes = self.draws.get("pairs" if method == "matched" else "bootstrap", {}).get(method)
        return None if outcomes is None or ratio is None else percentile_interval(outcomes, RESAMPLED[method])

    def largest_smd(self, weights: Floats | Mask) -> float | None:
        table = covariates(self.cohort, self.scored.covariates)
        return check_balance(table, weights, self.scored.covariates, self.spec.thresholds).largest_after

    def e_value(self, ratio: HazardRatio | None) -> EValue | None:
        if ratio is None:
            return None
        found = e_value(ratio.hr, lower=ratio.lower, upper=ratio.upper)
        return EValue(estimate=found.estimate, limit=found.limit)


def effects_by_method(paired: Paired, spec: StudySpec, draws: Mapping[str, Outcomes]) -> EffectsResult | None:
    """The first survival endpoint by every method of the plan, with intervals from `draws`; None where it asks for no
    weighting."""
    if spec.weighting is None or spec.survival is None or paired.scored is None:
        return None
    endpoint = spec.survival.endpoints[0]
    data = _Data(cohort=paired.cohort, scored=paired.scored, spec=spec, endpoint=endpoint, draws=draws)
    rows = [_plain(data, "unadjusted", "the arms as they are", paired.cohort)]
    if paired.matched is not None and paired.matching is not None:
        rows.append(_plain(data, "matched", paired.matching.estimand, paired.matched))
    rows += [_weighted(data, estimand, spec.weighting) for estimand in spec.weighting.estimands]
    again = draws.get("bootstrap", {}).get(REMATCHED)
    events = int(paired.cohort.outcome(endpoint)[1].sum())
    return EffectsResult(
        endpoint=endpoint,
        rows=tuple(rows),
        rematched=percentile_interval(again, RESAMPLED[REMATCHED]) if again else None,
        smallest_detectable=smallest_detectable_hr(events, float(paired.cohort.treated.mean())) if events else None,
        differences=tuple(_differences(data, paired.cohort.keep(paired.scored.scored), spec.survival)),
        statement=STATEMENT,
    )


def _plain(data: _Data, method: EffectMethod, estimand: str, part: Cohort) -> EffectRow:
    """Each patient of `part` counts once."""
    months, event = part.outcome(data.endpoint)
    effect = two_arm_effect(months, event, part.arm, part.cluster, part.arm_labels, data.spec.cox)
    kept = np.asarray(data.cohort.frame.index.isin(part.frame.index))
    return EffectRow(
        method=method,
        label=LABELS[method],
        estimand=estimand,
        n=part.arm_sizes,
        effective=None,
        largest_weight=None,
        largest_smd=data.largest_smd(kept),
        hazard_ratio=effect.preferred,
        adjusted=None,
        bootstrap=data.interval(method, effect.preferred),
        e_value=data.e_value(effect.preferred),
        note=effect.note,
    )


def _weighted(data: _Data, estimand: Estimand, options: Weighting) -> EffectRow:
    """The patients who can be compared, weighted; all others weigh nothing."""
    scored, part = data.scored, data.cohort.keep(data.scored.scored)
    found = _weights(part, scored, estimand, options)
    everybody = np.zeros(data.cohort.n)
    everybody[scored.scored] = found.weights
    ratio, note = _fit(part, data.spec, found.weights, None)
    adjusted, refusal = _fit(part, data.spec, found.weights, scored) if options.doubly_robust else (None, "")
    return EffectRow(
        method=estimand,
        label=LABELS[estimand],
        estimand=ESTIMANDS[estimand],
        n=part.arm_sizes,
        effective=found.effective_n,
        largest_weight=found.largest,
        largest_smd=data.largest_smd(everybody),
        hazard_ratio=ratio,
        adjusted=adjusted,
        bootstrap=data.interval(estimand, ratio),
        e_value=data.e_value(ratio),
        note=" ".join(text for text in (note, refusal) if text),
    )


def weighted_ratio(
    cohort: Cohort, scored: Scored, spec: StudySpec, estimand: Estimand
) -> tuple[HazardRatio | None, str]:
    """The weighted hazard ratio of a cohort for the first survival endpoint, or why there is none."""
    part = cohort.keep(scored.scored)
    return _fit(part, spec, _weights(part, scored, estimand, spec.weighting or Weighting()).weights, None)


def _weights(part: Cohort, scored: Scored, estimand: Estimand, options: Weighting) -> Weights:
    stabilised = options.stabilised and estimand == "ate"
    return weights(scored.score, part.treated, estimand=estimand, stabilised=stabilised)


def _fit(part: Cohort, spec: StudySpec, weight: Floats, scored: Scored | None) -> tuple[HazardRatio | None, str]:
    """The weighted hazard ratio, adjusted for the score's terms where `scored` is given, or why there is none."""
    months, event = part.outcome(first_endpoint(spec))
    with warnings.catch_warnings():
        # A covariate without a finite coefficient does no harm to the arm's.
        warnings.simplefilter("ignore", Divergence)
        try:
            found = weighted_effect(
                part.treated,
                months,
                event,
                weight,
                covariates=None if scored is None else scored.design,
                names=None if scored is None else scored.terms,
                ties=spec.cox.ties,
            )
        except InputError as refusal:
            return None, str(refusal)
    if found.term.name in found.fit.diverging:
        return None, "No finite estimate: an arm has no events."
    reference, treated = part.arm_labels
    return hazard_ratio(found.fit, f"{treated} vs {reference}", "weighted"), ""


def _differences(data: _Data, part: Cohort, survival: Survival) -> Iterator[AugmentedDifference]:
    """Doubly robust differences of the last rate and of the restricted mean, where both arms reach them."""
    months, event = part.outcome(data.endpoint)
    measures: list[tuple[Measure, float | None]] = [
        ("survival", survival.times[-1] if survival.times else None),
        ("rmst", survival.rmst_tau),
    ]
    for measure, tau in measures:
        if tau is None:
            continue
        try:
            found = augmented_difference(
                data.scored.design,
                part.treated,
                months,
                event,
                data.scored.score,
                tau=tau,
                measure=measure,
                names=data.scored.terms,
            )
        except InputError:
            continue
        yield AugmentedDifference(
            measure=measure,
            months=tau,
            reference=found.control,
            treated=found.treated,
            difference=Interval(estimate=found.difference, lower=found.lower, upper=found.upper),
        )
