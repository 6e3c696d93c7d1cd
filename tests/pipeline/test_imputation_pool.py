"""Rubin's rules against mice."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from analyses.pipeline.checks import BadValue, LengthMismatch, MissingValues
from analyses.pipeline.imputation import pool
from tests.pipeline.shared_data import close

REFERENCE = json.loads((Path(__file__).parent / "r" / "imputation_reference.json").read_text())["pool"]


@pytest.mark.parametrize("name", ["gbsg_cox", "nhanes_lm"])
def test_equals_mice(name: str) -> None:
    for expected in REFERENCE[name]:
        found = pool(expected["estimates"], expected["variances"], df_complete=expected["dfcom"])
        close(
            [found.estimate, found.within, found.between, found.total, found.df, found.increase],
            [expected[key] for key in ("estimate", "ubar", "b", "t", "df", "riv")],
        )
        close(
            [found.se, found.statistic, found.p, found.lower, found.upper, found.missing_information],
            [expected[key] for key in ("se", "statistic", "p", "lower", "upper", "fmi")],
        )
        assert found.m == len(expected["estimates"])


def test_without_missing_values_nothing_changes() -> None:
    found = pool([0.5, 0.5], [0.0625, 0.0625])
    assert (found.estimate, found.se, found.df, found.missing_information) == (0.5, 0.25, np.inf, 0)
    assert (found.lower, found.upper) == pytest.approx((0.5 - 0.25 * norm.ppf(0.975), 0.5 + 0.25 * norm.ppf(0.975)))
    assert found.p == pytest.approx(2 * norm.sf(2))
    few = pool([0.5, 0.5], [0.0625, 0.0625], df_complete=20)
    assert few.df == pytest.approx(20 * 21 / 23)


def test_large_samples_have_rubins_degrees_of_freedom() -> None:
    """Rubin 1987, (3.1.6): (m - 1) (1 + 1 / r)^2."""
    found = pool([1.0, 1.2, 1.1, 1.4, 0.8], [0.02, 0.03, 0.02, 0.025, 0.03])
    assert found.df == pytest.approx(4 * (1 + 1 / found.increase) ** 2)
    assert pool([1.0, 1.2, 1.1, 1.4, 0.8], [0.02, 0.03, 0.02, 0.025, 0.03], df_complete=1e9).df == pytest.approx(
        found.df, rel=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"estimates": [1.0]}, LengthMismatch),
        ({"estimates": [1.0, np.nan]}, MissingValues),
        ({"estimates": [1.0], "variances": [1.0]}, BadValue),
        ({"variances": [1.0, 0.0]}, BadValue),
        ({"df_complete": 0}, BadValue),
        ({"df_complete": np.nan}, BadValue),
        ({"level": 95}, BadValue),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[Exception]) -> None:
    arguments: dict[str, Any] = {"estimates": [1.0, 2.0], "variances": [1.0, 1.0], **changes}
    with pytest.raises(error):
        pool(arguments.pop("estimates"), arguments.pop("variances"), **arguments)
