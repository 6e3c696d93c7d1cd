"""Firth's penalised Cox likelihood against R's likelihood maximised and a slow definition."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

from analyses.pipeline.checks import BadOption, Divergence, InputError, NotSupported
from analyses.pipeline.cox import fit_cox, profile_terms
from tests.pipeline.shared_data import close, veteran
from tests.pipeline.slow_cox import gradient, problems, slow_information, slow_loglik

HERE = Path(__file__).parent / "r"
REFERENCE = json.loads((HERE / "firth_reference.json").read_text())


def myeloma() -> pd.DataFrame:
    """65 patients with many tied times; nobody outlives month 65 with `contrived`, so its coefficient diverges."""
    data = pd.read_csv(HERE / "firth_myeloma.csv")
    return data.assign(contrived=(data["time"] <= 65) * 1.0)


def equals_r(design: pd.DataFrame, time: pd.Series, event: pd.Series, ties: str, expected: dict[str, Any]) -> None:
    fit = fit_cox(design, time, event, ties=ties, firth=True)
    close(fit.coef, expected["coef"])
    close(fit.se, expected["se"])
    close(fit.loglik, expected["loglik"])
    close(fit.lrt.statistic, 2 * (expected["loglik"][1] - expected["loglik"][0]))
    terms = profile_terms(fit)
    close([term.lower for term in terms], expected["lower"])
    close([term.upper for term in terms], expected["upper"])
    close([term.z**2 for term in terms], expected["statistic"])
    assert [term.z > 0 for term in terms] == [coef > 0 for coef in expected["coef"]]
    assert fit.diverging == ()


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_myeloma_equals_r(ties: str) -> None:
    data = myeloma()
    equals_r(data[["logbun", "hgb", "contrived"]], data["time"], data["died"], ties, REFERENCE[ties]["myeloma"])


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_veteran_with_a_level_without_events_equals_r(ties: str) -> None:
    data = veteran()
    data["rare"] = ((data["status"] == 0) & (data["age"] > 50)) * 1.0
    equals_r(data[["karno", "rare"]], data["time"], data["status"], ties, REFERENCE[ties]["veteran"])


def test_without_the_penalty_the_coefficient_diverges_and_says_so() -> None:
    data = myeloma()
    with pytest.warns(Divergence, match="contrived"):
        fit_cox(data[["logbun", "hgb", "contrived"]], data["time"], data["died"])


def test_three_patients_in_closed_form() -> None:
    """x = 1, 1, 0 dying in this order: with u = exp(b) the likelihood u^2 / ((2 u + 1) (u + 1)) grows for ever."""
    fit = fit_cox([[1], [1], [0]], [1, 2, 3], [1, 1, 1], firth=True)

    def penalised(b: float) -> float:
        u = np.exp(b)
        information = 2 * u / (2 * u + 1) ** 2 + u / (u + 1) ** 2
        return float(2 * b - np.log(2 * u + 1) - np.log(u + 1) + 0.5 * np.log(information))

    grid = fit.coef[0] + np.array([-1e-3, 0, 1e-3])
    below, top, above = (penalised(b) for b in grid)
    assert top > max(below, above)
    assert abs(above - below) < 1e-8
    assert fit.loglik == pytest.approx((penalised(0), top))


@settings(max_examples=40)
@given(problems())
def test_the_fit_is_the_maximum_of_the_slow_penalised_likelihood(problem: dict[str, Any]) -> None:
    arguments = dict(problem)
    try:
        fit = fit_cox(arguments.pop("x"), arguments.pop("time"), arguments.pop("event"), firth=True, **arguments)
    except InputError:
        assume(False)
        raise

    def penalised(beta: np.ndarray) -> float:
        return slow_loglik(beta, **problem) + 0.5 * float(np.linalg.slogdet(slow_information(beta, **problem))[1])

    assert fit.loglik == pytest.approx((penalised(np.zeros(2)), penalised(fit.coef)), rel=1e-7, abs=1e-7)
    np.testing.assert_allclose(gradient(penalised, fit.coef, 1e-4) * fit.se, 0, atol=1e-4)
    np.testing.assert_allclose(fit.covariance @ slow_information(fit.coef, **problem), np.eye(2), atol=1e-5)


def test_many_events_leave_little_to_correct() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4000, 2))
    time = rng.exponential(np.exp(-x @ [0.5, -0.2]))
    plain, penalised = (fit_cox(x, time, np.ones(4000), firth=firth) for firth in (False, True))
    np.testing.assert_allclose(penalised.coef, plain.coef, atol=1e-3)
    wald = plain.terms()
    np.testing.assert_allclose([term.upper for term in profile_terms(penalised)], [t.upper for t in wald], rtol=1e-3)


def test_what_firth_cannot_do_is_named() -> None:
    data = myeloma()
    arguments = (data[["hgb"]], data["time"], data["died"])
    with pytest.raises(NotSupported, match="Firth"):
        fit_cox(*arguments, firth=True, cluster=np.arange(65))
    with pytest.raises(BadOption, match="firth=True"):
        profile_terms(fit_cox(*arguments))


def test_firth_is_never_silent() -> None:
    """A diverging coefficient is warned of and left alone; the penalty comes in when it is asked for."""
    data = myeloma()
    arguments = (data[["contrived"]], data["time"], data["died"])
    with pytest.warns(Divergence, match=r"penalise \(Firth\)"):
        fit = fit_cox(*arguments)
    assert not fit.firth
    with warnings.catch_warnings():
        warnings.simplefilter("error", Divergence)
        assert fit_cox(*arguments, firth=True).firth
