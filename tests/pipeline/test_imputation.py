"""Chained equations: what is known stays, draws depend on seed and number alone, and effects come out right."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from analyses.pipeline.checks import BadValue, InputError, LengthMismatch, MissingValues, NegativeTime, NoEvents
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.imputation import Category, Column, Number, impute, nelson_aalen, pool

EFFECT, SLOPE = 0.7, 0.5


def study(number: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Arm, stage (3 levels), marker, time and event; the arm depends on the marker, the hazard on all of them."""
    rng = np.random.default_rng([99, number])
    stage = rng.integers(0, 3, n)
    marker = rng.normal(0.4 * stage, 1.0)
    arm = rng.random(n) < expit(marker - 0.4)
    time = rng.exponential(np.exp(-EFFECT * arm - SLOPE * marker - 0.4 * stage))
    limit = rng.uniform(0.2, 2.0, n)
    return arm * 1.0, stage, marker, np.minimum(time, limit), time <= limit


def with_gaps(number: int) -> tuple[dict[str, Column], np.ndarray, np.ndarray]:
    """Marker and stage missing at random given arm and outcome: complete cases are no random sample."""
    arm, stage, marker, time, event = study(number)
    rng = np.random.default_rng([7, number])
    gone = rng.random(arm.shape[0]) < expit(-1.5 + 1.2 * event + 0.8 * arm)
    also = rng.random(arm.shape[0]) < 0.2
    columns: dict[str, Column] = {
        "arm": Number(arm),
        "marker": Number(np.where(gone, np.nan, marker)),
        "stage": Category(np.where(also, -1, stage), 3),
    }
    return columns, time, event


def design(columns: dict[str, Column]) -> np.ndarray:
    arm, marker, stage = columns["arm"], columns["marker"], columns["stage"]
    assert isinstance(arm, Number)
    assert isinstance(marker, Number)
    assert isinstance(stage, Category)
    return np.column_stack([arm.values, marker.values, stage.codes == 1, stage.codes == 2])


def same(one: Column, two: Column) -> bool:
    if isinstance(one, Number):
        return isinstance(two, Number) and np.array_equal(one.values, two.values)
    return isinstance(two, Category) and np.array_equal(one.codes, two.codes)


def test_known_values_stay_and_gaps_are_filled_from_what_is_known() -> None:
    columns, time, event = with_gaps(0)
    done = impute(columns, time, event, seed=5, number=0, iterations=3)
    assert list(done) == ["arm", "marker", "stage"]
    for name, before in columns.items():
        after = done[name]
        old, new = (part.values if isinstance(part, Number) else part.codes for part in (before, after))
        known = ~np.isnan(old) if isinstance(before, Number) else old >= 0
        np.testing.assert_array_equal(new[known], old[known])
        assert set(new[~known].tolist()) <= set(old[known].tolist())
    assert same(done["arm"], columns["arm"])


def test_a_set_depends_on_seed_and_number_alone() -> None:
    columns, time, event = with_gaps(1)
    later = impute(columns, time, event, seed=5, number=7, iterations=2)
    impute(columns, time, event, seed=5, number=0, iterations=2)
    again = impute(columns, time, event, seed=5, number=7, iterations=2)
    assert all(same(later[name], again[name]) for name in columns)
    for seed, number in ((5, 8), (6, 7)):
        other = impute(columns, time, event, seed=seed, number=number, iterations=2)
        assert not same(later["marker"], other["marker"])


def test_complete_columns_come_back_as_they_are() -> None:
    arm, stage, marker, time, event = study(2)
    columns: dict[str, Column] = {"arm": Number(arm), "marker": Number(marker), "stage": Category(stage, 3)}
    done = impute(columns, time, event, seed=1, number=3)
    assert all(same(done[name], column) for name, column in columns.items())


def summary(
    columns: dict[str, Column], time: np.ndarray, event: np.ndarray, rows: Any = slice(None)
) -> tuple[float, float]:
    fit = fit_cox(design(columns)[rows], time[rows], event[rows])
    return float(fit.coef[0]), float(fit.covariance[0, 0])


def test_the_log_hazard_ratio_is_unbiased_and_its_interval_covers() -> None:
    """Thirty studies of 300 patients: the pooled estimate is right on average, and its error is what it says."""
    errors, covered, widths = [], 0, []
    for number in range(30):
        columns, time, event = with_gaps(number)
        found = [summary(impute(columns, time, event, seed=2, number=k, iterations=4), time, event) for k in range(5)]
        pooled = pool([value for value, _ in found], [spread for _, spread in found], df_complete=event.sum() - 4)
        errors.append(pooled.estimate - EFFECT)
        covered += pooled.lower < EFFECT < pooled.upper
        widths.append(pooled.se)
    assert abs(np.mean(errors)) < 2.5 * np.std(errors) / np.sqrt(30)
    assert covered >= 27
    assert np.mean(widths) / np.std(errors) == pytest.approx(1, abs=0.3)


