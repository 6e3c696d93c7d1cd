"""The Cox model against R, lifelines, statsmodels and a slow likelihood."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi

from analyses.pipeline.checks import (
    BadOption,
    BadValue,
    Collinear,
    ConstantColumn,
    Divergence,
    InputError,
    LengthMismatch,
    MissingValues,
    NegativeTime,
    NoEvents,
    NotSupported,
)
from analyses.pipeline.cox import CoxFit, fit_cox
from analyses.pipeline.cox.inputs import read_risk_sets
from analyses.pipeline.cox.likelihood import derivatives, evaluate
from analyses.pipeline.cox.residuals import score_residuals
from tests.pipeline.shared_data import (
    VETERAN_COLUMNS,
    close,
    colon_deaths,
    diabetic,
    lung,
    needs_shared,
    r_reference,
    veteran,
)
from tests.pipeline.slow_cox import gradient, problems, slow_loglik, slow_score
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2, rossi, stanford


def equals_r(fit: CoxFit, expected: dict[str, Any]) -> None:
    terms = expected["coef"].values()
    close(fit.coef, [term["logHR"] for term in terms])
    close(fit.se, [term["se"] for term in terms])
    close(fit.loglik, expected["loglik"])
    for name in ("lrt", "score"):
        test = getattr(fit, name)
        close([test.statistic, test.df, test.p], expected[name])
    if "wald" in expected:
        close(fit.wald.statistic, expected["wald"])
    close([fit.concordance.value, fit.concordance.se], expected["concordance"])
    assert (fit.n, fit.n_events) == (expected["n"], expected["events"])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_lung_equals_r(ties: str) -> None:
    data = lung().dropna(subset=["ph.ecog"])
    fit = fit_cox(data[["age", "sex", "ph.ecog"]], data["time"], data["event"], ties=ties)
    expected = r_reference()["lung"][f"cox_{ties}"]
    equals_r(fit, expected)
    for term, reference in zip(fit.terms(), expected["coef"].values(), strict=True):
        close(
            [term.hr, term.lower, term.upper, term.z, term.p],
            [reference[key] for key in ("HR", "lower95", "upper95", "z", "p")],
        )


def test_veteran_equals_r() -> None:
    data = veteran()
    equals_r(fit_cox(data[VETERAN_COLUMNS], data["time"], data["status"]), r_reference()["veteran"]["cox_efron"])


def test_colon_equals_r() -> None:
    data = colon_deaths()
    fit = fit_cox(data[["rxLev", "rx5FU", "age", "sex", "node4"]], data["time"], data["status"])
    equals_r(fit, r_reference()["colon_death"]["cox_efron"])


def test_clusters_under_ties_equal_r() -> None:
    data, expected = diabetic(), r_reference()["more"]["diabetic_cluster"]
    design = np.column_stack([data["trt"], data["laser"] == "argon"])
    fit = fit_cox(design, data["time"], data["status"], cluster=data["id"])
    close(fit.coef, expected["coef"])
    close(fit.se, expected["naive_se"])
    assert fit.robust_se is not None
    close(fit.robust_se, expected["robust_se"])
    assert [term.se for term in fit.terms()] == fit.robust_se.tolist()


def rhc_thirty_days() -> pd.DataFrame:
    table = pd.read_csv(needs_shared("data/rhc/rhc.csv"))
    died = table["dth30"] == "Yes"
    return table.assign(
        treat=(table["swang1"] == "RHC") * 1.0,
        event=died,
        time=np.where(died, table["dthdte"] - table["sadmdte"], 30.0),
    )


def test_rhc_with_thirty_distinct_times_equals_r() -> None:
    data, reference = rhc_thirty_days(), r_reference()["rhc_psm"]
    equals_r(fit_cox(data[["treat"]], data["time"], data["event"]), reference["cox30_unmatched"])
    pairs = pd.read_csv(needs_shared("reference/rhc_pairs.csv"))
    matched = pairs[["id", "subclass"]].merge(data, left_on="id", right_on="ptid")
    fit = fit_cox(matched[["treat"]], matched["time"], matched["event"], cluster=matched["subclass"])
    equals_r(fit, reference["cox30_matched_robust"])
    assert fit.robust_se is not None
    close(fit.robust_se, [reference["cox30_matched_robust"]["coef"]["treat"]["robust_se"]])


ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


def test_rossi_equals_lifelines_and_statsmodels() -> None:
    data = load_rossi()
    fit = fit_cox(data[ROSSI], data["week"], data["arrest"])
    other = CoxPHFitter().fit(data, "week", "arrest", fit_options={"precision": 1e-11})
    close(fit.coef, other.params_)
    close(fit.se, other.standard_errors_)
    close(fit.loglik[1], other.log_likelihood_)
    close(fit.lrt.statistic, other.log_likelihood_ratio_test().test_statistic)
    assert fit.concordance.value == pytest.approx(other.concordance_index_, rel=1e-6)
    for ties in ("efron", "breslow"):
        third = sm.PHReg(data["week"], data[ROSSI].astype(float), data["arrest"], ties=ties).fit()
        close(fit_cox(data[ROSSI], data["week"], data["arrest"], ties=ties).coef, third.params)


def test_strata_and_delayed_entry_equal_statsmodels() -> None:
    rng = np.random.default_rng(11)
    n = 200
    x, strata = rng.normal(size=(n, 2)), rng.integers(0, 4, n)
    entry = rng.integers(0, 4, n) + 0.5  # never at an event time, where statsmodels counts who enters as at risk
    time = np.ceil(entry) + rng.integers(1, 15, n)
    event = rng.random(n) < 0.7
    fit = fit_cox(x, time, event, entry=entry, strata=strata)
    other = sm.PHReg(time, x, event, entry=entry, strata=strata, ties="efron").fit()
    close(fit.coef, other.params)
    close(fit.se, other.bse)


HEART = ["age", "year", "surgery", "transplant"]
MODELS: dict[str, tuple[Any, list[str], dict[str, str]]] = {
    "rossi": (rossi, ["fin", "age", "prio"], {"strata": "wexp", "weights": "w"}),
    "rossi_cluster": (rossi, ["fin", "age", "prio"], {"strata": "mar", "weights": "w", "cluster": "age"}),
    "stanford": (stanford, HEART, {"entry": "start"}),
    "stanford_cluster": (stanford, HEART, {"entry": "start", "cluster": "id"}),
    "gbsg2": (
        gbsg2,
        ["age", "tsize", "pnodes"],
        {"entry": "entry", "weights": "w", "strata": "tgrade", "cluster": "age"},
    ),
}


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", list(MODELS))
def test_strata_weights_clusters_and_late_entry_equal_r(name: str, ties: str) -> None:
    load, columns, options = MODELS[name]
    data, expected = load(), SURVIVAL_REFERENCE["models"][ties][name]
    chosen = {option: data[column] for option, column in options.items()}
    fit = fit_cox(data[columns], data["time"], data["event"], ties=ties, **chosen)
    close(fit.coef, expected["coef"])
    close(fit.se, expected["se"])
    assert (fit.robust_se is None) == (expected["robust_se"] is None)
    if fit.robust_se is not None:
        close(fit.robust_se, expected["robust_se"])
    close(fit.loglik, expected["loglik"])
    close(
        [fit.lrt.statistic, fit.wald.statistic, fit.score.statistic],
        [expected[key] for key in ("lrt", "wald", "score")],
    )
    close([fit.concordance.value, fit.concordance.se], expected["concordance"])


@settings(max_examples=50)
@given(problems(), st.floats(-1, 1), st.floats(-1, 1))
def test_likelihood_and_derivatives_equal_the_slow_ones(problem: dict[str, Any], first: float, second: float) -> None:
    x, ties, beta = problem["x"], problem["ties"], np.array([first, second])
    data = {key: value for key, value in problem.items() if key != "ties"}
    sets = read_risk_sets(len(x), *(data[key] for key in ("time", "event", "entry", "weights", "strata")))
    state = evaluate(sets, (x @ beta)[sets.order], ties)
    assert state is not None
    assert state.loglik == pytest.approx(slow_loglik(beta, **problem), rel=1e-10, abs=1e-10)
    score, matrix = derivatives(sets, x[sets.order], state)
    np.testing.assert_allclose(score, gradient(lambda b: slow_loglik(b, **problem), beta), rtol=1e-5, atol=1e-6)

    def fast_score(b: np.ndarray) -> np.ndarray:
        there = evaluate(sets, (x @ b)[sets.order], ties)
        assert there is not None
        return derivatives(sets, x[sets.order], there)[0]

    np.testing.assert_allclose(matrix, -gradient(fast_score, beta), rtol=1e-5, atol=1e-6)


@settings(max_examples=60)
@given(problems(), st.floats(-25, 25), st.floats(-25, 25))
def test_small_risk_sets_keep_their_digits(problem: dict[str, Any], first: float, second: float) -> None:
    """A risk set may hold 1e-20 of the risk of another stratum, or of those who enter later."""
    x, beta = problem["x"], np.array([first, second])
    outcome = [problem[key] for key in ("time", "event", "entry", "weights", "strata")]
    sets = read_risk_sets(len(x), *outcome)
    state = evaluate(sets, (x @ beta)[sets.order], problem["ties"])
    assert state is not None
    assert state.loglik == pytest.approx(slow_loglik(beta, **problem), rel=1e-9, abs=1e-9)
    score, _ = derivatives(sets, x[sets.order], state)
    np.testing.assert_allclose(score, slow_score(beta, **problem), rtol=1e-9, atol=1e-9)


@settings(max_examples=30)
@given(problems())
def test_score_residuals_are_derivatives_by_weight(problem: dict[str, Any]) -> None:
    x, ties, beta = problem["x"], problem["ties"], np.array([0.4, -0.3])
    weights = np.ones(len(x)) if problem["weights"] is None else problem["weights"]
    sets = read_risk_sets(len(x), problem["time"], problem["event"], problem["entry"], weights, problem["strata"])
    state = evaluate(sets, (x @ beta)[sets.order], ties)
    assert state is not None
    residuals = score_residuals(sets, x[sets.order], state)
    score, _ = derivatives(sets, x[sets.order], state)
    np.testing.assert_allclose(sets.weight @ residuals, score, atol=1e-9)

    def score_at(changed: np.ndarray) -> np.ndarray:
        inner = read_risk_sets(len(x), problem["time"], problem["event"], problem["entry"], changed, problem["strata"])
        there = evaluate(inner, (x @ beta)[inner.order], ties)
        assert there is not None
        return derivatives(inner, x[inner.order], there)[0]

    np.testing.assert_allclose(residuals, gradient(score_at, weights)[sets.order], rtol=1e-5, atol=1e-6)


def fit_or_skip(problem: dict[str, Any], **changes: Any) -> CoxFit:
    arguments = {**problem, **changes}
    with warnings.catch_warnings():
        warnings.simplefilter("error", Divergence)
        try:
            return fit_cox(arguments.pop("x"), arguments.pop("time"), arguments.pop("event"), **arguments)
        except (Divergence, InputError):
            assume(False)
            raise


@settings(max_examples=40)
@given(problems())
def test_the_fit_is_the_maximum_of_the_slow_likelihood(problem: dict[str, Any]) -> None:
    fit = fit_or_skip(problem)
    assert fit.loglik[0] == pytest.approx(slow_loglik(np.zeros(2), **problem), rel=1e-9)
    assert fit.loglik[1] == pytest.approx(slow_loglik(fit.coef, **problem), rel=1e-9, abs=1e-11)
    np.testing.assert_allclose(slow_score(fit.coef, **problem) * fit.se, 0, atol=1e-5)


@settings(max_examples=40)
@given(problems(), st.integers(0, 1000), st.floats(0.01, 1000))
def test_row_order_and_units_of_time_change_no_hazard_ratio(problem: dict[str, Any], seed: int, factor: float) -> None:
    fit = fit_or_skip(problem)
    rows = np.random.default_rng(seed).permutation(len(problem["x"]))
    shuffled = {key: value[rows] if isinstance(value, np.ndarray) else value for key, value in problem.items()}
    late = None if shuffled["entry"] is None else shuffled["entry"] * factor
    again = fit_or_skip(shuffled, time=shuffled["time"] * factor, entry=late)
    np.testing.assert_allclose(again.coef, fit.coef, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(again.se, fit.se, rtol=1e-6)
    np.testing.assert_allclose(again.linear_predictor, fit.linear_predictor[rows], atol=1e-7)


def test_splitting_follow_up_into_episodes_changes_nothing() -> None:
    data = load_rossi()
    x, week, arrest = data[ROSSI].to_numpy(float), data["week"].to_numpy(float), data["arrest"].to_numpy(bool)
    long = week > 20
    fit = fit_cox(x, week, arrest)
    split = fit_cox(
        np.vstack([x, x[long]]),
        np.concatenate([np.minimum(week, 20), week[long]]),
        np.concatenate([arrest & ~long, arrest[long]]),
        entry=np.concatenate([np.zeros(len(week)), np.full(long.sum(), 20.0)]),
    )
    close(split.coef, fit.coef)
    close(split.covariance, fit.covariance)
    close(split.loglik, fit.loglik)
    close(split.concordance.value, fit.concordance.value)


def test_deaths_that_nobody_else_was_at_risk_for_tell_nothing() -> None:
    """Left by rounding, an information of 1e-16 once passed for an estimate with a standard error of 1e8."""
    x = np.array([[-0.23728542, 1], [-0.10074632, 1], [-1.49802436, 1], [-0.99168958, 1], [0.66174441, 1], [-2.8, 0]])
    with pytest.raises(ConstantColumn, match="No variation among the patients at risk at any event time: age, sex"):
        fit_cox(
            x,
            [2, 1, 2, 3, 2, 3],
            [0, 1, 1, 1, 0, 0],
            names=["age", "sex"],
            entry=[1, 0, 0, 1, 1, 1],
            strata=[0, 0, 2, 0, 0, 1],
        )


def test_rows_of_weight_zero_are_not_there() -> None:
    data = load_rossi()
    kept = np.arange(len(data)) % 5 > 0
    weighted = fit_cox(data[ROSSI], data["week"], data["arrest"], weights=kept)
    left = fit_cox(data.loc[kept, ROSSI], data.loc[kept, "week"], data.loc[kept, "arrest"])
    close(weighted.coef, left.coef)
    assert weighted.n == left.n
    assert (weighted.linear_predictor[~kept] == 0).all()


def test_clusters_of_one_equal_the_sum_of_squared_influences() -> None:
    """Dropping one patient moves the coefficients by about its dfbeta (Therneau and Grambsch 2000, 7.1)."""
    data = load_rossi().iloc[:200]
    names = ["fin", "age", "prio"]
    x, time, event = data[names].to_numpy(float), data["week"].to_numpy(float), data["arrest"].to_numpy(float)
    fit = fit_cox(x, time, event, cluster=np.arange(len(data)))
    assert fit.robust_covariance is not None
    jackknife = np.array(
        [fit_cox(np.delete(x, k, 0), np.delete(time, k), np.delete(event, k)).coef for k in range(200)]
    )
    np.testing.assert_allclose(fit.robust_se, np.sqrt(((jackknife - fit.coef) ** 2).sum(axis=0)), rtol=0.08)
    assert fit.wald.statistic == pytest.approx(fit.coef @ np.linalg.inv(fit.robust_covariance) @ fit.coef)


def test_a_level_without_events_warns_and_is_named() -> None:
    rng = np.random.default_rng(3)
    age, rare, time = rng.normal(size=120), np.arange(120) < 12, rng.integers(1, 40, 120)
    event = (rng.random(120) < 0.6) & ~rare
    with pytest.warns(Divergence, match="rare"):
        fit = fit_cox(np.column_stack([age, rare]), time, event, names=["age", "rare"])
    assert fit.diverging == ("rare",)
    assert fit.lrt.p < 0.05
    assert np.isfinite(fit.coef).all()
    without = fit_cox(age, time, event)
    assert without.diverging == ()


def test_large_numbers_and_tiny_scales_do_not_hurt() -> None:
    data = load_rossi()
    x = data[ROSSI].to_numpy(float)
    fit, scaled = (fit_cox(design, data["week"], data["arrest"]) for design in (x, x * 1e-6 + 1e3))
    np.testing.assert_allclose(scaled.coef * 1e-6, fit.coef, rtol=1e-5)
    np.testing.assert_allclose(scaled.loglik, fit.loglik, rtol=1e-9)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"design": [[1, 2], [1, 3], [1, 1], [1, 5]]}, ConstantColumn, "x0"),
        ({"design": [[1, 2], [2, 4], [0, 0], [5, 10]]}, Collinear, "x1"),
        ({"design": [[1], [np.nan], [3], [4]]}, MissingValues, "row 1"),
        ({"design": [[1], [2]]}, LengthMismatch, "4 entries where 2"),
        ({"design": [[1], [1], [1], [0]], "time": [5, 6, 7, 4], "event": [1, 1, 0, 0]}, ConstantColumn, "at risk"),
        ({"time": [1, 2, -3, 4]}, NegativeTime, "row 2"),
        ({"event": [0, 0, 0, 0]}, NoEvents, "No patient"),
        ({"event": [0, 1, 3, 0]}, BadValue, "0 or 1"),
        ({"entry": [0, 3, 0, 0]}, NegativeTime, "at risk"),
        ({"ties": "exact"}, BadOption, "efron"),
        ({"firth": True, "cluster": [1, 1, 2, 2]}, NotSupported, "Firth"),
        ({"names": ["a", "b"]}, LengthMismatch, "2 names"),
        ({"cluster": [1, 2]}, LengthMismatch, "cluster"),
        ({"weights": [0, 1, 1, -1]}, BadValue, "negative"),
        ({"weights": [1, 0, 0, 1]}, NoEvents, "weight 0"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    arguments: dict[str, Any] = {
        "design": [[1], [4], [2], [2.5]],
        "time": [1, 2, 3, 4],
        "event": [0, 1, 1, 0],
        **changes,
    }
    positional = (arguments.pop("design"), arguments.pop("time"), arguments.pop("event"))
    with pytest.raises(error, match=words):
        fit_cox(*positional, **arguments)
