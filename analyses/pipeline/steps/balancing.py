"""Step 5: are the arms alike, before and after matching, and inside any part of the matched cohort."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analyses.pipeline.balance import ArmMeans, balance_table
from analyses.pipeline.checks import InputError
from analyses.pipeline.design import Codes, Floats, Mask, coded, is_numeric
from analyses.pipeline.results import BalanceResult, BalanceRow
from analyses.pipeline.spec import Thresholds
from analyses.pipeline.steps.cohort import Cohort

DENOMINATOR = "SD of the treated patients before matching; sqrt(p(1-p)) for levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariates:
    """Columns ready to be compared: numbers, and level codes with the levels they stand for ('Unknown' is a level)."""

    columns: Mapping[str, Floats | Codes]
    levels: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    treated: Mask

    def keep(self, mask: Mask) -> Covariates:
        """The patients where `mask` is true."""
        columns = {name: column[mask] for name, column in self.columns.items()}
        return Covariates(columns=columns, levels=self.levels, labels=self.labels, treated=self.treated[mask])

    def without(self, name: str) -> Covariates:
        columns = {other: column for other, column in self.columns.items() if other != name}
        return Covariates(columns=columns, levels=self.levels, labels=self.labels, treated=self.treated)


def covariates(cohort: Cohort, variables: Sequence[str]) -> Covariates:
    """The named variables of a cohort."""
    columns: dict[str, Floats | Codes] = {}
    levels: dict[str, tuple[str, ...]] = {}
    for name in variables:
        variable = cohort.variables[name]
        if is_numeric(variable):
            columns[name] = cohort.frame[name].to_numpy(dtype=float)
        else:
            column = coded(cohort.frame, variable).with_unknown()
            columns[name], levels[name] = column.codes, column.levels
    labels = {name: cohort.variables[name].label for name in variables}
    return Covariates(columns=columns, levels=levels, labels=labels, treated=cohort.treated)


def check_balance(
    table: Covariates, weights: Mask | Floats, in_score: Sequence[str], thresholds: Thresholds
) -> BalanceResult:
    """All patients against those who are kept (a mask) or as they are weighted, level by level."""
    rows = tuple(_rows(table, weights.astype(float), in_score, thresholds))
    failing = [row for row in rows if not row.passes]
    return BalanceResult(
        denominator=DENOMINATOR,
        smd_threshold=thresholds.smd,
        variance_ratio_limits=thresholds.variance_ratio,
        rows=rows,
        largest_before=_largest([row.smd_before for row in rows]),
        largest_after=_largest([row.smd_after for row in rows]),
        passes=not failing,
        sentence=_sentence(failing, len(rows), thresholds),
    )


def largest_smd(table: Covariates, thresholds: Thresholds) -> float | None:
    """The largest |SMD| of any level among these patients; None when an arm is empty or nothing can be compared."""
    if not table.columns or table.treated.all() or not table.treated.any():
        return None
    everybody = np.ones(len(table.treated), dtype=bool)
    return check_balance(table, everybody, (), thresholds).largest_after


def _largest(values: Sequence[float | None]) -> float | None:
    return max((abs(value) for value in values if value is not None), default=None)


def _sentence(failing: Sequence[BalanceRow], rows: int, thresholds: Thresholds) -> str:
    if not failing:
        return f"All {rows} levels are balanced (|SMD| at most {thresholds.smd:g})."
    names = list(dict.fromkeys(row.label for row in failing))
    return (
        f"{len(failing)} of {rows} levels are not balanced (|SMD| above {thresholds.smd:g} or variance ratio outside "
        f"{thresholds.variance_ratio[0]:g}-{thresholds.variance_ratio[1]:g}): {', '.join(names)}."
    )


def _rows(table: Covariates, weights: Floats, in_score: Sequence[str], thresholds: Thresholds) -> Iterator[BalanceRow]:
    """Complete variables together; a number with missing values by itself, on the patients who have it."""
    for names, known in _groups(table):
        try:
            found = balance_table(
                {name: table.columns[name][known] for name in names},
                table.treated[known],
                weights=weights[known],
                denominator="treated",
                levels={name: range(len(table.levels[name])) for name in names if name in table.levels},
            )
        except InputError:
            continue
        for row in found.rows:
            after = row.after or row.before
            yield BalanceRow(
                variable=row.variable,
                label=table.labels[row.variable],
                level=table.levels[row.variable][int(row.level)] if row.level is not None else "",
                smd_before=_finite(row.before.smd),
                smd_after=_finite(after.smd),
                variance_ratio_before=_finite(row.before.variance_ratio),
                variance_ratio_after=_finite(after.variance_ratio),
                in_score=row.variable in in_score,
                passes=_passes(after, thresholds),
            )


def _groups(table: Covariates) -> Iterator[tuple[list[str], Mask]]:
    missing = {name: np.isnan(column) for name, column in table.columns.items() if name not in table.levels}
    gaps = {name: gap for name, gap in missing.items() if gap.any()}
    complete = [name for name in table.columns if name not in gaps]
    if complete:
        yield complete, np.ones(len(table.treated), dtype=bool)
    for name, gap in gaps.items():
        yield [name], ~gap


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _passes(after: ArmMeans, thresholds: Thresholds) -> bool:
    low, high = thresholds.variance_ratio
    ratio = after.variance_ratio
    return abs(after.smd) <= thresholds.smd and (ratio is None or low <= ratio <= high)
