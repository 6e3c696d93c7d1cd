"""The test of proportional hazards against R, and against a model with x g(t) written out."""

import numpy as np
import pytest

from analyses.pipeline.checks import BadOption
from analyses.pipeline.cox import fit_cox, ph_test
from analyses.pipeline.cox.inputs import read_risk_sets
from analyses.pipeline.cox.likelihood import derivatives, evaluate
from tests.pipeline.shared_data import VETERAN_BLOCKS, VETERAN_COLUMNS, close, lung, r_reference, veteran
from tests.pipeline.survival_data import SURVIVAL_REFERENCE, gbsg2, rossi, stanford


def test_lung_equals_r() -> None:
    data = lung().dropna(subset=["ph.ecog"])
    lines = ph_test(fit_cox(data[["age", "sex", "ph.ecog"]], data["time"], data["event"]))
    expected = r_reference()["more"]["lung_zph"]
    assert [line.term for line in lines] == expected["rows"]
    close([line.statistic for line in lines], expected["chisq"])
    close([line.p for line in lines], expected["p"])


def test_veteran_with_a_factor_equals_r() -> None:
    data = veteran()
    lines = ph_test(fit_cox(data[VETERAN_COLUMNS], data["time"], data["status"]), terms=VETERAN_BLOCKS)
    expected = r_reference()["veteran"]["zph_p"]
    close([line.p for line in lines], [expected[line.term] for line in lines])
    assert [line.df for line in lines] == [1, 3, 1, 1, 1, 1, 8]


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_every_transform_equals_r(ties: str, transform: str) -> None:
    weeks, hearts, days, expected = rossi(), stanford(), gbsg2(), SURVIVAL_REFERENCE["tests"][ties]
    heart = ["age", "year", "surgery", "transplant"]
    grades = ["hormone", "gradeII", "gradeIII", "pnodes"]
    fits = {
        "rossi": (fit_cox(weeks[["fin", "age", "prio"]], weeks["time"], weeks["event"], ties=ties), None),
        "stanford": (fit_cox(hearts[heart], hearts["time"], hearts["event"], entry=hearts["start"], ties=ties), None),
        "gbsg2": (
            fit_cox(days[grades], days["time"], days["event"], strata=days["menostat"], ties=ties),
            {"hormone": [0], "grade": [1, 2], "pnodes": [3]},
        ),
    }
    for name, (fit, terms) in fits.items():
        lines = ph_test(fit, transform=transform, terms=terms)
        reference = expected[name][transform]
        close([line.statistic for line in lines], reference["statistic"])
        close([line.p for line in lines], reference["p"])
        assert [line.df for line in lines] == reference["df"]


@pytest.mark.parametrize("transform", ["identity", "log", "rank"])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_equals_the_score_test_on_episodes(transform: str, ties: str) -> None:
    """Cut every follow-up at every event time; x g(t) is then an ordinary covariate of each episode."""
    rng = np.random.default_rng(6)
    n = 70
    x = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    time, strata = rng.integers(1, 12, n).astype(float), rng.integers(0, 2, n)
    event = rng.random(n) < 0.7
    fit = fit_cox(x, time, event, strata=strata, ties=ties)
    moments = np.unique(time[event])
    ranks = np.array([(time < moment).sum() + ((time == moment).sum() + 1) / 2 for moment in moments])
    g = {"identity": moments, "log": np.log(moments), "rank": ranks}[transform]
    rows = [(i, k) for i in range(n) for k in range(len(moments)) if time[i] >= moments[k]]
    person, step = np.array(rows).T
    long = np.column_stack([x[person], x[person] * (g - g.mean())[step, np.newaxis]])
    start = np.concatenate([[0.0], moments])[step]
    happened = event[person] & (time[person] == moments[step])
    sets = read_risk_sets(len(rows), moments[step], happened, start, None, strata[person])
    state = evaluate(sets, (x @ fit.coef)[person][sets.order], ties)
    assert state is not None
    score, matrix = derivatives(sets, long[sets.order], state)
    u = np.concatenate([np.zeros(2), score[2:]])
    single = [u[[0, 1, k]] @ np.linalg.inv(matrix[np.ix_([0, 1, k], [0, 1, k])]) @ u[[0, 1, k]] for k in (2, 3)]
    lines = ph_test(fit, transform=transform)
    close([line.statistic for line in lines], [*single, u @ np.linalg.inv(matrix) @ u])


def test_unknown_transform_is_refused() -> None:
    fit = fit_cox([[1], [4], [2], [2.5]], [1, 2, 3, 4], [0, 1, 1, 0])
    with pytest.raises(BadOption):
        ph_test(fit, transform="sqrt")
