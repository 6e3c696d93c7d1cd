"""The door for input: what comes in, and how it is refused."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from analyses.pipeline import checks
from analyses.pipeline.checks import BadValue, EmptyArm, InputError, LengthMismatch, MissingValues, NegativeTime
from analyses.pipeline.clock import read_clock


def test_a_frame_brings_its_names() -> None:
    matrix, names = checks.design_matrix(pd.DataFrame({"age": [1, 2], "sex": [0, 1]}))
    assert names == ("age", "sex")
    assert matrix.dtype == np.float64
    assert checks.design_matrix([1, 2, 3])[1] == ("x0",)


def test_missing_values_are_counted_and_located() -> None:
    with pytest.raises(MissingValues, match=r"age is missing or infinite in 2 of 4 rows \(first row 1\)"):
        checks.design_matrix([[1.0], [np.nan], [2.0], [np.inf]], ["age"])
    with pytest.raises(MissingValues, match="stage is missing in 1 rows"):
        checks.labels(np.array(["I", None, "II"], dtype=object), "stage", 3)


def test_labels_keep_numbers_and_texts_apart() -> None:
    names, codes = checks.labels(np.array(["b", 2, "a", 1, 2], dtype=object), "group", 5)
    assert names == [1, 2, "a", "b"]
    assert codes.tolist() == [3, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: checks.vector([], "age"), EmptyArm),
        (lambda: checks.vector([[1.0]], "age"), LengthMismatch),
        (lambda: checks.indicator([0, 0.5], "event"), BadValue),
        (lambda: checks.two_arms([0, 0]), EmptyArm),
        (lambda: checks.entries([1.0], np.array([1.0])), NegativeTime),
        (lambda: checks.design_matrix(np.zeros((3, 0))), LengthMismatch),
        (lambda: checks.weights([-1.0, 2.0], 2), BadValue),
    ],
)
def test_errors_are_one_family(call: object, error: type[InputError]) -> None:
    assert callable(call)
    assert issubclass(error, InputError)
    assert issubclass(error, ValueError)
    with pytest.raises(error):
        call()


def test_the_clock_joins_times_that_differ_by_rounding() -> None:
    clock = read_clock(np.array([0.3, 0.1 + 0.2, 1.0, 1.0 + 1e-12, 2.0]))
    assert clock.distinct.tolist() == [0.3, 1.0, 2.0]
    assert clock.code.tolist() == [0, 0, 1, 1, 2]


def test_the_clock_counts_days_as_it_sorts_numbers() -> None:
    days = np.array([30.0, 2, 7, 7, 30, 0])
    counted, sorted_ = read_clock(days), read_clock(days + 0.5)
    assert counted.distinct.tolist() == [0, 2, 7, 30]
    np.testing.assert_array_equal(counted.code, sorted_.code)


def test_an_interval_that_rounding_closes_is_refused() -> None:
    with pytest.raises(NegativeTime, match="Row 0"):
        read_clock(np.array([0.1 + 0.2, 5.5]), np.array([0.3, 1.0]))


def test_the_core_loads_without_django() -> None:
    modules = "balance, describe, matching, propensity, survival, cox, selection"
    code = f"from analyses.pipeline import {modules}; import sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
