"""The same effect by every method, by multiple imputation, and the stability of the selected model."""

from __future__ import annotations

from analyses.pipeline.results import (
    Arm,
    BootstrapInterval,
    EffectRow,
    EffectsResult,
    ImputationResult,
    StabilityResult,
)
from analyses.reporting import cells, format
from analyses.reporting.table import Cell, Table, left, right, row


def effects_table(result: EffectsResult, arms: tuple[Arm, ...], endpoint: str) -> Table:
    """Unadjusted, matched and weighted side by side."""
    return Table(
        name="effects",
        title=f"Effect on {format.uncapital(endpoint)} by method",
        columns=(
            left("Method"),
            left("Estimand"),
            *(right(arm.label, "n (effective)") for arm in arms),
            right("Largest SMD"),
            right("Hazard ratio", "(95% CI)"),
            right("Bootstrap", "95% CI"),
            right("Adjusted as well", "HR (95% CI)"),
            right("E-value", "(limit)"),
        ),
        rows=tuple(
            row(
                item.label,
                item.estimand,
                *(_size(item, index) for index in range(len(arms))),
                cells.smd(item.largest_smd),
                Cell(format.hazard_ratio(item.hazard_ratio) if item.hazard_ratio else item.note or format.ABSENT),
                Cell(_limits(item.bootstrap)),
                Cell(format.hazard_ratio(item.adjusted) if item.adjusted else format.ABSENT),
                Cell(_e_value(item)),
            )
            for item in result.rows
        ),
        notes=(*_notes(result), *(f"{item.label}: {item.note}" for item in result.rows if item.note)),
    )


def differences_table(result: EffectsResult, arms: tuple[Arm, ...], endpoint: str) -> Table:
    """Doubly robust differences of survival and of restricted mean survival."""
    rows = []
    for item in result.differences:
        months = format.duration(item.months)
        scale, words = (100, f"Rate at {months} months, %")
        if item.measure == "rmst":
            scale, words = (1, f"Mean to {months} months, months")
        shown = (cells.number(scale * value, 1) for value in (item.reference, item.treated))
        rows.append(row(words, *shown, Cell(format.difference_interval(item.difference, scale))))
    return Table(
        name="doubly_robust",
        title=f"Doubly robust differences, {format.uncapital(endpoint)}",
        columns=(
            left("Measure"),
            *(right(f"All {arm.label}") for arm in arms),
            right("Difference", "(95% CI)"),
        ),
        rows=tuple(rows),
        notes=(
            "What would be seen were all comparable patients in one arm or the other: augmented inverse probability "
            "weighting of pseudo-values, right if either the score or the outcome regression is.",
        ),
    )


def _size(item: EffectRow, index: int) -> Cell:
    if item.effective is None or round(item.effective[index]) == item.n[index]:
        return cells.integer(item.n[index])
    return Cell(f"{format.integer(item.n[index])} ({item.effective[index]:.0f})", item.n[index])


def _limits(found: BootstrapInterval | None) -> str:
    return format.ABSENT if found is None else format.range_of(format.ratio(found.lower), format.ratio(found.upper))


def _e_value(item: EffectRow) -> str:
    if item.e_value is None:
        return format.ABSENT
    limit = "" if item.e_value.limit is None else f" ({item.e_value.limit:.2f})"
    return f"{item.e_value.estimate:.2f}{limit}"


def _notes(result: EffectsResult) -> tuple[str, ...]:
    notes = [
        result.statement,
        "Effective numbers by Kish; SMD over the score's covariates, in standard deviations of the treated before "
        "matching. E-values by VanderWeele and Ding with the conversion for common outcomes.",
    ]
    drawn: dict[str, list[str]] = {}
    for item in result.rows:
        if item.bootstrap is not None:
            drawn.setdefault(_drawn(item.bootstrap), []).append(format.uncapital(item.label))
    notes += [f"Bootstrap of {format.joined(methods)}: {how}." for how, methods in drawn.items()]
    if result.rematched is not None:
        again = result.rematched
        notes.append(
            f"Stability of the matching, no interval: {_drawn(again)}; median {format.ratio(again.median)}, 95% of the "
            f"hazard ratios between {_limits(again)}."
        )
    if result.smallest_detectable is not None:
        notes.append(
            "Smallest hazard ratio below 1 that a two-sided test at 5% would find with 80% power at the number of "
            f"events seen: {format.ratio(result.smallest_detectable)} (Schoenfeld)."
        )
    return tuple(notes)


def _drawn(found: BootstrapInterval) -> str:
    failed = f", {found.failed} of them without an estimate" if found.failed else ""
    return f"{found.resampled}, {format.integer(found.replicates)} draws{failed}"


def imputation_table(result: ImputationResult, endpoint: str) -> Table:
    """Pooled effects after multiple imputation of the covariates."""
    missing = format.joined([f"{item.label} ({item.missing})" for item in result.variables])
    failed = [f"{item.label}: {item.failed} sets gave no estimate." for item in result.effects if item.failed]
    return Table(
        name="imputation",
        title=f"Effect on {format.uncapital(endpoint)} after multiple imputation",
        columns=(
            left("Method"),
            right("Sets"),
            right("Hazard ratio", "(95% CI)"),
            right("p"),
            right("Degrees of freedom"),
            right("Missing information", "%"),
        ),
        rows=tuple(
            row(
                item.label,
                cells.integer(item.sets),
                Cell(format.ratio_interval(item.hr, item.lower, item.upper), item.hr),
                cells.p_value(item.p),
                cells.number(item.df, 1),
                cells.number(100 * item.missing_information, 1),
            )
            for item in result.effects
        ),
        notes=(result.statement, f"Imputed: {missing}." if missing else "Nothing was missing.", *failed),
    )


def stability_table(result: StabilityResult) -> Table:
    """How often each candidate is selected in resampled patients."""
    failed = f"; {result.failed} gave no model" if result.failed else ""
    return Table(
        name="stability",
        title="Stability of the selected model",
        columns=(left("Variable"), left("In the model"), right("Selected", "% of draws")),
        rows=tuple(
            row(item.label, "yes" if item.selected else "no", cells.number(100 * item.share, 1))
            for item in sorted(result.rows, key=lambda item: -item.share)
        ),
        notes=(f"The stepwise search repeated in {format.integer(result.replicates)} draws of patients{failed}.",),
    )
