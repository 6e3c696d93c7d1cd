"""Step 4: matching on the score, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analyses.pipeline.design import Codes, Mask, coded
from analyses.pipeline.errors import StudyError
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.results import BalanceResult, MatchingResult, PropensityResult, Table1Result
from analyses.pipeline.spec import Matching, Population, StudySpec, Table1
from analyses.pipeline.steps.balancing import check_balance, covariates
from analyses.pipeline.steps.cohort import Cohort
from analyses.pipeline.steps.score import Scored, fit_score
from analyses.pipeline.steps.table1 import compare_groups
from analyses.pipeline.tie_order import tie_order

STAGE = "matching"
SCALES = {"sd": "SD of the score", "sd-pooled": "pooled SD of the score", "absolute": "absolute"}
RULES = {
    "matchit": "nearest neighbour",
    "random-within-caliper": "random control within the caliper",
    "optimal": "optimal assignment (most pairs, then least total distance)",
}
ORDERS = {
    "largest": "from the largest score down",
    "smallest": "from the smallest score up",
    "random": "in random order",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The cohort, what was done to make its arms comparable, and the matched patients; all None where the plan has no
    score or no matching. `sequence` orders the scored patients as equal scores were."""

    cohort: Cohort
    scored: Scored | None = None
    matched: Cohort | None = None
    matching: MatchingResult | None = None
    balance: BalanceResult | None = None
    sequence: Codes | None = None

    @property
    def cohorts(self) -> dict[Population, Cohort]:
        """The populations that exist in this study."""
        return {"all": self.cohort} if self.matched is None else {"all": self.cohort, "matched": self.matched}

    @property
    def is_matched(self) -> Mask:
        """Who of the cohort is matched."""
        index = self.cohort.frame.index
        return np.asarray(index.isin(() if self.matched is None else self.matched.frame.index))

    @property
    def propensity(self) -> PropensityResult | None:
        return None if self.scored is None else self.scored.result


def pair_arms(cohort: Cohort, spec: StudySpec, before: Table1Result | None) -> Paired:
    """Score, match and check balance, as far as the plan asks for it."""
    if spec.propensity is None:
        return Paired(cohort=cohort)
    scored = fit_score(cohort, spec, spec.propensity, before)
    if spec.matching is None:
        return Paired(cohort=cohort, scored=scored)
    sequence = tie_sequence(cohort, scored, spec.matching, spec.seed)
    matched, result = _match(cohort, scored, spec, spec.matching, sequence)
    listed = spec.table1.variables if spec.table1 is not None else ()
    kept = np.asarray(cohort.frame.index.isin(matched.frame.index))
    names = tuple(dict.fromkeys((*listed, *scored.covariates)))
    balance = check_balance(covariates(cohort, names), kept, scored.covariates, spec.thresholds)
    return Paired(cohort=cohort, scored=scored, matched=matched, matching=result, balance=balance, sequence=sequence)


def balanced_on(paired: Paired, spec: StudySpec) -> tuple[str, ...]:
    """The covariates whose balance is looked at again inside landmarks and subgroups."""
    if paired.scored is not None:
        return paired.scored.covariates
    return spec.table1.variables if spec.table1 is not None else ()


