"""The propensity score, the matching and the balance it reached."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analyses.pipeline.results import BalanceResult, BalanceRow, MatchingResult, PropensityResult, StudyResult
from analyses.reporting import cells, format, labels
from analyses.reporting.table import Cell, Row, Table, left, right, row


def score_table(result: StudyResult, score: PropensityResult) -> Table:
    """The logistic model: one row per coefficient."""
    known = labels.variable_labels(result)
    rows = [
        row(
            labels.term(known, item.term),
            cells.number(item.estimate, 3),
            cells.number(item.se, 3),
            Cell("" if item.term == "(intercept)" else _odds(item.estimate)),
        )
        for item in score.coefficients
    ]
    return Table(
        name="score_model",
        title="Propensity score: logistic model",
        columns=(left("Term"), right("Coefficient"), right("SE"), right("Odds ratio")),
        rows=tuple(rows),
        notes=(
            f"Maximum likelihood, without penalty; log likelihood {format.number(score.loglik, 3)}.",
            f"{format.plural(len(score.patients), 'patient')} scored, {score.distinct_scores:,} distinct scores.",
        ),
    )


def _odds(log_odds: float) -> str:
    # beyond that, exp overflows or says nothing
    return format.ratio(math.exp(log_odds)) if abs(log_odds) < 50 else format.ABSENT


def screening_table(score: PropensityResult) -> Table:
    """Which candidate covariates the rule took."""
    return Table(
        name="score_covariates",
        title="Propensity score: covariates considered",
        columns=(left("Covariate"), right("Baseline p"), left("In the score")),
        rows=tuple(row(item.label, cells.p_value(item.p), "yes" if item.used else "no") for item in score.screened),
        notes=(f"Rule: {score.rule}.",),
    )


def non_overlap_table(result: StudyResult, score: PropensityResult) -> Table:
    """Patients who cannot be compared with anybody, by number."""
    known = labels.variable_labels(result)
    return Table(
        name="non_overlap",
        title="Patients without a counterpart in the other arm (neither scored nor matched)",
        columns=(
            left("Characteristic"),
            left("Level"),
            *(right(arm.label, "n") for arm in result.arms),
            left("Patients"),
        ),
        rows=tuple(
            row(
                known.get(item.variable, item.variable),
                item.level,
                *(cells.integer(count) for count in item.counts),
                ", ".join(item.patients),
            )
            for item in score.non_overlap
        ),
        notes=("Everyone at such a level is in one arm, so no score can be estimated for them.",),
    )


def matching_table(result: StudyResult, matching: MatchingResult) -> Table:
    """Matched and unmatched patients per arm."""
    lost = (len(matching.unmatched_control), len(matching.unmatched_treated))
    rows = [
        row(
            arm.label,
            cells.integer(arm.n),
            cells.integer(kept),
            cells.integer(gone),
            Cell(format.percent(_of(gone, arm.n))),
        )
        for arm, kept, gone in zip(result.arms, matching.matched, lost, strict=True)
    ]
    width = format.ABSENT if matching.caliper_width is None else f"{matching.caliper_width:.4g}"
    return Table(
        name="matching",
        title="Matching",
        columns=(left("Arm"), right("Eligible"), right("Matched"), right("Not matched"), right("Not matched", "%")),
        rows=tuple(rows),
        notes=(
            f"{format.capital(matching.method)}. {format.plural(len(matching.pairs), 'pair')}; caliper width {width} "
            "on the scale matched on.",
            f"Estimand: {matching.estimand}.",
        ),
    )


def _of(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def balance_table(balance: BalanceResult) -> Table:
    """SMD before and after, level by level; variance ratios where a covariate is numeric."""
    low, high = balance.variance_ratio_limits
    numeric = any(item.variance_ratio_before is not None for item in balance.rows)
    ratios = (right("Variance ratio before"), right("Variance ratio after")) if numeric else ()
    limits = f"; variance ratio {low:g}–{high:g} (numeric only)" if numeric else ""
    return Table(
        name="balance",
        title="Balance before and after matching",
        columns=(
            left("Characteristic"),
            right("SMD before"),
            right("SMD after"),
            *ratios,
            left("In score"),
            left("Verdict"),
        ),
        rows=tuple(_balance_rows(balance, numeric=numeric)),
        notes=(
            f"SMD, standardised mean difference, treated minus reference; denominator: {balance.denominator}.",
            f"Balanced: |SMD| at most {balance.smd_threshold:g}{limits}.",
            balance.sentence,
        ),
    )


def _balance_rows(balance: BalanceResult, *, numeric: bool) -> Iterator[Row]:
    seen = ""
    for item in balance.rows:
        if item.level and item.variable != seen:
            yield row(item.label, *[""] * (6 if numeric else 4), kind="group")
        seen = item.variable
        yield _balance_row(item, numeric=numeric)


def _balance_row(item: BalanceRow, *, numeric: bool) -> Row:
    ratios = (cells.number(item.variance_ratio_before), cells.number(item.variance_ratio_after)) if numeric else ()
    return row(
        item.level or item.label,
        cells.smd(item.smd_before),
        cells.smd(item.smd_after),
        *ratios,
        "yes" if item.in_score else "no",
        "balanced" if item.passes else "not balanced",
        kind="level" if item.level else "plain",
    )
