"""Tests between groups and standardised differences."""

from functools import partial

import pandas as pd

from analyses.pipeline.describe import Comparison, categorical_test, numeric_test, smd, smd_of_counts
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.datasets import counts


def _exact(part: str, table: pd.DataFrame) -> Numbers:
    return {"p": categorical_test(counts(table, part)).p}


def _chi_square(part: str, table: pd.DataFrame, *, yates: bool = True) -> Numbers:
    return _numbers(categorical_test(counts(table, part), yates=yates), "chi-square")


def _numbers(found: Comparison, statistic: str) -> Numbers:
    return {statistic: float("nan") if found.statistic is None else found.statistic, "p": found.p}


def _study(table: pd.DataFrame) -> Numbers:
    """By the rules of the publication: Yates' correction before matching, none after."""
    return {
        f"p {part}": categorical_test(counts(table, part), yates="before" in part).p for part in table["part"].unique()
    }


def _numeric(value: str, group: str, method: str, statistic: str, table: pd.DataFrame) -> Numbers:
    return _numbers(numeric_test(table[value], table[group], method=method), statistic)


def _distances(names: tuple[str, ...], table: pd.DataFrame) -> Numbers:
    return {name: smd(table[name], table["treat"]) for name in names}


def _distance_of_counts(part: str, table: pd.DataFrame) -> Numbers:
    """Of the last two columns."""
    return {part: smd_of_counts(counts(table, part)[:, -2:])}


CASES = (
    Case("tea", (categorical_test,), partial(_exact, "guess by truth")),
    Case("job", (categorical_test,), partial(_exact, "income by satisfaction")),
    Case("mp6", (categorical_test,), partial(_exact, "rows by columns"), "Monte Carlo"),
    Case("oral", (categorical_test,), partial(_exact, "site by region")),
    Case("twins", (categorical_test,), partial(_chi_square, "kind by conviction")),
    Case("party", (categorical_test,), partial(_chi_square, "gender by party")),
    Case("admissions", (categorical_test,), partial(_chi_square, "sex by admission"), "Yates"),
    Case(
        "admissions",
        (categorical_test,),
        partial(_chi_square, "sex by admission", yates=False),
        "without Yates",
    ),
    Case("npc", (categorical_test,), _study),
    Case("sleep", (numeric_test,), partial(_numeric, "extra", "group", "t", "t"), "t"),
    Case("sleep", (numeric_test,), partial(_numeric, "extra", "group", "t-equal", "t"), "t-equal"),
    Case("sleep", (numeric_test,), partial(_numeric, "extra", "group", "wilcoxon", "W"), "wilcoxon"),
    Case("plantgrowth", (numeric_test,), partial(_numeric, "weight", "group", "t", "F"), "t"),
    Case("plantgrowth", (numeric_test,), partial(_numeric, "weight", "group", "t-equal", "F"), "t-equal"),
    Case("plantgrowth", (numeric_test,), partial(_numeric, "weight", "group", "wilcoxon", "H"), "wilcoxon"),
    Case("gbsg2", (numeric_test,), partial(_numeric, "pnodes", "tgrade", "wilcoxon", "H"), "three groups"),
    Case("gbsg2", (numeric_test,), partial(_numeric, "pnodes", "horTh", "wilcoxon", "W"), "two groups"),
    Case("gbsg2", (smd,), partial(_distances, ("age", "tsize", "pnodes", "progrec", "tgrade"))),
    Case("rossi", (smd,), partial(_distances, ("age", "prio", "mar"))),
    Case("npc", (smd_of_counts,), partial(_distance_of_counts, "t_category before")),
    Case("job", (smd_of_counts,), partial(_distance_of_counts, "income by satisfaction")),
)
