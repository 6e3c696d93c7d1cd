"""Stepwise selection: the steps that R's own tests lead to, and the rules that every path must keep."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from lifelines.datasets import load_rossi
from scipy.stats import chi2

from analyses.pipeline.checks import BadOption, Collinear
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.selection import Selection, select
from tests.pipeline.shared_data import VETERAN_BLOCKS, VETERAN_COLUMNS, close, veteran
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2

ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


def rossi(**options: Any) -> Selection:
    data = load_rossi()
    return select(data[ROSSI], data["week"], data["arrest"], **options)


def test_forward_lr_on_rossi_takes_the_known_steps() -> None:
    found = rossi(p_enter=0.10, p_remove=0.15)
    assert [(step.action, step.variable, step.test) for step in found.steps] == [
        ("enter", "prio", "score"),
        ("enter", "age", "score"),
        ("enter", "fin", "score"),
    ]
    np.testing.assert_allclose([step.statistic for step in found.steps], [14.6406, 11.4592, 3.3588], atol=5e-5)
    assert found.steps[-1].loglik == pytest.approx(-660.85703, abs=5e-6)
    assert found.selected == ("fin", "age", "prio")
    assert found.fit is not None
    assert found.loglik == pytest.approx(found.fit.loglik)
    assert found.fit.names == ("fin", "age", "prio")


def test_forward_lr_on_veteran_moves_a_factor_as_one() -> None:
    data = veteran()
    found = select(data[VETERAN_COLUMNS], data["time"], data["status"], blocks=VETERAN_BLOCKS)
    assert [step.variable for step in found.steps] == ["karno", "celltype"]
    np.testing.assert_allclose([step.statistic for step in found.steps], [45.3191, 18.1263], atol=5e-5)
    assert [step.df for step in found.steps] == [1, 3]
    assert found.fit is not None
    assert found.fit.names == ("celltypeadeno", "celltypelarge", "celltypesmallcell", "karno")


def test_score_entry_equals_the_score_test_of_the_larger_model() -> None:
    """The first step's statistic is the score test of a model with that variable alone."""
    data = load_rossi()
    first = rossi(p_enter=0.10, p_remove=0.15).steps[0]
    close(first.statistic, fit_cox(data[["prio"]], data["week"], data["arrest"]).score.statistic)


def test_a_variable_that_others_explain_is_removed_again() -> None:
    """x2 is y1 + y2 with noise: it enters first, and leaves when both causes are in."""
    rng = np.random.default_rng(0)
    n = 400
    causes = rng.normal(size=(n, 2))
    proxy = causes.sum(axis=1) + rng.normal(scale=0.6, size=n)
    time = rng.exponential(np.exp(-1.2 * causes.sum(axis=1)))
    found = select(np.column_stack([proxy, causes]), time, np.ones(n), names=["proxy", "one", "two"])
    moves = [(step.action, step.variable) for step in found.steps]
    assert moves[0] == ("enter", "proxy")
    assert moves[-1] == ("remove", "proxy")
    assert found.steps[-1].test == "likelihood ratio"
    assert found.selected == ("one", "two")


@pytest.mark.parametrize("method", ["backward-lr", "backward-wald"])
def test_backward_leaves_by_tests_that_separate_fits_confirm(method: str) -> None:
    data = load_rossi()
    found = rossi(method=method)
    inside = list(ROSSI)
    for step in found.steps:
        full = fit_cox(data[inside], data["week"], data["arrest"])
        if method == "backward-lr":
            tests = {
                name: 2
                * (
                    full.loglik[1]
                    - fit_cox(data[[k for k in inside if k != name]], data["week"], data["arrest"]).loglik[1]
                )
                for name in inside
            }
        else:
            tests = dict(zip(inside, (full.coef / full.se) ** 2, strict=True))
        weakest = min(tests, key=lambda name: tests[name])
        assert step.variable == weakest
        assert step.statistic == pytest.approx(tests[weakest], rel=1e-6)
        assert step.p == pytest.approx(chi2.sf(tests[weakest], 1), rel=1e-5)
        assert step.p > 0.10
        inside.remove(weakest)
    assert list(found.selected) == inside
    assert all(term.p < 0.10 for term in found.fit.terms()) if method == "backward-wald" and found.fit else True