def _match(
    cohort: Cohort, scored: Scored, spec: StudySpec, options: Matching, sequence: Codes
) -> tuple[Cohort, MatchingResult]:
    """The matched cohort, and the record of the matching with the treated patients it lost."""
    found = find_pairs(cohort, scored, options, seed=spec.seed, sequence=sequence)
    rows = found.rows
    if not len(rows):
        raise StudyError(STAGE, "No treated patient has a control within the caliper.", cohort.patients)
    matched = matched_cohort(cohort, rows)
    patients = cohort.frame.index
    paired = np.zeros(cohort.n, dtype=bool)
    paired[rows.ravel()] = True
    lost = cohort.treated & ~paired
    table = spec.table1 or Table1(variables=scored.covariates)
    return matched, MatchingResult(
        method=describe_method(options),
        caliper_width=found.caliper_width,
        pairs=tuple(zip(patients[rows[:, 0]], patients[rows[:, 1]], strict=True)),
        matched=matched.arm_sizes,
        unmatched_treated=tuple(patients[lost]),
        unmatched_control=tuple(patients[~cohort.treated & ~paired]),
        estimand=_estimand(int(lost.sum()), cohort.arm_sizes[1]),
        lost=_describe_lost(cohort, paired, table, spec.seed) if lost.any() else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """`rows` (pairs x 2) are rows of the cohort, treated first; `caliper_width` is on the scale matched on."""

    rows: Codes
    caliper_width: float | None


def find_pairs(cohort: Cohort, scored: Scored, options: Matching, *, seed: int, sequence: Codes | None = None) -> Pairs:
    """Match the scored patients. Equal scores keep the order of `sequence` (a permutation of the scored patients), by
    default that of `tie_sequence`."""
    order = tie_sequence(cohort, scored, options, seed) if sequence is None else sequence
    rows = np.flatnonzero(scored.scored)[order]
    found = match_nearest(
        scored.score[order],
        cohort.treated[rows],
        caliper=options.caliper,
        caliper_scale=options.caliper_scale,
        on=options.on,
        rule=options.rule,
        order=options.order,
        exact=exact_labels(cohort, options, rows),
        seed=seed,
    )
    return Pairs(rows=rows[found.pairs], caliper_width=found.caliper_width)


def tie_sequence(cohort: Cohort, scored: Scored, options: Matching, seed: int) -> Codes:
    """The scored patients by a hash of seed and patient number, or by patient number."""
    length = len(scored.score)
    ids = cohort.frame.index[scored.scored].to_numpy() if options.ties == "hash" else None
    return np.argsort(tie_order(length, ids, seed))


def exact_labels(cohort: Cohort, options: Matching, rows: Codes) -> Codes | None:
    """The levels of these rows within which pairs are sought, one column for each variable matched exactly."""
    if not options.exact:
        return None
    columns = (coded(cohort.frame, cohort.variables[name]).with_unknown() for name in options.exact)
    return np.column_stack([column.codes[rows] for column in columns])


def matched_cohort(cohort: Cohort, rows: Codes) -> Cohort:
    """The patients of `rows` (pairs x 2, treated first) in the order of the cohort, each with the number of its
    pair."""
    cluster = np.full(cohort.n, -1, dtype=np.int64)
    cluster[rows[:, 0]] = cluster[rows[:, 1]] = np.arange(len(rows))
    return replace(cohort, cluster=cluster).keep(cluster >= 0)


def describe_method(options: Matching) -> str:
    """The matching in words, for methods paragraphs and table notes."""
    caliper = "no caliper"
    if options.caliper is not None:
        caliper = f"caliper {options.caliper:g} ({SCALES[options.caliper_scale]})"
    served = "" if options.rule == "optimal" else f", treated patients {ORDERS[options.order]}"
    ties = "a seeded hash of the patient number" if options.ties == "hash" else "patient number"
    exact = f", exact on {', '.join(options.exact)}" if options.exact else ""
    return (
        f"1:1 {RULES[options.rule]} without replacement on the {options.on}, {caliper}{served}, equal scores ordered "
        f"by {ties}{exact}"
    )


def _estimand(lost: int, treated: int) -> str:
    if not lost:
        return "average effect in the treated (ATT)"
    return f"average effect in the treated patients who could be matched ({lost} of {treated} treated left out)"


def _describe_lost(cohort: Cohort, paired: Codes, options: Table1, seed: int) -> Table1Result:
    exposed = cohort.keep(cohort.treated)
    lost = (~paired[cohort.treated]).astype(np.int64)
    return compare_groups(
        exposed,
        lost,
        ("Matched", "Not matched"),
        options,
        title=f"{cohort.arm_labels[1]}: matched and not matched",
        yates=options.yates_before,
        shown=exposed,
        seed=seed,
    )
