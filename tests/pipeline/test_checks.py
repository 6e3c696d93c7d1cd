"""The door for input: what comes in, and how it is refused."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyses.pipeline import checks
from analyses.pipeline.balance import balance_table
from analyses.pipeline.checks import (
    BadValue,
    EmptyArm,
    InputError,
    LengthMismatch,
    MissingValues,
    NegativeTime,
    NoEvents,
)
from analyses.pipeline.clock import read_clock
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.describe import categorical_test, numeric_test, smd, smd_of_counts
from analyses.pipeline.imputation import Category, Number, impute, nelson_aalen, pool
from analyses.pipeline.selection import select
from analyses.pipeline.survival import kaplan_meier, logrank, median_follow_up, rmst


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


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([3, 1, 3, 0], np.int64),
        ([7], np.uint8),
        ([-128, 127, -128, 5], np.int8),
        ([0, 2**40, 5], np.int64),
        ([2**63 + 4, 2**63 + 1, 2**63 + 4], np.uint64),
        ([-(2**63), -(2**63) + 2], np.int64),
        ([True, False, True], np.bool_),
        ([True, True], np.bool_),
    ],
)
def test_whole_numbers_are_labelled_as_by_sorting(values: list[int], dtype: type) -> None:
    array = np.array(values, dtype=dtype)
    names, codes = checks.labels(array, "group", len(values))
    distinct, expected = np.unique(array, return_inverse=True)
    assert [*map(repr, names)] == [*map(repr, distinct.tolist())]
    assert codes.tolist() == expected.tolist()


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
        (lambda: checks.partial_vector([np.nan, np.inf], "age", 2), MissingValues),
        (lambda: checks.partial_codes([0, 0.5], 2, "sex", 2), BadValue),
        (lambda: checks.whole(1, "sets", least=2), BadValue),
        (lambda: checks.finite(np.nan, "rho"), BadValue),
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
    modules = "balance, describe, imputation, matching, propensity, survival, cox, selection"
    code = f"from analyses.pipeline import {modules}; import sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


N = 12
TIME, EVENT, ARM = np.arange(1.0, N + 1), np.tile([1, 1, 0], 4), np.tile([0, 1], 6)
DESIGN = np.column_stack([np.sin(TIME * 3), np.cos(TIME * 5)])
VALID: dict[str, Any] = {
    "time": TIME,
    "event": EVENT,
    "entry": TIME / 2,
    "weights": np.tile([1.0, 2.0], 6),
    "strata": np.tile([0, 0, 1], 4),
    "cluster": np.arange(N) // 2,
    "group": np.tile(["a", "b"], 6),
    "treated": ARM,
    "values": np.sin(TIME),
    "design": DESIGN,
    "counts": np.array([[5, 6], [7, 8]]),
    "estimates": [0.1, 0.2, 0.3],
    "variances": [0.1, 0.2, 0.3],
    "columns": {"age": Number(np.where(EVENT == 1, TIME, np.nan))},
}


def spoilt(values: Any, row: int, value: Any) -> Any:
    changed = np.array(values, dtype=object if isinstance(value, str | None) else float)
    changed[row] = value
    return changed


def poisons(name: str) -> dict[str, Any]:
    """What may be wrong with an input, by what it is."""
    if name == "columns":
        return {
            "nothing known": {"age": Number(np.full(N, np.nan))},
            "infinite": {"age": Number(spoilt(TIME, 2, np.inf))},
            "short": {"age": Number(TIME[1:])},
            "unknown code": {"sex": Category(ARM, 1)},
        }
    valid = VALID[name]
    found: dict[str, Any] = {"empty": [], "too deep": np.ones((2, 2, 2))}
    if name in ("group", "strata", "cluster"):
        return {**found, "short": valid[1:], "missing": spoilt(valid, 1, None)}
    found |= {"missing": spoilt(valid, 1, np.nan), "infinite": spoilt(valid, 1, np.inf)}
    if name != "values":
        found["text"] = spoilt(valid, 1, "x")
    if name != "counts":
        found["short"] = valid[1:]
    if name in ("time", "entry", "weights", "counts", "variances"):
        found["negative"] = spoilt(valid, 1, -1.0)
    if name in ("event", "treated"):
        found["not 0 or 1"] = spoilt(valid, 1, 2.0)
    if name == "treated":
        found["one arm"] = np.ones(N)
    if name == "design":
        found |= {"constant": np.column_stack([TIME, np.ones(N)]), "collinear": np.column_stack([TIME, 3 * TIME])}
    return found


def balance_of(values: Any, treated: Any, weights: Any) -> object:
    return balance_table({"value": np.asarray(values, dtype=float)}, treated, weights=weights)


def imputed(columns: Any, time: Any, event: Any) -> object:
    return impute(columns, time, event, seed=1, number=0)


CALLS: dict[str, tuple[Callable[..., Any], list[str]]] = {
    "kaplan_meier": (kaplan_meier, ["time", "event", "entry", "weights"]),
    "median_follow_up": (median_follow_up, ["time", "event"]),
    "logrank": (logrank, ["time", "event", "group", "strata"]),
    "rmst": (partial(rmst, tau=6), ["time", "event"]),
    "fit_cox": (fit_cox, ["design", "time", "event", "entry", "weights", "strata", "cluster"]),
    "fit_cox, Firth": (partial(fit_cox, firth=True), ["design", "time", "event"]),
    "select": (partial(select, method="backward-lr"), ["design", "time", "event", "entry", "weights", "strata"]),
    "categorical_test": (categorical_test, ["counts"]),
    "numeric_test": (numeric_test, ["values", "group"]),
    "smd": (smd, ["values", "treated", "weights"]),
    "smd_of_counts": (smd_of_counts, ["counts"]),
    "balance_table": (balance_of, ["values", "treated", "weights"]),
    "nelson_aalen": (nelson_aalen, ["time", "event"]),
    "impute": (imputed, ["columns", "time", "event"]),
    "pool": (pool, ["estimates", "variances"]),
}
SPOILT = [(call, name, poison) for call, (_, names) in CALLS.items() for name in names for poison in poisons(name)]


@pytest.mark.parametrize("call", list(CALLS))
def test_what_is_right_passes(call: str) -> None:
    function, names = CALLS[call]
    function(**{name: VALID[name] for name in names})


@pytest.mark.parametrize(("call", "name", "poison"), SPOILT)
def test_what_is_wrong_is_named_everywhere(call: str, name: str, poison: str) -> None:
    function, names = CALLS[call]
    with pytest.raises(InputError) as caught:
        function(**{**{other: VALID[other] for other in names}, name: poisons(name)[poison]})
    assert type(caught.value) is not InputError
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("call", ["logrank", "fit_cox", "fit_cox, Firth", "select", "nelson_aalen", "impute"])
def test_without_events_there_is_nothing_to_estimate(call: str) -> None:
    function, names = CALLS[call]
    with pytest.raises(NoEvents):
        function(**{name: VALID[name] for name in names} | {"event": np.zeros(N)})
