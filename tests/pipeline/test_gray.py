"""Gray's test against R, a slow version and the log-rank test."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyses.pipeline.checks import (
    BadOption,
    BadValue,
    EmptyArm,
    InputError,
    LengthMismatch,
    MissingValues,
    NegativeTime,
    NoEvents,
)
from analyses.pipeline.competing import GrayTest, gray_test
from analyses.pipeline.survival import logrank
from tests.pipeline.competing_data import NAMES, competing_data, reference, tied_follow_ups
from tests.pipeline.shared_data import close, lung, r_reference
from tests.pipeline.slow_competing import slow_gray


@pytest.mark.parametrize("name", NAMES)
def test_equals_r(name: str) -> None:
    data = competing_data(name)
    options: dict[str, dict[str, Any]] = {
        "plain": {},
        "early": {"rho": 1},
        "root": {"rho": 0.5},
        "stratified": {"strata": data.centre},
    }
    for kind, lines in reference(name)["tests"].items():
        for cause, expected in lines.items():
            found = gray_test(data.time, data.event, data.arm, cause=int(cause), **options[kind])
            close([found.statistic, found.df, found.p], [expected["stat"], expected["df"], expected["pv"]])


def test_mgus2_by_sex_equals_r() -> None:
    data = competing_data("mgus2")
    for cause, expected in enumerate(r_reference()["mgus2"]["gray"], start=1):
        found = gray_test(data.time, data.event, data.arm, cause=cause)
        close([found.statistic, found.df, found.p], [expected["stat"], expected["df"], expected["pv"]])


def gray_of(*arguments: Any, **options: Any) -> GrayTest:
    """The test, of data that allow one."""
    try:
        return gray_test(*arguments, **options)
    except InputError:
        assume(False)
        raise


@settings(max_examples=80)
@given(tied_follow_ups(), st.sampled_from([0, 1]))
def test_equals_a_slow_version_under_heavy_ties(data: Any, rho: float) -> None:
    time, event, group = data
    found = gray_of(time, event, group, cause=1, rho=rho)
    codes = np.unique(group, return_inverse=True)[1]
    score, variance = slow_gray(time, event, codes, 1, rho)
    np.testing.assert_allclose(found.observed - found.expected, score, atol=1e-9)
    used = np.flatnonzero(found.expected > 0)[1:]
    slow = score[used] @ np.linalg.solve(variance[np.ix_(used, used)], score[used])
    assert found.statistic == pytest.approx(slow, rel=1e-6, abs=1e-9)
    assert found.df == len(used)


@settings(max_examples=40)
@given(tied_follow_ups(), st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_neither_row_order_nor_unit_of_time_matters(data: Any, random: Any, factor: float) -> None:
    time, event, group = data
    one = gray_of(time, event, group, cause=1)
    order = list(range(len(time)))
    random.shuffle(order)
    two = gray_test(time[order] * factor, event[order], group[order], cause=1)
    assert two.statistic == pytest.approx(one.statistic, rel=1e-6, abs=1e-9)


@settings(max_examples=40)
@given(tied_follow_ups())
def test_without_other_causes_its_score_is_that_of_the_logrank_test(data: Any) -> None:
    time, event, group = data
    found = gray_of(time, event > 0, group, cause=1)
    other = logrank(time, event > 0, group)
    np.testing.assert_allclose(found.observed, other.observed)
    np.testing.assert_allclose(found.expected, other.expected, atol=1e-9)


def test_without_other_causes_it_is_close_to_the_logrank_test() -> None:
    """Both tests have the score of the log-rank test; the variances differ, by no more than chance under no effect."""
    data = lung()
    found = gray_test(data["time"], data["event"], data["sex"], cause=1)
    other = logrank(data["time"], data["event"], data["sex"])
    close(found.observed - found.expected, other.observed - other.expected)
    assert found.statistic == pytest.approx(other.statistic, rel=0.1)


def test_other_causes_are_one() -> None:
    data = competing_data("monthly")
    found = gray_test(data.time, data.event, data.arm, cause=1)
    merged = gray_test(data.time, np.where(data.event == 3, 2, data.event), data.arm, cause=1)
    assert found.statistic == pytest.approx(merged.statistic)
    assert found.groups == ("a", "b", "c")
    assert found.n == tuple((data.arm == arm).sum() for arm in "abc")


@pytest.mark.parametrize("rho", [0, 1])
def test_strata_add_up_and_one_without_the_cause_adds_nothing(rho: float) -> None:
    data = competing_data("heart")
    blocks = np.where(np.arange(len(data.time)) < 60, "x", "y")
    both = gray_test(data.time, data.event, data.arm, cause=1, strata=blocks, rho=rho)
    parts = [gray_test(*(v[blocks == b] for v in data[:3]), cause=1, rho=rho) for b in ("x", "y")]
    close(both.expected, parts[0].expected + parts[1].expected)
    without = np.where(blocks == "y", 0, data.event)
    alone = gray_test(data.time, without, data.arm, cause=1, strata=blocks, rho=rho)
    close(alone.statistic, parts[0].statistic)


def test_a_group_without_patients_at_risk_costs_no_degree_of_freedom() -> None:
    time, event = [1, 5, 6, 7, 8, 9], [0, 1, 1, 2, 1, 1]
    found = gray_test(time, event, ["c", "a", "b", "a", "b", "a"], cause=1)
    pair = gray_test(time[1:], event[1:], ["a", "b", "a", "b", "a"], cause=1)
    assert found.df == 1
    assert found.statistic == pytest.approx(pair.statistic)


def test_a_shared_incidence_of_one_before_the_end_is_refused() -> None:
    """18 of 22 die out in a; when half of b and c follow, both are left at risk with a shared incidence of 1.3."""
    time = [1] * 18 + [2, 3, 2, 3]
    group = ["a"] * 18 + ["b", "b", "c", "c"]
    event = [1] * 22
    assert gray_test(time, event, group, cause=1).df == 2
    with pytest.raises(BadValue, match="reaches 1"):
        gray_test(time, event, group, cause=1, rho=0.5)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"group": ["a"] * 4}, EmptyArm, "group a"),
        ({"group": ["a", "b"]}, LengthMismatch, "group"),
        ({"group": ["a", None, "a", "b"]}, MissingValues, "group"),
        ({"strata": [1, 2]}, LengthMismatch, "strata"),
        ({"event": [2, 0, 2, 0]}, NoEvents, r"cause 1 \(causes seen: 2\)"),
        ({"event": [0, 0, 0, 0]}, NoEvents, "none"),
        ({"cause": 3}, NoEvents, r"causes seen: 1, 2"),
        ({"cause": 0}, BadOption, "found 0"),
        ({"cause": "relapse"}, BadOption, "relapse"),
        ({"cause": 1.0}, BadOption, "found 1.0"),
        ({"time": [1, -2, 3, 4]}, NegativeTime, "row 1"),
        ({"time": [1, np.nan, 3, 4]}, MissingValues, "row 1"),
        ({"time": [9, 1, 9, 1], "event": [1, 0, 1, 0]}, NoEvents, "Only one group"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    arguments: dict[str, Any] = {
        "time": [1, 2, 3, 4],
        "event": [1, 0, 2, 1],
        "group": ["a", "b", "a", "b"],
        "cause": 1,
        **changes,
    }
    positional = (arguments.pop("time"), arguments.pop("event"), arguments.pop("group"))
    with pytest.raises(error, match=words):
        gray_test(*positional, **arguments)
