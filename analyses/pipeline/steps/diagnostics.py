"""Diagnostics: each a number, its threshold, a verdict and a sentence; what does not pass becomes a visible
warning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyses.pipeline.dataset import KnownAt, Variable
from analyses.pipeline.results import (
    BalanceResult,
    Check,
    LandmarkResult,
    MatchingResult,
    PrognosticResult,
    PropensityResult,
    SecondOpinion,
    SensitivityResult,
    SurvivalComparison,
)
from analyses.pipeline.spec import StudySpec, Thresholds
from analyses.pipeline.steps.pairing import Paired

ORDER: tuple[KnownAt, ...] = (
    "time_zero",
    "diagnosis",
    "metastasis",
    "pct_start",
    "pct_end",
    "rt_start",
    "rt_end",
    "follow_up",
)
WORDS = {
    "time_zero": "time zero",
    "diagnosis": "diagnosis",
    "metastasis": "metastasis",
    "pct_start": "the start of PCT",
    "pct_end": "the end of PCT",
    "rt_start": "the start of RT",
    "rt_end": "the end of RT",
    "landmark": "the landmark",
    "follow_up": "follow-up",
}
_REMEDY = (
    "Consider delayed entry, a later time zero, or a landmark at the end of RT with arms by the first concurrent dose; "
    "RT start as time zero alone does not cure it."
)
_REMEDY_OF_A_TABLE = "Consider a later time zero, a landmark, or the exposure as it begins (exposure.starts)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The parts of a result that diagnostics look at."""

    paired: Paired
    survival: tuple[SurvivalComparison, ...]
    landmarks: tuple[LandmarkResult, ...]
    prognostic: PrognosticResult | None
    sensitivity: SensitivityResult | None
    opinion: SecondOpinion | None


def diagnose(found: Findings, spec: StudySpec) -> tuple[Check, ...]:
    """Every diagnostic that applies to the plan, the most consequential first."""
    return tuple(_checks(found, spec))


def warnings_of(checks: Sequence[Check], core: Sequence[str]) -> tuple[str, ...]:
    """What must stand beside the estimates: diagnostics that do not pass, and warnings of the statistical core."""
    return (*(check.sentence for check in checks if check.verdict in ("warn", "fail")), *core)


def _checks(found: Findings, spec: StudySpec) -> Iterator[Check]:
    thresholds, paired = spec.thresholds, found.paired
    yield immortal_time(spec, paired.cohort.variables[spec.exposure.variable])
    if paired.balance is not None:
        yield balance_check(paired.balance)
    if paired.propensity is not None:
        yield overlap_check(paired.propensity)
    if paired.matching is not None:
        yield loss_check(paired.matching, paired.cohort.arm_sizes[1], thresholds)
    if found.sensitivity is not None:
        yield from tie_order_check(found.sensitivity)
    for landmark in found.landmarks:
        yield from landmark_check(landmark)
    for comparison in found.survival:
        yield proportional_hazards_check(comparison, thresholds)
    if found.prognostic is not None:
        yield from events_per_variable_check(found.prognostic, thresholds)
    if found.opinion is not None:
        yield second_opinion_check(found.opinion, thresholds)


def immortal_time(spec: StudySpec, exposure: Variable) -> Check:
    """Does the exposure become known only after time zero?"""
    zero = spec.time_zero
    late = _is_late(exposure.known_at, zero)
    handled = spec.exposure.starts is not None
    known, started = WORDS[exposure.known_at], WORDS.get(zero, zero)
    good = f"The arms are known by time zero ({started})."
    if late and handled:
        good = f"The arms are known only at {known}, after time zero ({started}); the plan lets exposure begin then."
    return _check(
        "immortal_time",
        "Immortal time",
        None,
        "exposure known at time zero, or used as time-dependent",
        handled or not late,
        good,
        f"The arms are known only at {known}, but time starts at {started}: to be in an arm a patient had to live "
        f"until then (immortal time). {_REMEDY if spec.table is None else _REMEDY_OF_A_TABLE}",
    )


def _is_late(known_at: KnownAt, zero: str) -> bool:
    """A landmark and the words of a table stand in no order with the moments of a course."""
    if zero not in ORDER:
        return known_at == "follow_up"
    return ORDER.index(known_at) > ORDER.index(zero)


def _check(name: str, label: str, value: float | None, threshold: str, passes: bool, good: str, bad: str) -> Check:
    return Check(
        name=name,
        label=label,
        value=value,
        threshold=threshold,
        verdict="pass" if passes else "warn",
        sentence=good if passes else bad,
    )


