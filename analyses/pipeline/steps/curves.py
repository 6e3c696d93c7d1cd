"""Step 6: Kaplan-Meier curves of groups side by side, with every number that is read off them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyses.pipeline import survival
from analyses.pipeline.checks import InputError
from analyses.pipeline.design import Codes, Floats, Mask
from analyses.pipeline.results import (
    Curve,
    GroupSurvival,
    Interval,
    Rate,
    RateDifference,
    SurvivalComparison,
    Test,
)
from analyses.pipeline.spec import Cox, Population, StudySpec, Survival
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.effects import proportional_hazards_p, two_arm_effect

NO_INTERVAL = Interval(estimate=None, lower=None, upper=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Times, events and groups (0, 1, ...) of the patients compared; `cluster` numbers matched pairs."""

    months: Floats
    event: Mask
    group: Codes
    labels: tuple[str, ...]
    cluster: Codes | None = None

    def part(self, index: int) -> tuple[Floats, Mask]:
        inside = self.group == index
        return self.months[inside], self.event[inside]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a comparison is called."""

    endpoint: str
    label: str
    population: Population
    title: str


def survival_by_arm(cohorts: Cohorts, spec: StudySpec) -> tuple[SurvivalComparison, ...]:
    """Each endpoint in each population, both arms; nothing when the plan has no such section."""
    options = spec.survival
    if options is None:
        return ()
    return tuple(
        compare_arms(cohorts[population], endpoint, population, options, spec.cox)
        for endpoint in options.endpoints
        for population in options.populations
    )


def compare_arms(
    cohort: Cohort, endpoint: str, population: Population, options: Survival, cox: Cox
) -> SurvivalComparison:
    """The two arms of a population for one endpoint."""
    label = cohort.endpoints[endpoint].label
    words = {"all": "all eligible patients", "matched": "matched patients"}[population]
    heading = Heading(endpoint=endpoint, label=label, population=population, title=f"{label}, {words}")
    return compare(outcome_by_arm(cohort, endpoint), heading, options, cox)


def outcome_by_arm(cohort: Cohort, endpoint: str) -> Outcome:
    months, event = cohort.outcome(endpoint)
    return Outcome(months=months, event=event, group=cohort.arm, labels=cohort.arm_labels, cluster=cohort.cluster)


def compare(outcome: Outcome, heading: Heading, options: Survival, cox: Cox) -> SurvivalComparison:
    """Curves, rates, medians and log-rank of all groups; with two groups also differences and hazard ratios."""
    groups = range(len(outcome.labels))
    fitted = [_fit(outcome, index, options) for index in groups]
    grid = at_risk_times(outcome.months, options)
    tau = _tau(outcome, options)
    two = len(outcome.labels) == 2
    effect = two_arm_effect(outcome.months, outcome.event, outcome.group, outcome.cluster, outcome.labels, cox)
    return SurvivalComparison(
        endpoint=heading.endpoint,
        label=heading.label,
        population=heading.population,
        title=heading.title,
        groups=tuple(_group(outcome, index, fitted[index], grid, options, tau) for index in groups),
        at_risk_times=tuple(grid.tolist()),
        differences=_differences(fitted, options) if two else (),
        logrank=_logrank(outcome),
        hazard_ratio=effect.model,
        robust=effect.robust,
        ph_p=proportional_hazards_p(effect),
        follow_up=_follow_up(outcome.months, outcome.event, options),
        rmst_tau=tau,
        rmst_difference=_rmst_difference(outcome, tau) if two and tau is not None else None,
        note=effect.note,
    )


def at_risk_times(months: Floats, options: Survival) -> Floats:
    """0, step, 2 x step, ... up to the last follow-up time."""
    return np.arange(0.0, float(months.max()) + options.at_risk_step * 1e-9, options.at_risk_step)


def _fit(outcome: Outcome, index: int, options: Survival) -> survival.KaplanMeier:
    months, event = outcome.part(index)
    return survival.kaplan_meier(months, event, conf_type=options.conf_type)


def _group(
    outcome: Outcome, index: int, km: survival.KaplanMeier, grid: Floats, options: Survival, tau: float | None
) -> GroupSurvival:
    months, event = outcome.part(index)
    median = km.median if options.median_rule == "r" else km.median_spss
    return GroupSurvival(
        label=outcome.labels[index],
        n=km.n,
        events=km.n_events,
        curve=_curve(km),
        rates=_rates(km, options.times),
        median=_interval(median.estimate, median.lower, median.upper),
        follow_up=_follow_up(months, event, options),
        at_risk=tuple(int(n) for n in km.at(grid).at_risk),
        rmst=_rmst(months, event, tau),
    )


def _curve(km: survival.KaplanMeier) -> Curve:
    drops, marks = km.events > 0, km.censored > 0
    return Curve(
        time=tuple(km.time[drops].tolist()),
        survival=tuple(km.survival[drops].tolist()),
        lower=_known(km.lower[drops]),
        upper=_known(km.upper[drops]),
        censored=tuple(km.time[marks].tolist()),
        censored_survival=tuple(km.survival[marks].tolist()),
    )


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(value if math.isfinite(value) else None for value in values.tolist())


def _rates(km: survival.KaplanMeier, times: Sequence[float]) -> tuple[Rate, ...]:
    if not times:
        return ()
    at = km.at(times)
    rows = zip(times, at.survival, at.se, at.lower, at.upper, at.at_risk, strict=True)
    last = float(km.time[-1])
    return tuple(
        Rate(
            months=months,
            survival=float(s) if _reached(km, last, months) else None,
            se=_finite(se) if _reached(km, last, months) else None,
            lower=_finite(lower) if _reached(km, last, months) else None,
            upper=_finite(upper) if _reached(km, last, months) else None,
            at_risk=int(n),
        )
        for months, s, se, lower, upper, n in rows
    )


def _reached(km: survival.KaplanMeier, last: float, months: float) -> bool:
    """Is the curve known at `months`: within follow-up, or already at zero."""
    return months <= last or float(km.survival[-1]) == 0


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _interval(estimate: float | None, lower: float | None, upper: float | None) -> Interval:
    return Interval(estimate=estimate, lower=lower, upper=upper)


def _follow_up(months: Floats, event: Mask, options: Survival) -> Interval:
    found = survival.median_follow_up(months, event, conf_type=options.conf_type)
    return _interval(found.estimate, found.lower, found.upper)


def _logrank(outcome: Outcome) -> Test | None:
    try:
        found = survival.logrank(outcome.months, outcome.event, outcome.group)
    except InputError:
        return None
    return Test(method="log-rank", p=found.p, statistic=found.statistic, df=found.df)


def _differences(fitted: Sequence[survival.KaplanMeier], options: Survival) -> tuple[RateDifference, ...]:
    """Second group minus first, at the times that both curves reach."""
    rows = []
    for months in options.times:
        try:
            found = survival.rate_difference(fitted[1], fitted[0], [months])[0]
        except InputError:
            interval = NO_INTERVAL
        else:
            interval = _interval(found.estimate, found.lower, found.upper)
        rows.append(RateDifference(months=months, difference=interval))
    return tuple(rows)


def _tau(outcome: Outcome, options: Survival) -> float | None:
    """The plan's tau, but not beyond the last time of the group followed for the shortest."""
    if options.rmst_tau is None:
        return None
    shortest = min(float(outcome.part(index)[0].max()) for index in range(len(outcome.labels)))
    return min(options.rmst_tau, shortest)


def _rmst(months: Floats, event: Mask, tau: float | None) -> Interval | None:
    if tau is None:
        return None
    found = survival.rmst(months, event, tau=tau)
    return _interval(found.estimate, found.lower, found.upper)


def _rmst_difference(outcome: Outcome, tau: float) -> Interval:
    reference, exposed = (survival.rmst(*outcome.part(index), tau=tau) for index in (0, 1))
    found = survival.rmst_difference(exposed, reference)
    return _interval(found.estimate, found.lower, found.upper)