def test_the_distribution_of_what_is_missing_is_recovered() -> None:
    """Missing more often where high: the known mean is too low, the completed one is not."""
    rng = np.random.default_rng(6)
    n = 2000
    cause = rng.normal(size=n)
    marker, grade = cause + rng.normal(size=n), (cause + rng.logistic(size=n) > 0).astype(int)
    gone = rng.random(n) < expit(2 * cause - 1)
    columns: dict[str, Column] = {
        "cause": Number(cause),
        "marker": Number(np.where(gone, np.nan, marker)),
        "grade": Category(np.where(gone, -1, grade), 2),
    }
    done = impute(columns, rng.exponential(size=n), np.ones(n), seed=3, number=0, iterations=3)
    filled, level = done["marker"], done["grade"]
    assert isinstance(filled, Number)
    assert isinstance(level, Category)
    assert marker[~gone].mean() < marker.mean() - 0.3
    assert filled.values.mean() == pytest.approx(marker.mean(), abs=0.08)
    assert filled.values.std() == pytest.approx(marker.std(), abs=0.08)
    assert grade[~gone].mean() < grade.mean() - 0.05
    assert level.codes.mean() == pytest.approx(grade.mean(), abs=0.04)


def test_the_outcome_is_in_the_model() -> None:
    """A marker that only the outcome knows of: its completed values still differ between early and late deaths."""
    rng = np.random.default_rng(8)
    n = 1000
    marker = rng.normal(size=n)
    time = rng.exponential(np.exp(-marker))
    gone = rng.random(n) < 0.5
    columns: dict[str, Column] = {"marker": Number(np.where(gone, np.nan, marker))}
    done = impute(columns, time, np.ones(n), seed=3, number=0, iterations=2)["marker"]
    assert isinstance(done, Number)
    hazard = nelson_aalen(time, np.ones(n))
    assert np.corrcoef(done.values[gone], hazard[gone])[0, 1] == pytest.approx(
        np.corrcoef(marker[gone], hazard[gone])[0, 1], abs=0.1
    )


def test_separated_levels_and_twin_columns_do_no_harm() -> None:
    rng = np.random.default_rng(9)
    n = 80
    value = rng.normal(size=n)
    level = (value > 0.2).astype(int) + (value > 1)
    gone = rng.random(n) < 0.25
    columns: dict[str, Column] = {
        "value": Number(value),
        "twin": Number(2 * value),
        "level": Category(np.where(gone, -1, level), 5),
        "rare": Category(np.where(rng.random(n) < 0.1, -1, (np.arange(n) == 3) * 1), 2),
    }
    done = impute(columns, rng.exponential(size=n), np.ones(n), seed=1, number=0, iterations=5)["level"]
    assert isinstance(done, Category)
    assert (done.codes == level).mean() > 0.9


def test_more_predictors_than_known_values_do_no_harm() -> None:
    rng = np.random.default_rng(10)
    n = 30
    columns: dict[str, Column] = {f"x{k}": Number(rng.normal(size=n)) for k in range(12)}
    columns["y"] = Number(np.where(np.arange(n) < 8, rng.normal(size=n), np.nan))
    columns["z"] = Category(np.where(np.arange(n) < 6, rng.integers(0, 3, n), -1), 3)
    done = impute(columns, rng.exponential(size=n), np.ones(n), seed=1, number=0, iterations=3)
    known = columns["y"]
    assert isinstance(known, Number)
    assert isinstance(done["y"], Number)
    assert set(done["y"].values.tolist()) <= set(known.values[:8].tolist())


GAPPED = Number(np.array([1.0, np.nan, 2.0, 4.0]))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"columns": {"age": Number(np.array([1.0, np.nan]))}}, LengthMismatch, "age has 2 entries where 4"),
        ({"columns": {"age": Number(np.array([np.nan] * 4))}}, MissingValues, "age is missing in all rows"),
        ({"columns": {"age": Number(np.array([1.0, np.inf, 2, 3]))}}, MissingValues, "infinite"),
        ({"columns": {"sex": Category(np.array([-1] * 4), 2)}}, MissingValues, "sex is missing in all rows"),
        ({"columns": {"sex": Category(np.array([0, 1, 2, -1]), 2)}}, BadValue, "codes from 0 to 1"),
        ({"columns": {"sex": Category(np.array([0, 1, -2, -1]), 2)}}, BadValue, "codes from 0 to 1"),
        ({"time": [1, 2, -3, 4]}, NegativeTime, "row 2"),
        ({"time": [1, 2, 3]}, LengthMismatch, "event"),
        ({"event": [0, 0, 0, 0]}, NoEvents, "No patient"),
        ({"iterations": 0}, BadValue, "iterations"),
        ({"number": -1}, BadValue, "number"),
        ({"seed": 0.5}, BadValue, "seed"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], error: type[InputError], words: str) -> None:
    arguments: dict[str, Any] = {
        "columns": {"age": GAPPED},
        "time": [1, 2, 3, 4],
        "event": [0, 1, 1, 0],
        "seed": 1,
        "number": 0,
        **changes,
    }
    columns, time, event = (arguments.pop(name) for name in ("columns", "time", "event"))
    with pytest.raises(error, match=words):
        impute(columns, time, event, **arguments)
