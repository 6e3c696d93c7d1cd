"""Restricted means and differences of rates."""

from typing import Any

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_waltons
from lifelines.utils import restricted_mean_survival_time

from analyses.pipeline.checks import BadOption, BadValue, BeyondFollowUp
from analyses.pipeline.survival import kaplan_meier, rate_difference, rmst, rmst_difference
from tests.pipeline.shared_data import close, lung, r_reference
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2, rossi

ARMS = [("rossi", rossi, "fin", (0, 1)), ("gbsg2", gbsg2, "horTh", ("no", "yes"))]


def test_rmst_equals_r() -> None:
    data, expected = lung(), r_reference()["more"]["lung_rmst365_by_sex"]
    found = [rmst(*(data.loc[data["sex"] == sex, name] for name in ("time", "event")), tau=365) for sex in (1, 2)]
    close([arm.estimate for arm in found], expected["rmst"])
    close([arm.se for arm in found], expected["se"])
    difference = rmst_difference(found[1], found[0])
    assert difference.estimate == pytest.approx(expected["rmst"][1] - expected["rmst"][0], rel=1e-6)
    assert difference.se == pytest.approx(np.hypot(*expected["se"]), rel=1e-6)
    assert difference.p < 0.001


@pytest.mark.parametrize(("name", "load", "by", "levels"), ARMS)
def test_restricted_means_and_rate_differences_equal_r(name: str, load: Any, by: str, levels: tuple[Any, Any]) -> None:
    data, means, rates = load(), SURVIVAL_REFERENCE["means"][name], SURVIVAL_REFERENCE["differences"][name]
    arms = [data[data[by] == level] for level in levels]
    found = [rmst(arm["time"], arm["event"], tau=means["tau"]) for arm in arms]
    close([arm.estimate for arm in found], means["mean"])
    close([arm.se for arm in found], means["se"])
    lines = rate_difference(*(kaplan_meier(arm["time"], arm["event"]) for arm in arms), rates["times"])
    close([line.estimate for line in lines], rates["difference"])
    close([line.se for line in lines], rates["se"])


def test_rmst_equals_lifelines_under_heavy_ties() -> None:
    data = load_waltons()
    other = KaplanMeierFitter().fit(data["T"], data["E"])
    found = rmst(data["T"], data["E"], tau=50)
    assert found.estimate == pytest.approx(restricted_mean_survival_time(other, t=50), rel=1e-6)


def test_rmst_without_censoring_is_the_mean_of_the_capped_times() -> None:
    time = np.array([2.0, 3, 3, 5, 8, 8, 9, 12])
    found = rmst(time, np.ones(8), tau=8.5)
    capped = np.minimum(time, 8.5)
    assert found.estimate == pytest.approx(capped.mean())
    assert found.se == pytest.approx(capped.std() / np.sqrt(8))
    assert rmst(time, np.ones(8), tau=20).estimate == pytest.approx(time.mean())


def test_tau_beyond_follow_up_is_refused() -> None:
    with pytest.raises(BeyondFollowUp, match="tau = 6"):
        rmst([1, 2, 5], [1, 1, 0], tau=6)
    with pytest.raises(BadValue):
        rmst([1, 2, 5], [1, 1, 0], tau=0)
    with pytest.raises(BadOption):
        rmst_difference(rmst([1, 2, 5], [1, 1, 0], tau=4), rmst([1, 2, 5], [1, 1, 0], tau=3))


def test_rate_difference_of_uncensored_arms_is_that_of_two_proportions() -> None:
    one, two = kaplan_meier(np.arange(1, 101), np.ones(100)), kaplan_meier(np.arange(1, 51), np.ones(50))
    (found,) = rate_difference(one, two, [20])
    assert found.estimate == pytest.approx(0.8 - 0.6)
    assert found.se == pytest.approx(np.sqrt(0.16 / 100 + 0.24 / 50))
    assert (found.lower, found.upper) == pytest.approx((0.2 - 1.959964 * found.se, 0.2 + 1.959964 * found.se))
    assert found.p == pytest.approx(0.01242, abs=1e-5)


def test_rates_beyond_follow_up_are_refused() -> None:
    one, two = kaplan_meier([1, 2, 30], [1, 1, 0]), kaplan_meier([1, 2, 9], [1, 1, 0])
    with pytest.raises(BeyondFollowUp, match="9"):
        rate_difference(one, two, [5, 12])
    with pytest.raises(BadValue, match="Survival is 0"):
        rate_difference(one, kaplan_meier([1, 2], [1, 1]), [2])