def balance_check(balance: BalanceResult) -> Check:
    return _check(
        "balance",
        "Balance after matching",
        balance.largest_after,
        f"every |SMD| at most {balance.smd_threshold:g}",
        balance.passes,
        balance.sentence,
        f"{balance.sentence} Estimates on the matched patients must be read with this in mind.",
    )


def landmark_check(landmark: LandmarkResult) -> Iterator[Check]:
    """Are the arms still (or at all) alike among those who reached the landmark?"""
    balance = landmark.balance
    if balance is None:
        return
    label = f"Balance at {landmark.months:g} months ({landmark.endpoint.upper()})"
    yield _check(
        f"balance_landmark_{landmark.months:g}_{landmark.endpoint}",
        label,
        balance.largest_after,
        f"every |SMD| at most {balance.smd_threshold:g}",
        balance.passes,
        f"{label}: {balance.sentence}",
        f"{label}: {balance.sentence} The comparison from the landmark on is not adjusted for this.",
    )


def overlap_check(score: PropensityResult) -> Check:
    aside = sum(len(item.patients) for item in score.non_overlap)
    levels = ", ".join(f"{item.variable} {item.level} ({len(item.patients)})" for item in score.non_overlap)
    return _check(
        "overlap",
        "Overlap of the arms",
        float(aside),
        "no patient at a level that one arm never has",
        aside == 0,
        "Every level of the score's covariates occurs in both arms.",
        f"{aside} {'patient' if aside == 1 else 'patients'} could not be compared with anybody and left unmatched:"
        f" {levels}.",
    )


def loss_check(matching: MatchingResult, treated: int, thresholds: Thresholds) -> Check:
    lost = len(matching.unmatched_treated)
    share = lost / treated
    return _check(
        "match_loss",
        "Treated patients lost to matching",
        share,
        f"at most {thresholds.match_loss:.0%} of the treated",
        share <= thresholds.match_loss,
        f"{lost} of {treated} treated patients found no match.",
        f"{lost} of {treated} treated patients found no match: the estimate is the {matching.estimand}.",
    )


def proportional_hazards_check(comparison: SurvivalComparison, thresholds: Thresholds) -> Check:
    p = comparison.ph_p
    return _check(
        f"proportional_hazards_{comparison.endpoint}_{comparison.population}",
        f"Proportional hazards: {comparison.title}",
        p,
        f"p at least {thresholds.ph_p:g}",
        p is None or p >= thresholds.ph_p,
        "No evidence against proportional hazards of the arms." if p is not None else "Not testable here.",
        f"{comparison.title}: the hazard ratio changes over time; rates and restricted means say more than one ratio.",
    )


def events_per_variable_check(prognostic: PrognosticResult, thresholds: Thresholds) -> Iterator[Check]:
    if prognostic.model is None:
        return
    found = prognostic.model.events_per_term
    yield _check(
        "events_per_variable",
        "Events per term of the prognostic model",
        found,
        f"at least {thresholds.events_per_variable:g}",
        found >= thresholds.events_per_variable,
        f"{found:.1f} events per term.",
        f"Only {found:.1f} events per term of the prognostic model: its coefficients are unstable.",
    )


def tie_order_check(sensitivity: SensitivityResult) -> Iterator[Check]:
    """Does the row order of equal scores decide on which side of 1 the hazard ratio lies?"""
    ties = sensitivity.tie_orders
    if ties is None:
        return
    spread = f"{ties.smallest:.2f} to {ties.largest:.2f}, median {ties.median:.2f}, over {ties.orders} orders"
    yield _check(
        "tie_orders",
        "Order of equal scores",
        ties.largest / ties.smallest,
        "hazard ratio on one side of 1 in every order",
        ties.largest < 1 or ties.smallest > 1,
        f"Hazard ratio {spread} of equal scores.",
        f"The order of equal scores alone moves the hazard ratio across 1: {spread}.",
    )


def second_opinion_check(opinion: SecondOpinion, thresholds: Thresholds) -> Check:
    largest = opinion.largest_difference
    return _check(
        "second_opinion",
        f"Second opinion by {opinion.software}",
        largest,
        f"relative difference at most {thresholds.second_opinion:g}",
        largest is not None and largest <= thresholds.second_opinion,
        "An independent implementation gives the same models.",
        "An independent implementation does not confirm these models.",
    )