def test_aic_ends_where_no_single_move_helps() -> None:
    data = load_rossi()
    found = rossi(method="aic")

    def aic(names: tuple[str, ...]) -> float:
        return -2 * fit_cox(data[list(names)], data["week"], data["arrest"]).loglik[1] + 2 * len(names)

    best = min((names for k in range(1, 8) for names in combinations(ROSSI, k)), key=aic)
    assert found.selected == best
    assert found.steps[-1].aic == pytest.approx(aic(best))
    assert all(step.statistic < 0 and step.p is None for step in found.steps)


def days(**options: Any) -> Selection:
    """All variables of gbsg2, the grade as a factor."""
    data = gbsg2()
    columns = ["hormone", "age", "post", "tsize", "gradeII", "gradeIII", "pnodes", "progrec", "estrec"]
    blocks = {"horTh": [0], "age": [1], "menostat": [2], "tsize": [3], "tgrade": [4, 5], "pnodes": [6], "progrec": [7]}
    return select(data[columns], data["time"], data["event"], blocks={**blocks, "estrec": [8]}, **options)


@pytest.mark.parametrize(("name", "run"), [("rossi", rossi), ("gbsg2", days)])
def test_aic_takes_the_steps_of_r(name: str, run: Any) -> None:
    found, expected = run(method="aic"), SURVIVAL_REFERENCE["selection"][name]
    assert [step.action for step in found.steps] == ["remove"] * len(found.steps)
    assert [step.variable for step in found.steps] == expected["dropped"]
    close([step.aic for step in found.steps], expected["aic"][1:])


def test_forward_and_backward_agree_on_gbsg2() -> None:
    """No variable is near the threshold, so the ways in and out end with the same model."""
    for method in ("forward-lr", "backward-lr", "backward-wald"):
        found = days(method=method, p_enter=0.04, p_remove=0.05)
        assert set(found.selected) == {"horTh", "tgrade", "pnodes", "progrec"}
        assert [step.df for step in found.steps if step.variable == "tgrade"] in ([], [2])


@pytest.mark.parametrize("method", ["forward-lr", "backward-lr", "backward-wald", "aic"])
def test_forced_variables_stay(method: str) -> None:
    found = rossi(method=method, forced=["wexp"])
    assert "wexp" in found.selected
    assert "wexp" not in [step.variable for step in found.steps]


def test_breslow_ties_as_spss() -> None:
    data = load_rossi()
    first = rossi(ties="breslow").steps[0]
    close(first.statistic, fit_cox(data[["prio"]], data["week"], data["arrest"], ties="breslow").score.statistic)


def test_nothing_worth_entering_gives_an_empty_model() -> None:
    rng = np.random.default_rng(4)
    found = select(rng.normal(size=(60, 2)), rng.integers(1, 30, 60), np.ones(60), p_enter=0.001)
    assert found.selected == ()
    assert found.fit is None
    assert found.loglik[0] == found.loglik[1]


def test_a_redundant_variable_never_enters_and_is_named() -> None:
    data = load_rossi()
    design = np.column_stack([data["prio"], data["age"], data["prio"] + data["age"]])
    found = select(design, data["week"], data["arrest"], names=["prio", "age", "sum"])
    assert len(found.selected) == 2
    assert len(found.redundant) == 1
    with pytest.raises(Collinear, match="sum"):
        select(design, data["week"], data["arrest"], names=["prio", "age", "sum"], method="backward-lr")


@pytest.mark.parametrize(
    "options",
    [
        {"p_enter": 0.10, "p_remove": 0.10},
        {"method": "lasso"},
        {"forced": ["height"]},
        {"blocks": {"a": [0, 1], "b": [1]}},
        {"blocks": {"a": [99]}},
        {"blocks": {"a": []}},
    ],
)
def test_bad_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(BadOption):
        rossi(**options)
