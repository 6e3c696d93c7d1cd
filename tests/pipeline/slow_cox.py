"""Cox's partial likelihood and its derivatives as their definitions, with loops, and small problems to try them on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st


def steps(
    beta: np.ndarray,
    x: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    *,
    entry: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    ties: str = "efron",
) -> Iterator[tuple[float, np.ndarray, float]]:
    """For each death: its weight, the chance of each row to have been the one, and the log of the sum of risks."""
    n = len(time)
    start = np.full(n, -1.0) if entry is None else entry
    w = np.ones(n) if weights is None else weights
    block = np.zeros(n) if strata is None else strata
    for stratum in np.unique(block):
        for t in np.unique(time[(block == stratum) & event]):
            at_risk = (block == stratum) & (start < t) & (time >= t)
            dying = at_risk & event & (time == t)
            highest = (x @ beta)[at_risk].max()
            risk = np.where(at_risk, w * np.exp(np.minimum(x @ beta - highest, 0)), 0.0)
            d = int(dying.sum())
            for step in range(d):
                left = risk * (1 - dying * (step / d if ties == "efron" else 0.0))
                yield float(w[dying].mean()), left / left.sum(), float(np.log(left.sum()) + highest)


def slow_loglik(beta: np.ndarray, x: np.ndarray, time: np.ndarray, event: np.ndarray, **options: Any) -> float:
    return float(_gain(x, event, options) @ beta) - sum(
        w * total for w, _, total in steps(beta, x, time, event, **options)
    )


def slow_score(beta: np.ndarray, x: np.ndarray, time: np.ndarray, event: np.ndarray, **options: Any) -> np.ndarray:
    """At each event, the covariates of who dies less their mean over who might have."""
    return _gain(x, event, options) - sum(w * (chance @ x) for w, chance, _ in steps(beta, x, time, event, **options))


def slow_information(
    beta: np.ndarray, x: np.ndarray, time: np.ndarray, event: np.ndarray, **options: Any
) -> np.ndarray:
    """At each event, the covariance of the covariates over who might have died."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for weight, chance, _ in steps(beta, x, time, event, **options):
        centred = x - chance @ x
        total += weight * (chance[:, np.newaxis] * centred).T @ centred
    return total


def _gain(x: np.ndarray, event: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    weights = options.get("weights")
    return (event * (1.0 if weights is None else weights)) @ x


def gradient(function: object, at: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences of a function of a vector (of any output shape)."""
    assert callable(function)
    unit = np.eye(len(at)) * step
    return np.array([(function(at + row) - function(at - row)) / (2 * step) for row in unit])


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    """Few distinct times, so that ties abound; weights, strata and late entries come and go."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(6, 25))
    entry = rng.integers(0, 3, n).astype(float)
    time = entry + rng.integers(1, draw(st.sampled_from([3, 6, 40])), n)
    event = rng.random(n) < draw(st.sampled_from([0.3, 0.8, 1.0]))
    event[np.argmax(time)] = True
    return {
        "x": np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)]),
        "time": time,
        "event": event,
        "entry": entry if draw(st.booleans()) else None,
        "weights": rng.random(n) + 0.2 if draw(st.booleans()) else None,
        "strata": rng.integers(0, 3, n) if draw(st.booleans()) else None,
        "ties": draw(st.sampled_from(["efron", "breslow"])),
    }
