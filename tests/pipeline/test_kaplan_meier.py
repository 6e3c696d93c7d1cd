"""Kaplan-Meier against R, lifelines, closed forms and replication."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_leukemia, load_waltons

from analyses.pipeline.checks import BadOption, BadValue, EmptyArm, LengthMismatch, MissingValues, NegativeTime
from analyses.pipeline.survival import KaplanMeier, kaplan_meier, median_follow_up
from tests.pipeline.shared_data import close, colon_deaths, lung, r_reference, veteran
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2, rossi, stanford


def none_as_nan(values: list[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


@pytest.mark.parametrize(
    ("name", "table", "by", "event", "curves"),
    [
        ("lung", lung, "sex", "event", "km_by_sex"),
        ("veteran", veteran, "trt", "status", "km_by_trt"),
        ("colon_death", colon_deaths, "rx", "status", "km_by_rx"),
    ],
)
def test_curves_equal_r(name: str, table: Any, by: str, event: str, curves: str) -> None:
    data, reference = table(), r_reference()[name][curves]
    for stratum, expected in reference["table"].items():
        rows = data[data[by].astype(str) == stratum.split("=")[1]]
        curve = kaplan_meier(rows["time"], rows[event])
        assert (curve.n, curve.n_events) == (expected["records"], expected["events"])
        median = [curve.median.estimate, curve.median.lower, curve.median.upper]
        close(none_as_nan(median), none_as_nan([expected[key] for key in ("median", "0.95LCL", "0.95UCL")]))
        for line in reference["at_times"]:
            if line["strata"] == stratum:
                at = curve.at(line["time"])
                assert at.at_risk[0] == line["n.risk"]
                found = [at.survival[0], at.se[0], at.lower[0], at.upper[0]]
                close(found, [line[key] for key in ("surv", "se", "lower", "upper")])


@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain"])
def test_interval_types_equal_r(conf_type: str) -> None:
    data, expected = lung(), r_reference()["more"][f"lung_km_{conf_type}"]
    curve = kaplan_meier(data["time"], data["event"], conf_type=conf_type)
    at, median = curve.at(expected["times"]), curve.median
    close([at.survival, at.se, at.lower, at.upper], [expected[key] for key in ("surv", "se", "lower", "upper")])
    close(none_as_nan([median.estimate, median.lower, median.upper]), expected["median"])


def test_reverse_median_follow_up_equals_r() -> None:
    data = lung()
    found = median_follow_up(data["time"], data["event"])
    assert [found.estimate, found.lower, found.upper] == r_reference()["more"]["lung_reverse_km"]


def equals_r(curve: KaplanMeier, expected: dict[str, Any]) -> None:
    at, quartile = curve.at(expected["times"]), curve.quantile(0.25)
    close([at.survival, at.se, at.lower, at.upper], [expected[key] for key in ("survival", "se", "lower", "upper")])
    close(at.at_risk, expected["at_risk"])
    close(
        none_as_nan([quartile.estimate, quartile.lower, quartile.upper]),
        none_as_nan([None if value == "NA" else value for value in expected["quartile"]]),
    )


@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain"])
@pytest.mark.parametrize(("name", "load"), [("rossi", rossi), ("gbsg2", gbsg2)])
def test_bands_and_quartiles_equal_r(name: str, load: Any, conf_type: str) -> None:
    data, expected = load(), SURVIVAL_REFERENCE["curves"][name][conf_type]
    equals_r(kaplan_meier(data["time"], data["event"], conf_type=conf_type), expected)


def test_weights_and_late_entry_equal_r() -> None:
    expected, days, weeks, hearts = SURVIVAL_REFERENCE["curves"], gbsg2(), rossi(), stanford()
    for name, data in (("rossi", weeks), ("gbsg2", days)):
        equals_r(kaplan_meier(data["time"], data["event"], weights=data["w"]), expected[f"{name}_frequency"])
    weighted = kaplan_meier(weeks["time"], weeks["event"], weights=weeks["w"] / 7, weight_type="sampling")
    equals_r(weighted, expected["rossi_sampling"])
    equals_r(kaplan_meier(days["time"], days["event"], entry=days["entry"]), expected["gbsg2_entry"])
    after = hearts[hearts["transplant"] == 1]
    equals_r(kaplan_meier(after["time"], after["event"], entry=after["start"]), expected["stanford_entry"])


@pytest.mark.parametrize(("name", "load"), [("rossi", rossi), ("gbsg2", gbsg2)])
def test_median_follow_up_equals_r(name: str, load: Any) -> None:
    data = load()
    found = median_follow_up(data["time"], data["event"])
    expected = [None if value == "NA" else value for value in SURVIVAL_REFERENCE["follow_up"][name]]
    assert [found.estimate, found.lower, found.upper] == expected


def test_equals_lifelines_under_heavy_ties() -> None:
    waltons = load_waltons()
    curve = kaplan_meier(waltons["T"], waltons["E"], conf_type="log-log")
    other = KaplanMeierFitter().fit(waltons["T"], waltons["E"])
    close(curve.survival, other.survival_function_["KM_estimate"].loc[curve.time])
    bands = other.confidence_interval_.loc[curve.time[:-1]].to_numpy()
    close(np.column_stack([curve.lower, curve.upper])[:-1], bands)
    assert curve.median.estimate == other.median_survival_time_


def test_delayed_entry_equals_lifelines() -> None:
    rng = np.random.default_rng(8)
    entry = rng.integers(0, 5, 120).astype(float)
    time, event = entry + rng.integers(1, 20, 120), rng.random(120) < 0.6
    entry[:30] = 0
    curve = kaplan_meier(time, event, entry=entry)
    other = KaplanMeierFitter().fit(time, event, entry=entry)
    close(curve.survival, other.survival_function_["KM_estimate"].loc[curve.time])
    asked = np.arange(0.5, 20)
    close(curve.at(asked).at_risk, [((entry < t) & (time >= t)).sum() for t in asked])


def test_freireich_remission_times_as_printed() -> None:
    """6-MP arm, Kalbfleisch and Prentice 2002, table 1.2 / Collett: S at 6, 10, 23 is .857, .753, .448; median 23."""
    data = load_leukemia()
    treated = data[data["Rx"] == 0]
    curve = kaplan_meier(treated["t"], treated["status"])
    np.testing.assert_allclose(curve.at([6, 10, 23]).survival, [0.857, 0.753, 0.448], atol=5e-4)
    np.testing.assert_allclose(curve.at([6, 10, 23]).se, [0.0764, 0.0963, 0.1346], atol=5e-5)
    assert curve.median.estimate == 23


def test_greenwood_without_censoring_is_binomial() -> None:
    time = np.arange(1.0, 41)
    curve = kaplan_meier(time, np.ones(40))
    close(curve.survival[:-1], 1 - time[:-1] / 40)
    close(curve.se[:-1], np.sqrt(curve.survival * (1 - curve.survival) / 40)[:-1])
    assert curve.survival[-1] == 0
    assert np.isnan([curve.se[-1], curve.lower[-1], curve.upper[-1]]).all()


def test_median_is_a_midpoint_where_the_curve_rests_on_one_half() -> None:
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).median.estimate == 2.5
    assert kaplan_meier([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]).median.estimate == 3
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).median.estimate == 2
    assert kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).median.estimate is None


def test_spss_limits_are_symmetric() -> None:
    time = np.arange(1.0, 101)
    found = kaplan_meier(time, np.ones(100)).median_spss
    assert found.estimate == 50.5
    assert found.lower is not None
    assert found.upper is not None
    density = (0.55 - 0.45) / (55 - 45)
    assert found.upper - found.estimate == pytest.approx(1.959963984540054 * 0.05 / density)
    assert found.estimate - found.lower == pytest.approx(found.upper - found.estimate)
    assert kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).median_spss.lower is None


def same(one: KaplanMeier, two: KaplanMeier) -> None:
    for name in ("time", "at_risk", "events", "censored", "survival", "se", "lower", "upper"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9, atol=1e-12)


@st.composite
def follow_ups(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(2, 25))
    entry = np.array([draw(st.integers(0, 4)) for _ in range(n)], dtype=float)
    time = entry + np.array([draw(st.integers(1, 6)) for _ in range(n)])
    event = np.array([draw(st.booleans()) for _ in range(n)])
    weights = np.array([draw(st.integers(0, 4)) for _ in range(n)])
    weights[0] += 1
    return time, event, entry, weights


@settings(max_examples=50)
@given(follow_ups(), st.booleans(), st.sampled_from(["log", "log-log", "plain"]))
def test_frequency_weights_are_copies(data: Any, delayed: bool, conf_type: str) -> None:
    time, event, entry, weights = data
    copies = np.repeat(np.arange(len(time)), weights)
    weighted = kaplan_meier(time, event, entry=entry if delayed else None, weights=weights, conf_type=conf_type)
    copied = kaplan_meier(time[copies], event[copies], entry=entry[copies] if delayed else None, conf_type=conf_type)
    same(weighted, copied)
    assert weighted.median == copied.median


@settings(max_examples=30)
@given(follow_ups(), st.booleans())
def test_equal_sampling_weights_give_greenwood(data: Any, delayed: bool) -> None:
    time, event, entry, _ = data
    start = entry if delayed else None
    plain = kaplan_meier(time, event, entry=start)
    robust = kaplan_meier(time, event, entry=start, weights=np.full(len(time), 2.5), weight_type="sampling")
    np.testing.assert_allclose(robust.survival, plain.survival, atol=1e-12)
    if not delayed:
        np.testing.assert_allclose(robust.se, plain.se, atol=1e-9)


def test_sampling_variance_is_the_infinitesimal_jackknife() -> None:
    rng = np.random.default_rng(1)
    n, step = 40, 1e-6
    time, entry = rng.integers(4, 20, n).astype(float), rng.integers(0, 3, n).astype(float)
    event, weights = rng.random(n) < 0.6, rng.random(n) + 0.5
    curve = kaplan_meier(time, event, entry=entry, weights=weights, weight_type="sampling")
    total = np.zeros(curve.time.shape)
    for row in range(n):
        nudge = step * (np.arange(n) == row)
        up = kaplan_meier(time, event, entry=entry, weights=weights + nudge).survival
        down = kaplan_meier(time, event, entry=entry, weights=weights - nudge).survival
        total += (weights[row] * (up - down) / (2 * step)) ** 2
    inside = curve.survival > 0
    close(curve.se[inside], np.sqrt(total)[inside])


@settings(max_examples=30)
@given(follow_ups(), st.floats(0.01, 100))
def test_the_unit_of_time_does_not_matter(data: Any, factor: float) -> None:
    time, event, entry, _ = data
    one, two = kaplan_meier(time, event, entry=entry), kaplan_meier(time * factor, event, entry=entry * factor)
    np.testing.assert_allclose(two.survival, one.survival)
    np.testing.assert_allclose(two.time, one.time * factor)


def test_times_that_differ_by_rounding_are_one_time() -> None:
    time = [0.1 + 0.2, 0.3, 1.0, 2.0]
    curve = kaplan_meier(time, [1, 1, 1, 0])
    assert curve.time.shape == (3,)
    assert curve.events[0] == 2
    assert curve.at(0.3).survival[0] == 0.5


def test_after_the_last_time_nobody_is_at_risk() -> None:
    at = kaplan_meier([1, 2, 3], [1, 0, 0]).at([0, 3, 10])
    assert at.at_risk.tolist() == [3, 1, 0]
    close(at.survival, [1, 2 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"time": [-1, 2, 3]}, NegativeTime),
        ({"time": [1, math.nan, 3]}, MissingValues),
        ({"time": []}, EmptyArm),
        ({"time": [[1, 2, 3]]}, LengthMismatch),
        ({"event": [0, 1]}, LengthMismatch),
        ({"event": [0, 1, 2]}, BadValue),
        ({"event": [0, None, 1]}, MissingValues),
        ({"entry": [0, 2, 0]}, NegativeTime),
        ({"weights": [1, -1, 1]}, BadValue),
        ({"weights": [0, 0, 0]}, BadValue),
        ({"conf_type": "arcsin"}, BadOption),
        ({"weight_type": "iptw"}, BadOption),
        ({"level": 95}, BadValue),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception]) -> None:
    arguments: dict[str, Any] = {"time": [1, 2, 3], "event": [1, 0, 1], **changes}
    with pytest.raises(error):
        kaplan_meier(arguments.pop("time"), arguments.pop("event"), **arguments)
