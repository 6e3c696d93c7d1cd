"""Every published figure of the study beside ours, from the result of the saved plan."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from analyses.pipeline.results import StudyResult, SurvivalComparison, Table1Result
from exchange.study_cohort.comparison_cox import factors, subgroups
from exchange.study_cohort.comparison_row import Row, no_target, percent, probability, target
from exchange.study_cohort.published import ARMS, counts, figures

PLAN = "ccrt_vs_rt"
AFTER = "Counts after matching follow from who is matched, and the print cannot be matched in one point."
# Printed 0.214; its own counts give 0.213 (table1_notes).
MISPRINTED_P = {"response_to_pct"}


class OtherPlanError(ValueError):
    """The result belongs to a plan that has no published figures."""


def rows(result: StudyResult) -> list[Row]:
    """All figures in the order of print. Raises ``OtherPlanError`` for the result of another plan."""
    if result.spec.name != PLAN:
        raise OtherPlanError(f"This is a result of the plan '{result.spec.name}'; the figures belong to '{PLAN}'.")
    parts: tuple[Callable[[StudyResult], Iterator[Row]], ...] = (
        _eligibility,
        _before,
        _after,
        _overall,
        _progression,
        factors,
        _combinations,
        subgroups,
        _landmarks,
    )
    return [row for part in parts for row in part(result)]


def _eligibility(result: StudyResult) -> Iterator[Row]:
    cohort = figures()["cohort"]
    section = "Eligibility and matching"
    yield target(section, "Patients reviewed", cohort["reviewed"], result.attrition.top_count)
    yield target(section, "Eligible", cohort["eligible"], sum(arm.n for arm in result.arms))
    for arm in result.arms:
        yield target(section, f"Eligible, {arm.label}", cohort["arms"][arm.level], arm.n)
    pairs = len(result.matching.pairs) if result.matching else 0
    yield target(section, "Matched pairs", cohort["matched_per_arm"], pairs, within=10)


def _before(result: StudyResult) -> Iterator[Row]:
    if result.table1_before is None:
        return
    yield from _table1(result.table1_before, "Table 1 before matching", "before")


def _after(result: StudyResult) -> Iterator[Row]:
    if result.table1_after is None:
        return
    yield from _table1(result.table1_after, "Table 1 after matching", "after")


def _table1(table: Table1Result, section: str, when: str) -> Iterator[Row]:
    """One row per variable and arm with the counts of all levels, and one with the p-value."""
    printed = {row["variable"]: row for row in figures()["table1"]}
    for row in table.rows:
        if row.variable not in printed:
            continue
        ours = {level.level: level.counts for level in row.levels}
        for index, arm in enumerate(ARMS):
            wanted = counts(row.variable, arm, when)
            found = " / ".join(str(ours[level][index] if level in ours else 0) for level in wanted)
            figure = f"{row.label}, {arm}: {' / '.join(wanted)}"
            published = " / ".join(map(str, wanted.values()))
            yield (
                target(section, figure, published, found)
                if when == "before"
                else no_target(section, figure, published, found, AFTER)
            )
        yield _p_value(section, f"{row.label}: p", printed[row.variable][when]["p"], row.test.p, row.variable, when)


def _p_value(section: str, figure: str, printed: Any, ours: float | None, variable: str, when: str) -> Row:
    if when == "after":
        return no_target(section, figure, probability(printed), probability(ours), AFTER)
    if variable in MISPRINTED_P:
        note = "the printed counts give 0.213"
        return no_target(section, figure, probability(printed), probability(ours), note)
    return target(section, figure, probability(printed), probability(ours))


@dataclass(frozen=True, slots=True)
class _Goal:
    """How near a survival figure must come: share of a 5-year rate, months of a median; None where shown only."""

    rate: float | None
    median: float | None
    p_below: float | None


GOALS = {
    "os_all": _Goal(rate=0.02, median=3.0, p_below=0.05),
    "os_matched": _Goal(rate=None, median=None, p_below=None),
    "pfs_matched": _Goal(rate=None, median=4.0, p_below=None),
    "dpfs_matched": _Goal(rate=None, median=4.0, p_below=None),
}


def _overall(result: StudyResult) -> Iterator[Row]:
    printed = figures()["survival"]["median_follow_up_months"]["all"]
    follow_up = result.comparison("os", "all").follow_up.estimate
    figure = "Median follow-up (reverse Kaplan-Meier), months"
    yield target("Overall survival", figure, printed, follow_up, within=3.0, decimals=1)
    yield from _survival(result, "Overall survival", "os_all", "os", "all")
    yield from _survival(result, "Overall survival", "os_matched", "os", "matched")


def _progression(result: StudyResult) -> Iterator[Row]:
    yield from _survival(result, "Progression-free survival", "pfs_matched", "pfs", "matched")
    yield from _survival(result, "Distant progression-free survival", "dpfs_matched", "dpfs", "matched")


def _survival(result: StudyResult, section: str, name: str, endpoint: str, population: Any) -> Iterator[Row]:
    printed, goal = figures()["survival"][name], GOALS[name]
    found = result.comparison(endpoint, population)
    who = "all eligible" if population == "all" else "matched"
    for arm, group in zip(ARMS, found.groups, strict=True):
        if "5y" in printed:
            ours = next((rate.survival for rate in group.rates if rate.months == 60), None)
            figure = f"5-year rate, {who}, {arm}, %"
            wanted = 100 * printed["5y"][arm]
            yield _shown(section, figure, wanted, percent(ours), None if goal.rate is None else 100 * goal.rate)
    for arm, group in zip(ARMS, found.groups, strict=True):
        figure = f"Median, {who}, {arm}, months"
        yield _median(section, figure, printed["median_months"][arm], group.median.estimate, goal.median)
    yield _log_rank(section, f"Log-rank p, {who}", printed["logrank_p"], _p_of(found), goal.p_below)


def _shown(section: str, figure: str, published: float, ours: float | None, within: float | None) -> Row:
    if within is None:
        return no_target(section, figure, f"{published:.1f}", "-" if ours is None else f"{ours:.1f}")
    return target(section, figure, published, ours, within=within, decimals=1)


def _median(section: str, figure: str, published: float | str, ours: float | None, within: float | None) -> Row:
    if not isinstance(published, str):
        return _shown(section, figure, published, ours, within)
    limit = float(published.removeprefix(">"))
    shown = "not reached" if ours is None else f"{ours:.1f}"
    return Row(section, figure, published, shown, met=ours is None or ours > limit)


def _log_rank(section: str, figure: str, published: float, ours: float | None, below: float | None = None) -> Row:
    if below is None or ours is None:
        return no_target(section, figure, probability(published), probability(ours))
    return Row(section, figure, probability(published), probability(ours), met=ours < below, note=f"below {below:g}")


def _p_of(comparison: SurvivalComparison | None) -> float | None:
    return comparison.logrank.p if comparison and comparison.logrank else None


def _combinations(result: StudyResult) -> Iterator[Row]:
    section, printed = "Combinations (Figure 2)", figures()["survival"]
    found = {item.name: item.comparison for item in result.combinations}
    for name, label, figure in (
        ("cycles_by_arm", "4-6 cycles, PCT+CCRT", "fig2a"),
        ("concurrent_regimen", "CCRT, single-agent platinum", "fig2b"),
    ):
        text, wanted = next(iter(printed[figure].items()))
        yield _shown(section, f"{text}, %", 100 * wanted, percent(_five_years(found.get(name), label)), None)
    figure = f"Log-rank p, {printed['fig2c']['contrast']}"
    yield _log_rank(section, figure, printed["fig2c"]["logrank_p"], _p_of(found.get("single_agent_after_4_6")))


def _five_years(comparison: SurvivalComparison | None, label: str) -> float | None:
    groups = [group for group in comparison.groups if group.label == label] if comparison else []
    return next((rate.survival for group in groups for rate in group.rates if rate.months == 60), None)


def _landmarks(result: StudyResult) -> Iterator[Row]:
    printed = figures()["survival"]["landmark"]
    found = {landmark.months: landmark.comparison for landmark in result.landmarks}
    for months, name in ((12.0, ">=1y"), (24.0, ">=2y")):
        figure = f"Log-rank p, alive at {months:g} months"
        yield _log_rank("Landmarks (Figure 4)", figure, printed[name]["logrank_p"], _p_of(found.get(months)))
