"""What imputed values are drawn from: the hazard, the linear, logistic and multinomial models against R and mice."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_gbsg2, load_rossi, load_waltons

from analyses.pipeline.checks import NoEvents
from analyses.pipeline.imputation import nelson_aalen
from analyses.pipeline.imputation.categories import augment, draw_categories, fit_multinomial
from analyses.pipeline.imputation.columns import predictors
from analyses.pipeline.imputation.numbers import DONORS, draw_linear, draw_numbers, nearest_donors
from tests.pipeline.shared_data import close

REFERENCE = json.loads((Path(__file__).parent / "r" / "imputation_reference.json").read_text())


@pytest.mark.parametrize(
    ("name", "load", "time", "event"),
    [("waltons", load_waltons, "T", "E"), ("rossi", load_rossi, "week", "arrest")],
)
def test_nelson_aalen_equals_r_under_heavy_ties(name: str, load: object, time: str, event: str) -> None:
    assert callable(load)
    data, expected = load(), REFERENCE["nelson_aalen"][name]
    hazard = dict(zip(expected["time"], expected["hazard"], strict=True))
    close(nelson_aalen(data[time], data[event]), [hazard[value] for value in data[time]])


def test_nelson_aalen_needs_events() -> None:
    with pytest.raises(NoEvents):
        nelson_aalen([1, 2], [0, 0])


def standard(table: pd.DataFrame) -> np.ndarray:
    """An intercept and columns scaled as R does."""
    return np.column_stack([np.ones(len(table)), (table - table.mean()) / table.std(ddof=1)])


def test_linear_model_equals_mice() -> None:
    data = load_gbsg2()
    x, expected = standard(data[["age", "tsize", "progrec"]]), REFERENCE["linear"]
    y = data["estrec"].to_numpy(float)
    generator = np.random.default_rng(0)
    draws = [draw_linear(x, y, generator) for _ in range(4000)]
    close(draws[0][0], expected["coef"])
    spread = np.sqrt(expected["rss"] / (len(y) - 4) * np.array(expected["variance"]))
    drawn = np.array([beta for _, beta in draws])
    np.testing.assert_allclose((drawn.mean(axis=0) - expected["coef"]) / spread, 0, atol=0.07)
    np.testing.assert_allclose(drawn.std(axis=0) / spread, 1, atol=0.05)


def test_augmented_logistic_model_equals_mice() -> None:
    data = load_rossi()
    columns = data[["fin", "age", "mar", "prio"]]
    rare = (data["wexp"] == 1) & (data["age"] > 30)
    for name, x in (("rossi", standard(columns)), ("separated", standard(columns.assign(rare=rare * 1.0)))):
        codes = data["wexp"].to_numpy()
        mode, information = fit_multinomial(augment(x[:-2], codes[:-2], x[-2:]), 2)
        close(mode[0], REFERENCE["logistic"][name]["coef"])
        close(np.diag(np.linalg.inv(information)), REFERENCE["logistic"][name]["variance"])


def test_augmented_multinomial_model_equals_nnet() -> None:
    data = load_gbsg2()
    x, codes = standard(data[["age", "tsize", "progrec"]]), data["tgrade"].map({"I": 0, "II": 1, "III": 2}).to_numpy()
    mode, information = fit_multinomial(augment(x[:-2], codes[:-2], x[-2:]), 3)
    close(mode, REFERENCE["multinomial"]["coef"])
    close(np.diag(np.linalg.inv(information)).reshape(2, 4), REFERENCE["multinomial"]["variance"])


def test_donors_are_the_five_nearest() -> None:
    generator = np.random.default_rng(4)
    predicted, wanted = generator.normal(size=40), generator.normal(size=500)
    found = nearest_donors(predicted, wanted, generator)
    rank = (np.abs(predicted - wanted[:, np.newaxis]) < np.abs(predicted[found] - wanted)[:, np.newaxis]).sum(axis=1)
    assert np.bincount(rank, minlength=DONORS).tolist() == pytest.approx([100] * DONORS, abs=35)


def test_equal_predictions_are_donors_by_chance() -> None:
    drawn = {int(nearest_donors(np.zeros(9), np.zeros(1), np.random.default_rng(seed))[0]) for seed in range(200)}
    assert drawn == set(range(9))


def test_few_known_values_are_enough() -> None:
    x = np.ones((2, 1))
    drawn = draw_numbers(x, np.array([3.0, 8.0]), np.ones((50, 1)), np.random.default_rng(1))
    assert set(drawn.tolist()) == {3.0, 8.0}


def test_levels_are_drawn_as_often_as_the_model_says() -> None:
    generator = np.random.default_rng(2)
    codes = np.repeat([0, 2, 3], [700, 200, 100])
    drawn = draw_categories(np.ones((1000, 1)), codes, np.ones((20_000, 1)), generator)
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20_000, [0.7, 0, 0.2, 0.1], atol=0.04)


def test_a_single_known_level_is_the_only_one_drawn() -> None:
    drawn = draw_categories(np.ones((3, 1)), np.array([2, 2, 2]), np.ones((4, 1)), np.random.default_rng(0))
    assert drawn.tolist() == [2, 2, 2, 2]


def test_perfect_separation_leaves_a_model_that_still_draws() -> None:
    value = np.linspace(-1, 1, 60)
    x = np.column_stack([np.ones(60), value])
    codes = np.digitize(value, [-0.3, 0.4])
    mode, information = fit_multinomial(augment(x, codes, x[:1]), 3)
    assert np.abs(mode).max() < 60
    assert np.linalg.eigvalsh(information).min() > 0
    wanted = np.array([[1, -1.0], [1, 1.0]])
    drawn = np.array([draw_categories(x, codes, wanted, np.random.default_rng(seed)) for seed in range(60)])
    assert (drawn[:, 0] == 0).mean() > 0.9
    assert (drawn[:, 1] == 2).mean() > 0.9


def test_predictors_that_the_known_rows_cannot_tell_apart_are_left_out() -> None:
    generator = np.random.default_rng(3)
    observed = np.arange(20) < 15
    one = generator.normal(size=20)
    constant, copy = np.where(observed, 4.0, 9.0), np.where(observed, 2 * one, 0.0)
    x = predictors([one[:, np.newaxis], np.column_stack([constant, copy])], observed)
    assert x.shape == (20, 2)
    close(x[:, 1], (one - one.mean()) / one.std())
