"""Weights, weighted balance, weighted Cox models and curves against R."""

from typing import Any

import numpy as np
import pytest

from analyses.pipeline.balance import balance_table
from analyses.pipeline.checks import BadOption, BadValue, EmptyArm, LengthMismatch, MissingValues
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.propensity import fit_propensity
from analyses.pipeline.survival import kaplan_meier
from analyses.pipeline.weighting import SCORE_KNOWN, Weights, weighted_effect, weights
from tests.pipeline.shared_data import close
from tests.pipeline.weighting_data import TABLES, covariates, golden, rossi

KINDS = ["ate", "stabilised", "att", "atc", "overlap"]


def weighted(table: Any, kind: str) -> Weights:
    score = fit_propensity(covariates(table), table["treat"]).score
    if kind == "stabilised":
        return weights(score, table["treat"], stabilised=True)
    return weights(score, table["treat"], estimand=kind)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_sizes_and_effects_equal_r(name: str, kind: str) -> None:
    table, expected = TABLES[name](), golden()[name]["weights"][kind]
    found = weighted(table, kind)
    close(found.largest, expected["largest"])
    close(found.effective_n, [expected["kish"]["control"], expected["kish"]["treated"]])
    effect = weighted_effect(table["treat"], table["time"], table["event"], found.weights)
    row = expected["effect"]
    close([effect.term.coef, effect.fit.se[0], effect.term.se], [row["log_hr"], row["naive_se"], row["robust_se"]])
    assert (effect.standard_error, effect.adjusted_for) == (SCORE_KNOWN, ())


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_adjusted_effects_equal_r(name: str, kind: str) -> None:
    table, row = TABLES[name](), golden()[name]["weights"][kind]["adjusted"]
    design = covariates(table)
    effect = weighted_effect(
        table["treat"], table["time"], table["event"], weighted(table, kind).weights, covariates=design
    )
    close([effect.term.coef, effect.fit.se[0], effect.term.se], [row["log_hr"], row["naive_se"], row["robust_se"]])
    assert effect.adjusted_for == tuple(design.columns)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", ["ate", "overlap"])
def test_weighted_curves_equal_r(name: str, kind: str) -> None:
    table, expected = TABLES[name](), golden()[name]
    found = weighted(table, kind).weights
    for arm, label in enumerate(["control", "treated"]):
        rows = table["treat"] == arm
        curve = kaplan_meier(table["time"][rows], table["event"][rows], weights=found[rows], weight_type="sampling").at(
            expected["times"]
        )
        close(curve.survival, expected["curves"][kind][label]["survival"])
        close(curve.se, expected["curves"][kind][label]["se"])


@pytest.mark.parametrize("name", TABLES)
def test_overlap_weights_balance_the_terms_of_the_score_exactly(name: str) -> None:
    table = TABLES[name]()
    design = covariates(table)
    balance = balance_table(
        {column: design[column] for column in design}, table["treat"], weights=weighted(table, "overlap").weights
    )
    for row in balance.rows:
        assert row.after is not None
        assert abs(row.after.smd) < 1e-9
        assert row.after.treated == pytest.approx(row.after.control, rel=1e-9)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("kind", "target"), [("att", 1), ("atc", 0)])
def test_the_target_arm_keeps_its_weight_and_the_other_comes_to_its_means(name: str, kind: str, target: int) -> None:
    table = TABLES[name]()
    found, arm = weighted(table, kind).weights, table["treat"].to_numpy() == 1
    np.testing.assert_array_equal(found[arm == target], 1.0)
    design = covariates(table).to_numpy(float)
    before = design[arm].mean(axis=0) - design[~arm].mean(axis=0)
    after = np.average(design[arm], weights=found[arm], axis=0) - np.average(design[~arm], weights=found[~arm], axis=0)
    assert np.abs(after / design.std(axis=0)).max() < 0.1
    assert np.abs(after).sum() < np.abs(before).sum()


def test_equal_scores_change_nothing() -> None:
    table = rossi()
    plain = fit_cox(table[["treat"]], table["time"], table["event"], cluster=np.arange(len(table)))
    score = np.full(len(table), table["treat"].mean())
    for kind in KINDS:
        found = weights(score, table["treat"], stabilised=True) if kind == "stabilised" else weights(
            score, table["treat"], estimand=kind
        )  # fmt: skip
        sizes = np.bincount(table["treat"])
        close(found.effective_n, sizes)
    effect = weighted_effect(table["treat"], table["time"], table["event"], np.full(len(table), 3.0))
    close([effect.term.coef, effect.term.se], [plain.coef[0], plain.terms()[0].se])


def test_weight_zero_leaves_a_patient_out() -> None:
    table = rossi()
    found = weighted(table, "ate").weights
    found[:100] = 0
    rest = table.iloc[100:]
    whole = weighted_effect(table["treat"], table["time"], table["event"], found)
    part = weighted_effect(rest["treat"], rest["time"], rest["event"], found[100:])
    close([whole.term.coef, whole.term.se, whole.fit.n], [part.term.coef, part.term.se, 332])


def test_limits_follow_the_level() -> None:
    table = rossi()
    found = weighted(table, "overlap").weights
    term = weighted_effect(table["treat"], table["time"], table["event"], found, level=0.9).term
    close(np.log([term.lower, term.upper]), term.coef + np.array([-1, 1]) * 1.6448536269514722 * term.se)


@pytest.mark.parametrize(
    ("score", "treated", "options", "error"),
    [
        ([0.2, 1.0], [0, 1], {}, BadValue),
        ([0.0, 0.5], [0, 1], {"estimand": "overlap"}, BadValue),
        ([0.2, 0.5], [0, 1], {"estimand": "ATE"}, BadOption),
        ([0.2, 0.5], [0, 1], {"estimand": "overlap", "stabilised": True}, BadOption),
        ([0.2, 0.5], [1, 1], {}, EmptyArm),
        ([0.2, 0.5, 0.1], [0, 1], {}, LengthMismatch),
        ([0.2, np.nan], [0, 1], {}, MissingValues),
    ],
)
def test_bad_scores_are_named(
    score: list[float], treated: list[int], options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        weights(score, treated, **options)


@pytest.mark.parametrize(
    ("weight", "design", "error"),
    [
        ([1, 1, -1, 1], None, BadValue),
        ([0, 1, 0, 1], None, EmptyArm),
        ([1, 1, 1], None, LengthMismatch),
        ([1, 1, 1, 1], [[1.0], [2.0]], LengthMismatch),
    ],
)
def test_bad_weights_and_covariates_are_named(weight: list[float], design: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        weighted_effect([0, 1, 0, 1], [1, 2, 3, 4], [1, 1, 1, 0], weight, covariates=design)
