"""The baseline table: numbers, missing values, and what it does where no test is possible."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analyses.pipeline.results import Table1Row
from analyses.pipeline.spec import Table1
from analyses.pipeline.study import run_study
from tests.pipeline.flat import flat_dataset, flat_plan


def rows_of(table: pd.DataFrame, **options: Any) -> dict[str, Table1Row]:
    names = tuple(name for name in table.columns if name != "arm")
    dataset = flat_dataset(table, ("arm", *names), months=np.arange(1.0, len(table) + 1), event=np.ones(len(table)))
    result = run_study(dataset, flat_plan("arm", "a", "b", table1=Table1(variables=names, **options)))
    assert result.table1_before is not None
    return {row.variable: row for row in result.table1_before.rows}


def sample() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 120
    return pd.DataFrame(
        {
            "arm": np.where(np.arange(n) % 3 == 0, "b", "a"),
            "dose": np.where(rng.random(n) < 0.1, np.nan, rng.normal(66, 5, n).round()),
            "grade": np.where(rng.random(n) < 0.2, None, rng.choice(["low", "mid", "high"], n)),
        }
    )


@pytest.mark.parametrize("method", ["t", "wilcoxon"])
def test_a_number_is_summarised_and_tested_among_those_who_have_it(method: str) -> None:
    table = sample()
    row = rows_of(table, numeric_test=method)["dose"]
    values = [table.loc[table["arm"] == arm, "dose"] for arm in ("a", "b")]
    for found, mine in zip(row.numeric, values, strict=True):
        described = mine.describe()
        expected = [described[name] for name in ("count", "mean", "std", "50%", "25%", "75%")]
        assert [found.n, found.mean, found.sd, found.median, found.q1, found.q3] == pytest.approx(expected, rel=1e-12)
    assert row.missing == tuple(int(mine.isna().sum()) for mine in values)
    known = [mine.dropna() for mine in values]
    test: Any = stats.ttest_ind(*known, equal_var=False) if method == "t" else stats.mannwhitneyu(*known)
    assert row.test.p == pytest.approx(test.pvalue, rel=1e-9)
    pooled = np.sqrt((known[0].var() + known[1].var()) / 2)
    assert row.smd == pytest.approx((known[1].mean() - known[0].mean()) / pooled, rel=1e-9)


@pytest.mark.parametrize("missing", ["level", "exclude"])
def test_unknown_is_shown_either_way_and_tested_when_it_is_a_level(missing: str) -> None:
    table = sample()
    row = rows_of(table, missing=missing)["grade"]
    filled = table["grade"].fillna("Unknown")
    counted = pd.crosstab(filled, table["arm"])
    assert {level.level: level.counts for level in row.levels} == {
        name: (counted.loc[name, "a"], counted.loc[name, "b"]) for name in counted.index
    }
    assert row.levels[-1].level == "Unknown"
    tested = counted if missing == "level" else counted.drop("Unknown")
    expected = stats.chi2_contingency(tested, correction=False)
    assert row.test.p == pytest.approx(expected.pvalue, rel=1e-9)
    shares = [level.percents for level in row.levels if level.level in tested.index]
    assert np.nansum(np.array(shares, dtype=float), axis=0) == pytest.approx([100, 100])
    if missing == "exclude":
        assert row.levels[-1].percents == (None, None)


def test_a_variable_with_one_level_or_one_value_has_no_test_and_no_harm() -> None:
    table = pd.DataFrame({"arm": ["a", "b"] * 10, "same": ["x"] * 20, "constant": np.full(20, 3.0)})
    rows = rows_of(table)
    assert rows["same"].test.p is None
    assert "one level" in rows["same"].test.note
    assert rows["same"].smd == 0
    assert rows["constant"].test.p is None
    assert "equal" in rows["constant"].test.note


def test_a_variable_that_nobody_has_is_all_unknown() -> None:
    table = pd.DataFrame({"arm": ["a", "b"] * 10, "dose": np.full(20, np.nan)})
    row = rows_of(table)["dose"]
    assert row.missing == (10, 10)
    assert [summary.n for summary in row.numeric] == [0, 0]
    assert row.test.p is None
    assert row.smd is None
