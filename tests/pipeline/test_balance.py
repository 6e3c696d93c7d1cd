"""Balance tables against MatchIt's summaries."""

import math

import numpy as np
import pytest

from analyses.pipeline.balance import balance_table
from analyses.pipeline.checks import BadOption, BadValue, EmptyArm, MissingValues
from analyses.pipeline.matching import match_nearest
from analyses.pipeline.propensity import fit_propensity
from tests.pipeline.shared_data import close, lalonde, r_reference, rhc


@pytest.mark.parametrize("name", ["lalonde", "rhc_psm"])
def test_standardised_differences_equal_matchit(name: str) -> None:
    if name == "lalonde":
        table, design = lalonde()
        variables, caliper = ["age", "educ", "race", "married", "nodegree", "re74", "re75"], None
    else:
        table, design, variables = rhc()
        caliper = 0.2
    score = fit_propensity(design, table["treat"]).score
    matching = match_nearest(score, table["treat"], caliper=caliper)
    columns = {"distance": score, **{variable: table[variable] for variable in variables}}
    rows = balance_table(columns, table["treat"], weights=matching.weights).rows
    reference = r_reference()[name]
    found = {row.variable + (row.level or ""): row for row in rows}
    assert set(reference["smd_before"]) <= set(found)
    for key, expected in reference["smd_before"].items():
        close(found[key].before.smd, expected)
    for key, expected in reference["smd_after"].items():
        after = found[key].after
        assert after is not None
        close(after.smd, expected)


ARM = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0])


def test_numbers_by_hand() -> None:
    age = np.array([40.0, 50, 60, 70, 30, 40, 50, 60, 70])
    (row,) = balance_table({"age": age}, ARM).rows
    assert (row.before.treated, row.before.control) == (55, 50)
    assert row.before.smd == pytest.approx(5 / math.sqrt(500 / 3))
    assert row.before.variance_ratio == pytest.approx((500 / 3) / 250)
    (pooled,) = balance_table({"age": age}, ARM, denominator="pooled").rows
    assert pooled.before.smd == pytest.approx(5 / math.sqrt((500 / 3 + 250) / 2))
    assert row.after is None


def test_after_uses_the_denominator_from_before() -> None:
    age = np.array([40.0, 50, 60, 70, 30, 40, 50, 60, 70])
    weights = [0, 1, 1, 0, 0, 0, 1, 0, 1]
    (row,) = balance_table({"age": age}, ARM, weights=weights).rows
    assert row.after is not None
    assert (row.after.treated, row.after.control) == (55, 60)
    assert row.after.smd == pytest.approx(-5 / math.sqrt(500 / 3))
    assert row.after.variance_ratio == pytest.approx(50 / 200)


def test_levels_have_no_variance_ratio_and_keep_the_declared_order() -> None:
    stage = np.array(["IV", "I", "I", "II", "IV", "I", "II", "II", "II"])
    table = balance_table({"stage": stage}, ARM, levels={"stage": ["I", "II", "III", "IV"]})
    assert [row.level for row in table.rows] == ["I", "II", "IV"]
    assert all(row.before.variance_ratio is None and row.binary for row in table.rows)
    first = table.rows[0].before
    assert first.smd == pytest.approx((0.5 - 0.2) / 0.5)


def test_a_level_without_treated_patients_falls_back_to_the_pooled_spread() -> None:
    flag = np.array([0, 0, 0, 0, 1, 0, 0, 0, 1])
    (row,) = balance_table({"flag": flag}, ARM).rows
    assert row.before.smd == pytest.approx(-0.4 / math.sqrt(0.24 / 2))


def test_thresholds_pick_the_rows_out_of_balance() -> None:
    columns = {"age": [1.0, 2, 3, 4, 1, 2, 3, 4, 2.5], "sex": [1, 1, 1, 0, 0, 0, 1, 0, 0]}
    table = balance_table(columns, ARM)
    assert [row.variable for row in table.imbalanced()] == ["sex"]
    assert [row.variable for row in table.imbalanced(smd=2.0, variance_ratio=(0.9, 1.1))] == ["age"]


def test_bad_input_is_named() -> None:
    with pytest.raises(BadOption):
        balance_table({"a": ARM}, ARM, denominator="control")
    with pytest.raises(EmptyArm):
        balance_table({"a": ARM}, ARM, weights=[0, 0, 0, 0, 1, 1, 1, 1, 1])
    with pytest.raises(MissingValues, match="stage"):
        balance_table({"stage": np.array(["I", None] * 4 + ["I"], dtype=object)}, ARM)
    with pytest.raises(BadValue, match="V"):
        balance_table({"stage": np.array(["V"] * 9)}, ARM, levels={"stage": ["I"]})
