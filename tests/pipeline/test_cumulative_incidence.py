"""Cumulative incidence against R, a slow version and closed forms."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline.checks import (
    BadOption,
    BadValue,
    EmptyArm,
    LengthMismatch,
    MissingValues,
    NegativeTime,
    NoEvents,
)
from analyses.pipeline.competing import CauseCurve, cumulative_incidence
from analyses.pipeline.survival import kaplan_meier
from tests.pipeline.competing_data import NAMES, competing_data, reference, tied_follow_ups
from tests.pipeline.shared_data import close, r_reference
from tests.pipeline.slow_competing import slow_incidence


def numbers(values: list[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


@pytest.mark.parametrize("name", NAMES)
def test_curves_variances_and_limits_equal_r(name: str) -> None:
    data, expected = competing_data(name), reference(name)
    found = cumulative_incidence(data.time, data.event, group=data.arm)
    assert len(found.curves) == len(expected["curves"])
    for label, line in expected["curves"].items():
        arm, cause = label.rsplit(" ", 1)
        curve = found.curve(int(cause), arm)
        at = curve.at(expected["times"])
        reached = at.time <= curve.time[-1]  # R's timepoints() knows nothing after the last time of a group
        for ours, theirs in (("incidence", "estimate"), ("se", "se"), ("lower", "lower"), ("upper", "upper")):
            theirs_here = np.where(at.incidence > 0, numbers(line[theirs]), 0)  # R has no limits of an incidence of 0
            close(getattr(at, ours)[reached], theirs_here[reached])


def test_mgus2_by_sex_equals_r() -> None:
    data = competing_data("mgus2")
    found = cumulative_incidence(data.time, data.event, group=data.arm)
    for line in r_reference()["mgus2"]["cif"]:
        arm, cause = line["_row"].split()
        close(found.curve(int(cause), arm).at([60, 120, 240]).incidence, [line[key] for key in ("60", "120", "240")])


@settings(max_examples=60)
@given(tied_follow_ups())
def test_equals_a_slow_version_under_heavy_ties(data: Any) -> None:
    time, event, _ = data
    found = cumulative_incidence(time, event)
    for curve in found.curves:
        slow = np.array([slow_incidence(time, event, curve.cause, t) for t in curve.time])
        np.testing.assert_allclose(curve.incidence, slow[:, 0], atol=1e-12)
        np.testing.assert_allclose(curve.se**2, slow[:, 1], atol=1e-12)
        assert curve.at_risk.tolist() == [(time >= t).sum() for t in curve.time]
        assert curve.events.tolist() == [((time == t) & (event == curve.cause)).sum() for t in curve.time]


@settings(max_examples=60)
@given(tied_follow_ups())
def test_incidences_and_survival_add_up_to_one(data: Any) -> None:
    time, event, group = data
    found = cumulative_incidence(time, event, group=group)
    for label in found.groups:
        rows = group == label
        survival = kaplan_meier(time[rows], event[rows] > 0).survival
        total = sum(found.curve(cause, label).incidence for cause in found.causes)
        np.testing.assert_allclose(total + survival, 1, atol=1e-12)


def same(one: CauseCurve, two: CauseCurve, unit: float = 1.0) -> None:
    np.testing.assert_allclose(two.time, one.time * unit)
    for name in ("at_risk", "events", "incidence", "se", "lower", "upper"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-9, atol=1e-12)


@settings(max_examples=40)
@given(tied_follow_ups(), st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_neither_row_order_nor_unit_of_time_matters(data: Any, random: Any, factor: float) -> None:
    time, event, group = data
    order = list(range(len(time)))
    random.shuffle(order)
    one = cumulative_incidence(time, event, group=group)
    two = cumulative_incidence(time[order] * factor, event[order], group=group[order])
    for curve in one.curves:
        same(curve, two.curve(curve.cause, curve.group), factor)


@settings(max_examples=40)
@given(tied_follow_ups())
def test_groups_are_estimated_apart(data: Any) -> None:
    time, event, group = data
    found = cumulative_incidence(time, event, group=group)
    for label in found.groups:
        rows = group == label
        for cause in np.unique(event[rows & (event > 0)]):
            same(found.curve(int(cause), label), cumulative_incidence(time[rows], event[rows]).curve(int(cause)))


def test_without_other_causes_it_is_one_minus_kaplan_meier() -> None:
    time = np.array([1.0, 2, 2, 3, 5, 5, 5, 8, 9, 12])
    event = np.array([1, 1, 0, 1, 1, 1, 0, 0, 1, 0])
    curve, survival = cumulative_incidence(time, event).curve(1), kaplan_meier(time, event)
    close(curve.incidence, 1 - survival.survival)
    d, n = survival.events, survival.at_risk
    close(curve.se**2, survival.survival**2 * np.cumsum(d / np.maximum((n - 1) * (n - d), 1)))


def test_without_censoring_it_is_a_proportion() -> None:
    rng = np.random.default_rng(5)
    time, event = rng.integers(1, 30, 400).astype(float), rng.integers(1, 4, 400)
    for curve in cumulative_incidence(time, event).curves:
        share = np.array([((time <= t) & (event == curve.cause)).mean() for t in curve.time])
        close(curve.incidence, share)
        np.testing.assert_allclose(curve.se[:-1], np.sqrt(share * (1 - share) / 400)[:-1], rtol=0.02)


def test_the_curve_before_between_and_after_its_times() -> None:
    curve = cumulative_incidence([2, 3, 3, 4, 5], [0, 1, 2, 1, 0]).curve(1)
    at = curve.at([0, 1, 3, 3.5, 4, 5, 9])
    close(at.incidence, [0, 0, 0.25, 0.25, 0.5, 0.5, 0.5])
    assert at.at_risk.tolist() == [5, 5, 4, 2, 2, 1, 0]
    assert (at.se[:2], at.lower[:2], at.upper[:2]) == (pytest.approx([0, 0]),) * 3
    assert (at.lower[2:] < at.incidence[2:]).all()
    assert (at.incidence[2:] < at.upper[2:]).all()
    assert (curve.n, curve.n_events) == (5, 2)


def test_limits_widen_with_the_level_and_end_where_everybody_had_the_event() -> None:
    time, event = [1, 2, 3, 4], [1, 1, 1, 1]
    narrow, wide = (cumulative_incidence(time, event, level=level).curve(1).at(2) for level in (0.8, 0.95))
    assert wide.lower[0] < narrow.lower[0] < 0.5 < narrow.upper[0] < wide.upper[0]
    last = cumulative_incidence(time, event).curve(1).at(4)
    assert last.incidence[0] == pytest.approx(1)
    assert np.isnan([last.lower[0], last.upper[0]]).all()


def test_a_cause_that_a_group_never_has_is_flat_at_zero() -> None:
    found = cumulative_incidence([1, 2, 3, 4], [1, 0, 2, 1], group=["a", "a", "b", "b"])
    flat = found.curve(2, "a")
    assert (flat.n, flat.n_events) == (2, 0)
    assert not np.concatenate([flat.incidence, flat.se, flat.lower, flat.upper]).any()


def test_times_that_differ_by_rounding_are_one_time() -> None:
    curve = cumulative_incidence([0.1 + 0.2, 0.3, 1.0, 2.0], [1, 2, 1, 0]).curve(1)
    assert curve.time.shape == (3,)
    close(curve.at([0.3, 1.0]).incidence, [0.25, 0.5])


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"time": [-1, 2, 3]}, NegativeTime, "row 0"),
        ({"time": [1, math.nan, 3]}, MissingValues, "row 1"),
        ({"time": []}, EmptyArm, "no entries"),
        ({"event": [0, 1]}, LengthMismatch, "3 are needed"),
        ({"event": [0, None, 1]}, MissingValues, "event"),
        ({"event": [0, 1.5, 1]}, BadValue, "row 1 has 1.5"),
        ({"event": [0, 1, -1]}, BadValue, "row 2"),
        ({"event": [0, 1, 1e300]}, BadValue, "row 2"),
        ({"event": [0, 0, 0]}, NoEvents, "any cause"),
        ({"group": ["a", "b"]}, LengthMismatch, "group"),
        ({"group": ["a", None, "b"]}, MissingValues, "group"),
        ({"level": 95}, BadValue, "level"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    arguments: dict[str, Any] = {"time": [1, 2, 3], "event": [1, 0, 2], **changes}
    with pytest.raises(error, match=words):
        cumulative_incidence(arguments.pop("time"), arguments.pop("event"), **arguments)


def test_a_curve_that_does_not_exist_is_named() -> None:
    found = cumulative_incidence([1, 2], [1, 2])
    with pytest.raises(BadOption, match="cause 3"):
        found.curve(3)
    with pytest.raises(BadOption, match="group 'a'"):
        found.curve(1, "a")
