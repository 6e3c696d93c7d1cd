"""Endpoints with a competing event, by arm."""

from __future__ import annotations

import math
import warnings

import numpy as np

from analyses.pipeline import competing
from analyses.pipeline.checks import Divergence, InputError
from analyses.pipeline.design import Codes, Floats
from analyses.pipeline.errors import StudyError
from analyses.pipeline.results import (
    ArmIncidence,
    CompetingResult,
    HazardRatio,
    IncidenceAt,
    IncidenceCurve,
    Test,
)
from analyses.pipeline.spec import Competing, StudySpec, Survival
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.curves import at_risk_times
from analyses.pipeline.steps.effects import ratio_of, two_arm_effect

STAGE = "competing risks"
EVENT, RIVAL = 1, 2


def competing_risks(cohorts: Cohorts, spec: StudySpec) -> tuple[CompetingResult, ...]:
    """Each endpoint of the plan's section; nothing without it."""
    options = spec.competing
    if options is None:
        return ()
    cohort = cohorts[options.population]
    return tuple(_compare(cohort, name, options, spec) for name in options.endpoints)


def _compare(cohort: Cohort, name: str, options: Competing, spec: StudySpec) -> CompetingResult:
    declared = cohort.endpoints[name]
    months = cohort.frame[declared.months].to_numpy(dtype=float)
    codes = cohort.frame[declared.event].to_numpy(dtype=np.int64)
    base = spec.survival or Survival(endpoints=(name,))
    grid = at_risk_times(months, base)
    cause_specific = two_arm_effect(months, codes == EVENT, cohort.arm, cohort.cluster, cohort.arm_labels, spec.cox)
    subdistribution, note = _subdistribution(cohort, months, codes)
    if not codes.any():
        raise StudyError(STAGE, f"{declared.label}: no patient had the event or {declared.competing.lower()}.")
    curves = competing.cumulative_incidence(months, codes, group=cohort.arm)
    return CompetingResult(
        endpoint=name,
        label=declared.label,
        event_label=declared.event_label,
        competing_label=declared.competing,
        population=options.population,
        arms=tuple(_arm(cohort, index, months, curves, options, grid) for index in (0, 1)),
        at_risk_times=tuple(grid.tolist()),
        gray=_gray(cohort, months, codes),
        cause_specific=cause_specific.preferred,
        subdistribution=subdistribution,
        note=" ".join(text for text in (cause_specific.note, note) if text),
    )


def _arm(
    cohort: Cohort, index: int, months: Floats, curves: competing.CumulativeIncidence, options: Competing, grid: Floats
) -> ArmIncidence:
    last = float(months[cohort.arm == index].max())
    event, rival = (curves.curve(cause, index) if cause in curves.causes else None for cause in (EVENT, RIVAL))
    seen = curves.curve(curves.causes[0], index)
    return ArmIncidence(
        label=cohort.arm_labels[index],
        n=cohort.arm_sizes[index],
        events=event.n_events if event else 0,
        competing=rival.n_events if rival else 0,
        curve=_curve(event),
        competing_curve=_curve(rival),
        rates=_rates(event, options, last),
        competing_rates=_rates(rival, options, last),
        at_risk=tuple(int(n) for n in seen.at(grid).at_risk),
    )


def _curve(curve: competing.CauseCurve | None) -> IncidenceCurve:
    """The steps of a cause; none where nobody had it."""
    if curve is None:
        return IncidenceCurve(time=(), incidence=(), lower=(), upper=())
    rises = curve.events > 0
    return IncidenceCurve(
        time=tuple(curve.time[rises].tolist()),
        incidence=tuple(curve.incidence[rises].tolist()),
        lower=tuple(_finite(value) for value in curve.lower[rises].tolist()),
        upper=tuple(_finite(value) for value in curve.upper[rises].tolist()),
    )


def _rates(curve: competing.CauseCurve | None, options: Competing, last: float) -> tuple[IncidenceAt, ...]:
    return tuple(_rate(curve, months, last) for months in options.times)


def _rate(curve: competing.CauseCurve | None, months: float, last: float) -> IncidenceAt:
    if months > last:
        return IncidenceAt(months=months, incidence=None, lower=None, upper=None)
    if curve is None:
        return IncidenceAt(months=months, incidence=0.0, lower=None, upper=None)
    at = curve.at([months])
    lower, upper = _finite(float(at.lower[0])), _finite(float(at.upper[0]))
    return IncidenceAt(months=months, incidence=float(at.incidence[0]), lower=lower, upper=upper)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _gray(cohort: Cohort, months: Floats, codes: Codes) -> Test | None:
    try:
        found = competing.gray_test(months, codes, cohort.arm, cause=EVENT)
    except InputError:
        return None
    return Test(method="Gray's test", p=found.p, statistic=found.statistic, df=found.df)


def _subdistribution(cohort: Cohort, months: Floats, codes: Codes) -> tuple[HazardRatio | None, str]:
    """Fine and Gray's ratio of the arms, or why there is none."""
    reference, treated = cohort.arm_labels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Divergence)
        try:
            arm = cohort.arm[:, np.newaxis].astype(float)
            fit = competing.fine_gray(arm, months, codes, cause=EVENT, names=[treated])
        except (InputError, Divergence) as refusal:
            return None, str(refusal)
    ratio = ratio_of(
        float(fit.coef[0]),
        float(fit.se[0]),
        label=f"{treated} vs {reference}",
        method="fine-gray",
        n=cohort.n,
        events=int((codes == EVENT).sum()),
    )
    return ratio, ""
