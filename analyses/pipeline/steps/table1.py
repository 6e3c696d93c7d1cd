"""Step 2: the baseline table, for two arms or for any two groups of patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analyses.pipeline import describe
from analyses.pipeline.checks import InputError
from analyses.pipeline.dataset import Variable
from analyses.pipeline.design import UNKNOWN, Coded, Codes, Floats, coded, is_numeric
from analyses.pipeline.results import NumericSummary, Table1Level, Table1Result, Table1Row, Test
from analyses.pipeline.spec import StudySpec, Table1
from analyses.pipeline.steps.cohort import Cohort

SMD_DENOMINATOR = "pooled SD of the two groups compared; Yang-Dalton for several levels"


def table1_before(cohort: Cohort, spec: StudySpec) -> Table1Result | None:
    """Both arms of all eligible patients; None when the plan has no baseline table."""
    if spec.table1 is None:
        return None
    return _by_arm(cohort, spec.table1, "Before matching", spec.table1.yates_before, cohort, spec.seed)


def table1_after(cohort: Cohort, matched: Cohort | None, spec: StudySpec) -> Table1Result | None:
    """Both arms of the matched patients, with the rows of the table before; None without table or matching."""
    if spec.table1 is None or matched is None:
        return None
    return _by_arm(matched, spec.table1, "After matching", spec.table1.yates_after, cohort, spec.seed)


def baseline_p(cohort: Cohort, spec: StudySpec, variables: Sequence[str]) -> dict[str, float | None]:
    """The p-value of each variable between the arms, by the rule of the plan's baseline table."""
    options = replace(spec.table1 or Table1(variables=()), variables=tuple(variables))
    table = _by_arm(cohort, options, "", options.yates_before, cohort, spec.seed)
    return p_values(table)


def p_values(table: Table1Result) -> dict[str, float | None]:
    return {row.variable: row.test.p for row in table.rows}


def _by_arm(cohort: Cohort, options: Table1, title: str, yates: bool, shown: Cohort, seed: int) -> Table1Result:
    return compare_groups(
        cohort, cohort.arm, cohort.arm_labels, options, title=title, yates=yates, shown=shown, seed=seed
    )


def compare_groups(
    cohort: Cohort,
    group: Codes,
    labels: Sequence[str],
    options: Table1,
    *,
    title: str,
    yates: bool,
    shown: Cohort,
    seed: int,
) -> Table1Result:
    """Two groups (0 and 1) of the cohort's patients, variable by variable. Levels are those that occur in `shown`, so
    that a table after matching keeps the rows of the one before."""
    rows = []
    for name in options.variables:
        variable = cohort.variables[name]
        if is_numeric(variable):
            values = cohort.frame[name].to_numpy(dtype=float)
            rows.append(_numeric_row(variable, values, group, options))
        else:
            levels = _levels_shown(coded(shown.frame, variable))
            rows.append(_categorical_row(variable, coded(cohort.frame, variable), levels, group, options, yates, seed))
    sizes = np.bincount(group, minlength=2)
    return Table1Result(
        title=title,
        columns=tuple(labels),
        denominators=(int(sizes[0]), int(sizes[1])),
        rows=tuple(rows),
        smd_denominator=SMD_DENOMINATOR,
    )


def _levels_shown(column: Coded) -> list[str]:
    """Declared levels that occur, then 'Unknown' where a value is missing."""
    column = column.with_unknown()
    present = np.bincount(column.codes, minlength=len(column.levels)) > 0
    return [level for level, there in zip(column.levels, present, strict=True) if there]


def _categorical_row(
    variable: Variable,
    column: Coded,
    levels: Sequence[str],
    group: Codes,
    options: Table1,
    yates: bool,
    seed: int,
) -> Table1Row:
    counts, missing = _level_counts(column, levels, group)
    as_level = options.missing == "level"
    tested = counts if as_level else counts[[level != UNKNOWN for level in levels]]
    totals = tested.sum(axis=0)
    return Table1Row(
        variable=variable.name,
        label=variable.label,
        unit="",
        levels=tuple(
            Table1Level(
                level=level,
                counts=_pair(row),
                percents=_percents(row, totals) if as_level or level != UNKNOWN else (None, None),
            )
            for level, row in zip(levels, counts, strict=True)
        ),
        numeric=(),
        missing=_pair(missing),
        test=categorical_test(tested, yates=yates, seed=seed),
        smd=_smd_of_counts(tested),
    )


def _level_counts(column: Coded, levels: Sequence[str], group: Codes) -> tuple[Codes, Codes]:
    """Counts per shown level and group, and the number missing per group."""
    missing = np.bincount(group[column.codes < 0], minlength=2)
    by_level = dict(zip(column.levels, column.counts(group, 2), strict=True)) | {UNKNOWN: missing}
    return np.array([by_level[level] for level in levels], dtype=np.int64).reshape(-1, 2), missing


def categorical_test(counts: Codes, *, yates: bool, seed: int) -> Test:
    """The Table 1 rule on levels x groups; a table that allows no test says so instead of failing the study."""
    if np.count_nonzero(counts.sum(axis=1)) < 2:
        return Test(method="no test", p=None, note="All patients are at one level.")
    try:
        found = describe.categorical_test(counts, yates=yates, seed=seed)
    except InputError as error:
        return Test(method="no test", p=None, note=str(error))
    return Test(method=found.method, p=found.p, statistic=found.statistic, df=found.df)


def _smd_of_counts(counts: Codes) -> float | None:
    try:
        value = describe.smd_of_counts(counts)
    except InputError:
        return None
    return value if math.isfinite(value) else None


def _percents(row: Codes, totals: Codes) -> tuple[float | None, ...]:
    return tuple(100 * float(n) / float(total) if total else None for n, total in zip(row, totals, strict=True))


def _pair(row: Codes) -> tuple[int, ...]:
    return tuple(int(n) for n in row)


def _numeric_row(variable: Variable, values: Floats, group: Codes, options: Table1) -> Table1Row:
    known = ~np.isnan(values)
    return Table1Row(
        variable=variable.name,
        label=variable.label,
        unit=variable.unit,
        levels=(),
        numeric=tuple(_summary(values[known & (group == index)]) for index in (0, 1)),
        missing=_pair(np.bincount(group[~known], minlength=2)),
        test=_numeric_test(values[known], group[known], options.numeric_test),
        smd=_numeric_smd(values[known], group[known]),
    )


def _summary(values: Floats) -> NumericSummary:
    if not values.size:
        return NumericSummary(n=0, mean=None, sd=None, median=None, q1=None, q3=None)
    q1, median, q3 = (float(item) for item in np.quantile(values, [0.25, 0.5, 0.75]))
    sd = float(values.std(ddof=1)) if values.size > 1 else None
    return NumericSummary(n=values.size, mean=float(values.mean()), sd=sd, median=median, q1=q1, q3=q3)


def _numeric_test(values: Floats, group: Codes, method: str) -> Test:
    try:
        found = describe.numeric_test(values, group, method=method)
    except InputError as error:
        return Test(method="no test", p=None, note=str(error))
    return Test(method=found.method, p=found.p, statistic=found.statistic, df=found.df)


def _numeric_smd(values: Floats, group: Codes) -> float | None:
    try:
        value = describe.smd(values, group == 1)
    except InputError:
        return None
    return value if math.isfinite(value) else None
