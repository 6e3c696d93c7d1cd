"""The propensity score against R's glm, statsmodels, and data on which no finite score exists."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines.datasets import load_rossi
from sklearn.linear_model import LogisticRegression

from analyses.pipeline.checks import Collinear, ConstantColumn, EmptyArm, LengthMismatch, MissingValues, Separation
from analyses.pipeline.propensity import find_non_overlap, fit_propensity
from tests.pipeline.shared_data import close, lalonde, pairs_of, r_reference, rhc

RNG = np.random.default_rng(5)


def coefficients(fit: object) -> dict[str, float]:
    return {"(Intercept)": fit.intercept, **dict(zip(fit.names, fit.coef, strict=True))}  # type: ignore[attr-defined]


def test_lalonde_equals_r() -> None:
    table, design = lalonde()
    found, expected = coefficients(fit_propensity(design, table["treat"])), r_reference()["lalonde"]["ps_coef"]
    assert set(found) == set(expected)
    close([found[name] for name in expected], list(expected.values()))


def test_rhc_equals_r() -> None:
    table, design, _ = rhc()
    found, expected = coefficients(fit_propensity(design, table["treat"])), r_reference()["rhc_psm"]["ps_coef"]
    assert set(found) == set(expected)
    close([found[name] for name in expected], list(expected.values()))
    assert pairs_of("rhc_pairs.csv")


def test_equals_statsmodels_with_heavy_ties() -> None:
    rossi = load_rossi()
    names = ["race", "wexp", "mar", "paro", "prio", "age"]
    fit = fit_propensity(rossi[names], rossi["fin"])
    other = sm.Logit(rossi["fin"], sm.add_constant(rossi[names])).fit(disp=0, method="newton", tol=1e-12)
    close([fit.intercept, *fit.coef], other.params)
    close(fit.se, other.bse.iloc[1:])
    close(fit.score, other.predict())
    close(fit.loglik, [other.llnull, other.llf])
    close(fit.covariance, other.cov_params())
    assert (fit.n, fit.n_treated) == (432, 216)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from([1.0, 1e4]))
def test_equals_scikit_learn_without_penalty(seed: int, width: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 3, (120, width)), 50 + rng.normal(size=120)])
    arm = rng.random(120) < 0.5 * (1 + np.tanh((x - x.mean(axis=0)) @ rng.normal(scale=0.5, size=width + 1)))
    assume(5 < arm.sum() < 115)
    try:
        fit = fit_propensity(x * unit, arm)
    except Separation:
        return
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    other = LogisticRegression(C=math.inf, solver="newton-cholesky", tol=1e-12).fit(standard, arm)
    close(fit.coef * unit * x.std(axis=0), other.coef_[0])
    close(fit.score, other.predict_proba(standard)[:, 1])


def test_the_score_equations_hold_at_the_solution() -> None:
    rossi = load_rossi()
    design = rossi[["race", "wexp", "mar", "paro", "prio", "age"]].to_numpy(float)
    fit = fit_propensity(design, rossi["fin"])
    left = (rossi["fin"] - fit.score) @ np.column_stack([np.ones(432), design])
    assert np.abs(left).max() < 1e-7


def test_one_factor_gives_the_share_treated_at_each_level() -> None:
    level = np.repeat([0, 1, 2], [30, 50, 40])
    arm = np.concatenate([np.arange(30) < 12, np.arange(50) < 20, np.arange(40) < 30])
    fit = fit_propensity(np.column_stack([level == 1, level == 2]), arm)
    close(fit.score, np.array([0.4, 0.4, 0.75])[level])


def test_equal_patients_have_equal_scores_in_any_order() -> None:
    design = RNG.integers(0, 3, (300, 5)).astype(float)
    arm = RNG.random(300) < 0.4
    rows = RNG.permutation(300)
    straight, shuffled = fit_propensity(design, arm).score, fit_propensity(design[rows], arm[rows]).score
    np.testing.assert_array_equal(straight[rows], shuffled)


def test_a_level_seen_in_one_arm_only_is_separation_and_is_named() -> None:
    age, dose_unknown = RNG.normal(50, 10, 60), np.zeros(60)
    arm = np.arange(60) % 2 == 0
    dose_unknown[[0, 2]] = 1
    with pytest.raises(Separation, match="dose_unknown"):
        fit_propensity(np.column_stack([age, dose_unknown]), arm, names=["age", "dose_unknown"])


def test_a_number_that_tells_the_arms_apart_is_separation() -> None:
    arm = np.arange(40) < 20
    with pytest.raises(Separation, match="year"):
        fit_propensity(np.column_stack([RNG.normal(size=40), 2000 + np.arange(40)]), arm, names=["age", "year"])


def test_separation_by_a_combination_is_found_and_named() -> None:
    x = RNG.normal(size=(80, 3))
    arm = x[:, 0] + x[:, 1] > 0
    with pytest.raises(Separation, match="a, b"):
        fit_propensity(x, arm, names=["a", "b", "c"])


def test_quasi_separation_through_the_reference_level_is_found() -> None:
    level = np.repeat(["a", "b", "c"], [4, 30, 30])
    arm = np.concatenate([np.zeros(4), np.arange(30) < 12, np.arange(30) < 20])
    with pytest.raises(Separation):
        fit_propensity(np.column_stack([level == "b", level == "c"]), arm, names=["b", "c"])


def test_extreme_scores_are_no_separation() -> None:
    x = np.concatenate([np.linspace(-6, 6, 400), [3.0, -3.0]])
    arm = np.concatenate([np.linspace(-6, 6, 400) > 0, [False, True]])
    assert np.abs(fit_propensity(x, arm).logit).max() > 8


def test_non_overlap_lists_the_patients() -> None:
    dose = np.array(["<60", ">=60", "unknown", ">=60", "<60", "unknown", ">=60"])
    arm = [0, 0, 0, 1, 1, 0, 1]
    (found,) = find_non_overlap({"dose": dose, "sex": ["m", "f", "m", "f", "m", "f", "m"]}, arm)
    assert (found.variable, found.level, found.arm) == ("dose", "unknown", "control")
    assert found.rows.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("design", "arm", "error", "words"),
    [
        ([[1, 2], [1, 3], [1, 1], [1, 4]], [0, 1, 1, 0], ConstantColumn, "x0"),
        ([[1, 2], [2, 4], [3, 6], [1, 2], [5, 10]], [0, 1, 0, 1, 1], Collinear, "x1"),
        ([[1], [2], [3]], [1, 1, 1], EmptyArm, "control"),
        ([[1], [2], [3]], [1, 0], LengthMismatch, "2 entries where 3"),
        ([[1], [np.nan], [3]], [1, 0, 1], MissingValues, "row 1"),
        ([["a"], ["b"], ["c"]], [1, 0, 1], MissingValues, "not numbers"),
    ],
)
def test_bad_input_is_named(design: list[object], arm: list[int], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        fit_propensity(design, arm)
