"""Fine-Gray and cause-specific models against R, a slow version and the Cox model."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.datasets import load_rossi

from analyses.pipeline.checks import (
    BadOption,
    BadValue,
    Collinear,
    ConstantColumn,
    Divergence,
    LengthMismatch,
    MissingValues,
    NegativeTime,
    NoEvents,
)
from analyses.pipeline.clock import read_clock
from analyses.pipeline.competing import cause_specific, fine_gray
from analyses.pipeline.competing.fine_gray import censoring_residuals
from analyses.pipeline.competing.subdistribution import arrange_subdistribution
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.cox.newton import evaluate_point
from analyses.pipeline.cox.residuals import score_residuals
from tests.pipeline.competing_data import NAMES, competing_data, reference, tied_follow_ups
from tests.pipeline.shared_data import close, r_reference
from tests.pipeline.slow_competing import slow_influence, slow_pseudo_likelihood
from tests.pipeline.slow_cox import gradient


@pytest.mark.parametrize("name", NAMES)
def test_subdistribution_model_equals_r(name: str) -> None:
    data = competing_data(name)
    for cause, expected in reference(name)["fine_gray"].items():
        fit = fine_gray(data.design, data.time, data.event, cause=int(cause))
        close(fit.coef, expected["coef"])
        close(fit.covariance, expected["covariance"])
        close(fit.se, np.sqrt(np.diag(expected["covariance"])))
        close(fit.loglik, expected["loglik"])
        assert fit.names == tuple(data.design.columns)
        assert (fit.n, fit.n_events) == (len(data.time), (data.event == int(cause)).sum())


@pytest.mark.parametrize("cause", [1, 2])
def test_mgus2_equals_r(cause: int) -> None:
    data, expected = competing_data("mgus2"), r_reference()["more"][f"mgus2_crr_cause{cause}"]
    fit = fine_gray(data.design, data.time, data.event, cause=cause)
    close(fit.coef, expected["coef"])
    close(fit.se, expected["se"])


@pytest.mark.parametrize("name", NAMES)
def test_cause_specific_model_equals_r(name: str) -> None:
    data = competing_data(name)
    for cause, expected in reference(name)["cause_specific"].items():
        fit = cause_specific(data.design, data.time, data.event, cause=int(cause))
        close(fit.coef, expected["coef"])
        close(fit.covariance, expected["covariance"])
        close(fit.loglik, expected["loglik"])


def test_cause_specific_model_takes_the_options_of_the_cox_model() -> None:
    data = competing_data("monthly")
    found = cause_specific(data.design, data.time, data.event, cause=2, ties="breslow", strata=data.centre)
    other = fit_cox(data.design, data.time, data.event == 2, ties="breslow", strata=data.centre)
    assert found.coef.tolist() == other.coef.tolist()


@settings(max_examples=40)
@given(tied_follow_ups(), st.integers(0, 1000))
def test_likelihood_and_influences_equal_a_slow_version_under_heavy_ties(data: Any, seed: int) -> None:
    time, event, _ = data
    rng = np.random.default_rng(seed)
    x, beta = rng.normal(size=(len(time), 2)), rng.normal(size=2)
    sets = arrange_subdistribution(read_clock(time), event, 1)
    point = evaluate_point(sets, x[sets.order], beta, "breslow")
    assert point is not None

    def slow(at: np.ndarray) -> float:
        return slow_pseudo_likelihood(at, x, time, event, 1)

    assert point.state.loglik == pytest.approx(slow(beta), abs=1e-9)
    np.testing.assert_allclose(point.score, gradient(slow, beta), atol=1e-6)
    curvature = gradient(lambda at: gradient(slow, at, 1e-3), beta, 1e-3)
    np.testing.assert_allclose(point.information, -curvature, atol=1e-3, rtol=1e-3)
    influence = np.empty_like(x)
    influence[sets.order] = score_residuals(sets, x[sets.order], point.state)
    influence[sets.order] += censoring_residuals(sets, x[sets.order], point.state)
    np.testing.assert_allclose(influence, slow_influence(beta, x, time, event, 1), atol=1e-9)


def test_the_sandwich_is_made_of_the_influences() -> None:
    data = competing_data("monthly")
    fit = fine_gray(data.design, data.time, data.event, cause=1)
    x = data.design.to_numpy()
    slow = slow_influence(fit.coef, x, data.time, data.event, 1)
    sets = arrange_subdistribution(read_clock(data.time.astype(float)), data.event, 1)
    point = evaluate_point(sets, x[sets.order], fit.coef, "breslow")
    assert point is not None
    bread = np.linalg.inv(point.information)
    np.testing.assert_allclose(fit.covariance, bread @ slow.T @ slow @ bread, rtol=1e-6)


ROSSI = ["fin", "age", "prio"]


def test_without_other_causes_it_is_the_cox_model_with_robust_errors() -> None:
    data = load_rossi()
    fit = fine_gray(data[ROSSI], data["week"], data["arrest"], cause=1)
    cox = fit_cox(data[ROSSI], data["week"], data["arrest"], ties="breslow", cluster=np.arange(len(data)))
    close(fit.coef, cox.coef)
    close(fit.loglik, cox.loglik)
    close(fit.covariance, cox.robust_covariance)


def test_without_censoring_other_events_last_for_ever() -> None:
    data = competing_data("heart")
    seen = data.event > 0
    time, event, x = data.time[seen], data.event[seen], data.design[seen]
    fit = fine_gray(x, time, event, cause=2)
    forever = np.where(event == 2, time, time.max() + 1)
    cox = fit_cox(x, forever, event == 2, ties="breslow", cluster=np.arange(len(time)))
    close(fit.coef, cox.coef)
    close(fit.covariance, cox.robust_covariance)


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_neither_row_order_nor_units_matter(random: Any, factor: float) -> None:
    data = competing_data("monthly")
    order = list(range(len(data.time)))
    random.shuffle(order)
    one = fine_gray(data.design, data.time, data.event, cause=1)
    two = fine_gray(data.design.iloc[order] * factor - 3, data.time[order] * factor, data.event[order], cause=1)
    np.testing.assert_allclose(two.coef * factor, one.coef, rtol=1e-7)
    np.testing.assert_allclose(two.covariance * factor**2, one.covariance, rtol=1e-7)
    np.testing.assert_allclose(two.loglik, one.loglik)


def test_other_causes_are_one() -> None:
    data = competing_data("monthly")
    one = fine_gray(data.design, data.time, data.event, cause=1)
    two = fine_gray(data.design, data.time, np.where(data.event == 3, 2, data.event), cause=1)
    assert two.coef.tolist() == one.coef.tolist()


def test_rows_of_the_table_are_hazard_ratios_with_limits() -> None:
    data = competing_data("monthly")
    fit = fine_gray(data.design, data.time, data.event, cause=1)
    term = fit.terms(0.9)[0]
    assert (term.name, term.coef, term.se) == ("b", fit.coef[0], fit.se[0])
    close([term.hr, term.upper / term.hr], np.exp([fit.coef[0], 1.6448536269514722 * fit.se[0]]))


def test_a_level_without_events_of_the_cause_warns_and_is_named() -> None:
    rng = np.random.default_rng(3)
    age, rare, time = rng.normal(size=150), np.arange(150) < 20, rng.integers(1, 40, 150)
    event = np.where(rare, rng.integers(0, 2, 150) * 2, rng.integers(0, 3, 150))
    with pytest.warns(Divergence, match="rare"):
        fit = fine_gray(np.column_stack([age, rare]), time, event, cause=1, names=["age", "rare"])
    assert fit.diverging == ("rare",)
    assert np.isfinite(fit.coef).all()
    assert np.isfinite(fit.se).all()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"design": [[1, 2], [1, 3], [1, 1], [1, 5]]}, ConstantColumn, "x0"),
        ({"design": [[1, 2], [2, 4], [0, 0], [5, 10]]}, Collinear, "x1"),
        ({"design": [[1], [np.nan], [3], [4]]}, MissingValues, "row 1"),
        ({"design": [[1], [2]]}, LengthMismatch, "4 entries where 2"),
        ({"time": [1, 2, -3, 4]}, NegativeTime, "row 2"),
        ({"event": [0, 1, 2]}, LengthMismatch, "3 entries where 4"),
        ({"event": [0, 2, 2, 0]}, NoEvents, "cause 1"),
        ({"event": [0, 1, 0.5, 0]}, BadValue, "row 2"),
        ({"cause": 7}, NoEvents, "causes seen: 1, 2"),
        ({"cause": -1}, BadOption, "found -1"),
        ({"names": ["a", "b"]}, LengthMismatch, "2 names"),
    ],
)
@pytest.mark.parametrize("model", [fine_gray, cause_specific])
def test_bad_input_is_named(model: Any, changes: dict[str, Any], error: type[Exception], words: str) -> None:
    arguments: dict[str, Any] = {
        "design": [[1], [4], [2], [2.5]],
        "time": [1, 2, 3, 4],
        "event": [0, 1, 2, 1],
        "cause": 1,
        **changes,
    }
    positional = (arguments.pop("design"), arguments.pop("time"), arguments.pop("event"))
    with pytest.raises(error, match=words):
        model(*positional, **arguments)
