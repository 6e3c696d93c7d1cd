"""E-values against published ones, the smallest detectable hazard ratio against R's epiR."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.pipeline.checks import BadValue
from analyses.pipeline.sensitivity import e_value, smallest_detectable_hr
from tests.pipeline.shared_data import close
from tests.pipeline.weighting_data import golden


@pytest.mark.parametrize(
    ("ratio", "lower", "upper", "expected", "limit", "decimals"),
    [
        # VanderWeele and Ding 2017: no breastfeeding and respiratory death; infant leukaemia
        (3.9, 1.8, 8.7, 7.26, 3.00, 2),
        (0.80, 0.71, 0.91, 1.81, 1.43, 2),
        # the EValue package's vignette: smoking and lung cancer
        (10.73, 8.02, 14.36, 20.94777, 15.52336, 5),
    ],
)
def test_published_e_values_of_ratios(
    ratio: float, lower: float, upper: float, expected: float, limit: float, decimals: int
) -> None:
    found = e_value(ratio, lower=lower, upper=upper, rare=True)
    assert found.limit is not None
    assert (round(found.estimate, decimals), round(found.limit, decimals)) == (expected, limit)
    assert found.risk_ratio == ratio


@pytest.mark.parametrize(("hr", "expected"), [(0.67, 1.968), (0.97, 1.169)])
def test_common_events(hr: float, expected: float) -> None:
    assert round(e_value(hr).estimate, 3) == expected


def test_the_near_limit_counts_and_beyond_one_it_is_one() -> None:
    found = e_value(0.67, lower=0.46, upper=0.97)
    assert found.limit is not None
    assert round(found.limit, 3) == 1.169
    assert e_value(1 / 0.67, lower=1 / 0.97).limit == pytest.approx(found.limit)
    for crossing in (e_value(0.67, upper=1.02), e_value(0.67, upper=1.0), e_value(1.4, lower=0.9), e_value(1, lower=1)):
        assert crossing.limit == 1.0
    assert e_value(0.67, lower=0.46).limit is None
    assert e_value(1).estimate == 1


@given(st.floats(0.05, 20), st.booleans())
def test_harm_and_benefit_are_mirrored_and_the_common_event_needs_less(hr: float, rare: bool) -> None:
    assert e_value(hr, rare=rare).estimate == pytest.approx(e_value(1 / hr, rare=rare).estimate)
    assert e_value(hr).estimate <= e_value(hr, rare=True).estimate + 1e-12
    strength = e_value(hr, rare=rare).estimate
    ratio = max(e_value(hr, rare=rare).risk_ratio, 1 / e_value(hr, rare=rare).risk_ratio)
    # the bias of a confounder with this strength on both sides is the ratio itself
    assert strength * strength / (2 * strength - 1) == pytest.approx(ratio)


@pytest.mark.parametrize("case", range(3))
def test_smallest_detectable_hazard_ratio_equals_epir(case: int) -> None:
    expected = golden()["detectable"][case]
    share = expected["treated_to_control"] / (1 + expected["treated_to_control"])
    found = smallest_detectable_hr(expected["events"], share)
    close([found, 1 / found], expected["hr"])
    strict = smallest_detectable_hr(expected["events"], share, alpha=0.01, power=0.9)
    close([strict, 1 / strict], expected["hr_90"])


def test_power_by_simulation_of_log_hazard_ratios() -> None:
    """With d events an estimated log HR has standard error about 1 / sqrt(d s (1 - s))."""
    target, se = math.log(smallest_detectable_hr(100, 0.4)), 1 / math.sqrt(100 * 0.24)
    drawn = np.random.default_rng(1).normal(target, se, 200_000)
    assert (np.abs(drawn / se) > 1.959964).mean() == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize("limits", [{"lower": 0.7}, {"upper": 0.6}, {"lower": 0.0}, {"upper": math.inf}])
def test_limits_on_the_wrong_side_are_named(limits: dict[str, float]) -> None:
    with pytest.raises(BadValue):
        e_value(0.65, **limits)


@pytest.mark.parametrize("hr", [0.0, -1.0, math.nan, math.inf])
def test_no_hazard_ratio_is_named(hr: float) -> None:
    with pytest.raises(BadValue):
        e_value(hr)


@pytest.mark.parametrize(
    ("events", "share", "options"),
    [(0, 0.5, {}), (10, 1.0, {}), (10, 0.5, {"alpha": 0.0}), (10, 0.5, {"power": 1.0}), (10, 0.5, {"power": 0.01})],
)
def test_impossible_plans_are_named(events: float, share: float, options: dict[str, float]) -> None:
    with pytest.raises(BadValue):
        smallest_detectable_hr(events, share, **options)
