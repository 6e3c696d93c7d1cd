"""Log-rank tests against R, lifelines and statsmodels."""

from typing import Any

import numpy as np
import pytest
from lifelines.datasets import load_leukemia, load_lymph_node, load_waltons
from lifelines.statistics import multivariate_logrank_test
from statsmodels.duration.survfunc import survdiff

from analyses.pipeline.checks import EmptyArm, LengthMismatch, NoEvents
from analyses.pipeline.survival import logrank
from tests.pipeline.shared_data import close, colon_deaths, lung, r_reference, veteran
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2, rossi


@pytest.mark.parametrize(
    ("name", "table", "by", "event", "key", "rho"),
    [
        ("lung", lung, "sex", "event", "logrank_sex", 0),
        ("lung", lung, "sex", "event", "peto_sex", 1),
        ("veteran", veteran, "trt", "status", "logrank_trt", 0),
        ("colon_death", colon_deaths, "rx", "status", "logrank_rx", 0),
    ],
)
def test_equals_r(name: str, table: Any, by: str, event: str, key: str, rho: float) -> None:
    data, expected = table(), r_reference()[name][key]
    found = logrank(data["time"], data[event], data[by], rho=rho)
    close([found.statistic, found.df, found.p], [expected["chisq"], expected["df"], expected["p"]])
    order = [found.groups.index(level) for level in (["Obs", "Lev", "Lev+5FU"] if by == "rx" else found.groups)]
    close(found.observed[order], expected["obs"])
    close(found.expected[order], expected["exp"])


@pytest.mark.parametrize(
    ("name", "load", "group", "strata"),
    [("rossi", rossi, "mar", "wexp"), ("gbsg2", gbsg2, "tgrade", "menostat")],
)
def test_stratified_and_weighted_equal_r(name: str, load: Any, group: str, strata: str) -> None:
    data = load()
    for expected in SURVIVAL_REFERENCE["logrank"][name]:
        found = logrank(data["time"], data["event"], data[group], strata=data[strata], rho=expected["rho"])
        close(found.statistic, expected["statistic"])
        close([found.observed, found.expected], [expected["observed"], expected["expected"]])


def test_many_small_strata_equal_the_sum_over_them() -> None:
    """Matched pairs as strata: McNemar's statistic of who of a pair has the event first."""
    rng = np.random.default_rng(3)
    time, event = rng.integers(1, 9, 400), rng.random(400) < 0.7
    pair, arm = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    found = logrank(time, event, arm, strata=pair)
    one, two = time.reshape(-1, 2).T
    dies = event.reshape(-1, 2).T
    first = int((dies[0] & (one < two)).sum() + (dies[0] & ~dies[1] & (one == two)).sum())
    second = int((dies[1] & (two < one)).sum() + (dies[1] & ~dies[0] & (one == two)).sum())
    assert found.statistic == pytest.approx((first - second) ** 2 / (first + second))


def test_stratified_equals_r() -> None:
    data = lung().dropna(subset=["ph.ecog"])
    found = logrank(data["time"], data["event"], data["sex"], strata=data["ph.ecog"])
    close(found.statistic, r_reference()["more"]["lung_logrank_strat_ecog"])


def test_equals_lifelines_and_statsmodels_under_heavy_ties() -> None:
    data = load_waltons()
    found = logrank(data["T"], data["E"], data["group"])
    close(found.statistic, survdiff(data["T"], data["E"], data["group"])[0])
    other = multivariate_logrank_test(data["T"], data["group"], data["E"])
    close([found.statistic, found.p], [other.test_statistic, other.p_value])
    early = multivariate_logrank_test(data["T"], data["group"], data["E"], weightings="fleming-harrington", p=0.5, q=0)
    close(logrank(data["T"], data["E"], data["group"], rho=0.5).statistic, early.test_statistic)


def test_strata_equal_statsmodels() -> None:
    data = load_leukemia()
    found = logrank(data["t"], data["status"], data["Rx"], strata=data["sex"])
    statistic, p = survdiff(data["t"], data["status"], data["Rx"], strata=data["sex"])
    close([found.statistic, found.p], [statistic, p])


def test_three_groups_equal_lifelines() -> None:
    data = load_lymph_node()
    found = logrank(data["survtime"], data["censdead"], data["grade"])
    other = multivariate_logrank_test(data["survtime"], data["grade"], data["censdead"])
    close([found.statistic, found.p], [other.test_statistic, other.p_value])
    assert found.df == 2


def test_freireich_as_printed() -> None:
    """Leukaemia remission, 6-MP against placebo: log-rank chi-square 16.79 (Collett; Kleinbaum and Klein)."""
    data = load_leukemia()
    found = logrank(data["t"], data["status"], data["Rx"])
    assert round(found.statistic, 2) == 16.79
    np.testing.assert_allclose(found.expected, [19.25, 10.75], atol=0.005)
    assert found.observed.tolist() == [9, 21]


def test_a_group_without_patients_at_risk_costs_no_degree_of_freedom() -> None:
    time, event, group = [1, 5, 6, 7, 8, 9], [0, 1, 1, 0, 1, 1], ["c", "a", "b", "a", "b", "a"]
    found = logrank(time, event, group)
    assert found.df == 1
    pair = logrank(time[1:], event[1:], group[1:])
    assert found.statistic == pytest.approx(pair.statistic)


@pytest.mark.parametrize("rho", [0, 1])
def test_a_stratum_without_events_adds_nothing(rho: float) -> None:
    time, event, group = [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 0], ["a", "b", "a", "b", "a", "b"]
    found = logrank(time, event, group, strata=[0, 0, 0, 0, 1, 1], rho=rho)
    alone = logrank(time[:4], event[:4], group[:4], rho=rho)
    assert found.statistic == pytest.approx(alone.statistic)


def test_bad_input_is_named() -> None:
    with pytest.raises(EmptyArm, match="group a"):
        logrank([1, 2], [1, 1], ["a", "a"])
    with pytest.raises(NoEvents):
        logrank([1, 2], [0, 0], ["a", "b"])
    with pytest.raises(NoEvents):
        logrank([1, 1, 5], [0, 0, 1], ["a", "a", "b"])
    with pytest.raises(LengthMismatch):
        logrank([1, 2], [1, 0], ["a"])
