"""Who was studied: attrition, baseline table, score, matching and balance."""

from __future__ import annotations

from collections.abc import Iterator

from analyses.pipeline.results import BalanceResult, StudyResult
from analyses.reporting import format
from analyses.reporting.content import NamedFigure, Section
from analyses.reporting.figures.attrition import attrition_flow
from analyses.reporting.figures.love import love_plot
from analyses.reporting.figures.overlap import overlap_plot
from analyses.reporting.table import Table
from analyses.reporting.tables import score as score_tables
from analyses.reporting.tables.attrition import attrition_table, untimed_table
from analyses.reporting.tables.baseline import baseline_table, groups_table


def attrition(result: StudyResult) -> Section:
    left = sum(arm.n for arm in result.arms)
    flow = NamedFigure(
        name="attrition",
        title="Eligibility and attrition",
        caption=f"From {format.plural(result.attrition.top_count, 'patient')} to {left:,} studied.",
        alt="; ".join(f"{row.label}: {row.after} left" for row in result.attrition.rows) or "No criterion.",
        drawing=attrition_flow(result),
    )
    untimed = (untimed_table(result.attrition.untimed),) if result.attrition.untimed else ()
    return Section(name="attrition", title="Attrition", content=(flow, attrition_table(result), *untimed))


def baseline(result: StudyResult) -> Section | None:
    if result.table1_before is None:
        return None
    table = baseline_table(result.table1_before, result.table1_after)
    return Section(name="table1", title="Table 1", content=(table,))


def score_and_balance(result: StudyResult) -> Section | None:
    content = tuple(_score_content(result))
    if not content:
        return None
    balance = result.balance
    warnings = (balance.sentence,) if balance is not None and not balance.passes else ()
    return Section(name="balance", title="Score and balance", warnings=warnings, content=content)


def _score_content(result: StudyResult) -> Iterator[NamedFigure | Table]:
    score, matching = result.propensity, result.matching
    if result.balance is not None:
        yield _love(result.balance)
    if score is not None:
        yield NamedFigure(
            name="score_overlap",
            title="Overlap of the propensity scores",
            caption=(
                f"{format.plural(len(score.patients), 'patient')} scored, {score.distinct_scores:,} distinct scores."
            ),
            alt="Mirrored histograms of the propensity score, treated above, reference below the axis.",
            drawing=overlap_plot(score, matching, result.arms),
        )
    if matching is not None:
        yield score_tables.matching_table(result, matching)
        if matching.lost is not None:
            yield groups_table(matching.lost, name="treated_lost")
    if score is not None:
        if score.non_overlap:
            yield score_tables.non_overlap_table(result, score)
        yield score_tables.screening_table(score)
        yield score_tables.score_table(result, score)
    if result.balance is not None:
        yield score_tables.balance_table(result.balance)


def _love(balance: BalanceResult) -> NamedFigure:
    largest = format.smd(balance.largest_after)
    return NamedFigure(
        name="love_plot",
        title="Balance before and after matching",
        caption=(
            f"Absolute standardised mean differences; denominator: {balance.denominator}. Dashed: threshold "
            f"{balance.smd_threshold:g}. * in the score."
        ),
        alt=f"Love plot. {balance.sentence} Largest difference after matching {largest}.",
        drawing=love_plot(balance),
    )
