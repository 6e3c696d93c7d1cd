"""Doubly robust differences against R and statsmodels, and pseudo-values against leaving out each patient."""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from statsmodels.treatment.treatment_effects import TreatmentEffect

from analyses.pipeline.checks import BadOption, BadValue, BeyondFollowUp, Collinear, ConstantColumn, EmptyArm
from analyses.pipeline.propensity import fit_propensity
from analyses.pipeline.survival import kaplan_meier
from analyses.pipeline.weighting import AugmentedDifference, augmented_difference
from analyses.pipeline.weighting.pseudo_values import rmst_pseudo_values, survival_pseudo_values
from tests.pipeline.shared_data import close
from tests.pipeline.weighting_data import TABLES, covariates, golden, rossi

TAU = {"gbsg2": 1000, "rossi": 26}


def difference(name: str, measure: str) -> AugmentedDifference:
    table = TABLES[name]()
    design = covariates(table)
    score = fit_propensity(design, table["treat"]).score
    return augmented_difference(
        design, table["treat"], table["time"], table["event"], score, tau=TAU[name], measure=measure
    )


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("measure", ["survival", "rmst"])
def test_equals_r(name: str, measure: str) -> None:
    found, expected = difference(name, measure), golden()[name]["augmented"][measure]
    close(
        [found.control, found.treated, found.difference, found.se],
        [expected[key] for key in ("control", "treated", "difference", "se")],
    )
    close([found.lower, found.upper], found.difference + np.array([-1, 1]) * 1.959963984540054 * found.se)


@pytest.mark.parametrize("name", TABLES)
def test_equals_statsmodels_given_the_pseudo_values(name: str) -> None:
    table, found = TABLES[name](), difference(name, "survival")
    arm, x = table["treat"].to_numpy(), sm.add_constant(covariates(table).to_numpy(float))
    y = np.empty(len(table))
    for rows in (arm == 0, arm == 1):
        y[rows] = survival_pseudo_values(
            table["time"].to_numpy(float)[rows], table["event"].to_numpy()[rows] == 1, TAU[name]
        )
    score = sm.Logit(arm, x).fit(disp=0, method="newton", tol=1e-12)
    effect, control, treated = TreatmentEffect(sm.OLS(y, x), arm, results_select=score).aipw(return_results=False)
    close([found.difference, found.control, found.treated], [effect, control, treated])


def area(curve: Any, tau: float) -> float:
    inside = curve.time < tau
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    return float(np.diff(edges) @ np.concatenate([[1.0], curve.survival[inside]]))


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.integers(2, 14), st.sampled_from([0.5, 1.0, 3.0, 4.5, 9.0]))
def test_pseudo_values_are_those_of_leaving_out_one_patient(seed: int, n: int, tau: float) -> None:
    rng = np.random.default_rng(seed)
    time, event = rng.integers(0, 7, n).astype(float), rng.random(n) < 0.6

    def both(rows: Any) -> np.ndarray[Any, Any]:
        curve = kaplan_meier(time[rows], event[rows])
        return np.array([curve.at([tau]).survival[0], area(curve, tau)])

    rows = np.arange(n)
    expected = np.array([n * both(rows) - (n - 1) * both(np.delete(rows, row)) for row in rows])
    np.testing.assert_allclose(survival_pseudo_values(time, event, tau), expected[:, 0], atol=1e-9)
    np.testing.assert_allclose(rmst_pseudo_values(time, event, tau), expected[:, 1], atol=1e-9)


@pytest.mark.parametrize("wrong", ["score", "regression"])
@pytest.mark.parametrize("measure", ["survival", "rmst"])
def test_either_model_may_be_wrong(wrong: str, measure: str) -> None:
    """Confounding by a squared covariate, which only one of the two models knows of; the truth is no effect."""
    rng = np.random.default_rng(6)
    n = 20_000
    x = rng.normal(size=n)
    arm = rng.random(n) < expit(x**2 - 1)
    time, censoring = rng.exponential(np.exp(0.6 * x**2)), rng.uniform(0.5, 4, n)
    seen, event = np.minimum(time, censoring), time <= censoring
    full, poor = np.column_stack([x, x**2, np.minimum(x**2, 1), np.minimum(x**2, 4)]), x[:, np.newaxis]
    score = fit_propensity(poor if wrong == "score" else full, arm).score
    found = augmented_difference(full if wrong == "score" else poor, arm, seen, event, score, tau=1.0, measure=measure)
    naive = augmented_difference(poor, arm, seen, event, fit_propensity(poor, arm).score, tau=1.0, measure=measure)
    assert abs(found.difference) < 3 * found.se
    assert naive.difference > 8 * naive.se


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"measure": "median"}, BadOption),
        ({"tau": 0}, BadValue),
        ({"tau": np.inf}, BadValue),
        ({"tau": 60}, BeyondFollowUp),
        ({"score": np.ones(432)}, BadValue),
        ({"treated": np.ones(432)}, EmptyArm),
        ({"level": 95}, BadValue),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception]) -> None:
    table = rossi()
    given: dict[str, Any] = {
        "design": covariates(table), "treated": table["treat"], "time": table["time"], "event": table["event"],
        "score": np.full(432, 0.5), "tau": 26, **changes,
    }  # fmt: skip
    with pytest.raises(error):
        augmented_difference(**given)


def test_a_covariate_without_variation_in_one_arm_is_named() -> None:
    table = rossi()
    design = covariates(table)
    design["only"] = (np.arange(432) % 3 == 0) * (1 - table["treat"])
    outcome = (table["treat"], table["time"], table["event"], np.full(432, 0.5))
    with pytest.raises(ConstantColumn, match="only"):
        augmented_difference(design, *outcome, tau=26)
    design["only"] = design["age"] * 2 - design["prio"]
    with pytest.raises(Collinear, match="only"):
        augmented_difference(design, *outcome, tau=26)
