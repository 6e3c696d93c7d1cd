"""Cox's partial likelihood written as its definition, with loops, for comparison."""

import numpy as np


def slow_loglik(
    beta: np.ndarray,
    x: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    *,
    entry: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    ties: str = "efron",
) -> float:
    n = len(time)
    start = np.full(n, -1.0) if entry is None else entry
    w = np.ones(n) if weights is None else weights
    block = np.zeros(n) if strata is None else strata
    risk = w * np.exp(x @ beta)
    total = 0.0
    for stratum in np.unique(block):
        for t in np.unique(time[(block == stratum) & event]):
            at_risk = (block == stratum) & (start < t) & (time >= t)
            dying = at_risk & event & (time == t)
            d = int(dying.sum())
            total += float(w[dying] @ (x @ beta)[dying])
            for step in range(d):
                share = step / d if ties == "efron" else 0.0
                total -= float(w[dying].mean() * np.log(risk[at_risk].sum() - share * risk[dying].sum()))
    return total


def slow_score(
    beta: np.ndarray,
    x: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    *,
    entry: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    ties: str = "efron",
) -> np.ndarray:
    """The slope of `slow_loglik`: at each event, the covariates of who dies less their mean over who might have."""
    n = len(time)
    start = np.full(n, -1.0) if entry is None else entry
    w = np.ones(n) if weights is None else weights
    block = np.zeros(n) if strata is None else strata
    total = np.zeros(x.shape[1])
    for stratum in np.unique(block):
        for t in np.unique(time[(block == stratum) & event]):
            at_risk = (block == stratum) & (start < t) & (time >= t)
            dying = at_risk & event & (time == t)
            risk = np.where(at_risk, w * np.exp(x @ beta - (x @ beta)[at_risk].max()), 0.0)
            d = int(dying.sum())
            total += w[dying] @ x[dying]
            for step in range(d):
                left = risk * (1 - dying * (step / d if ties == "efron" else 0.0))
                total -= w[dying].mean() * (left @ x) / left.sum()
    return total


def gradient(function: object, at: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences of a function of a vector (of any output shape)."""
    assert callable(function)
    unit = np.eye(len(at)) * step
    return np.array([(function(at + row) - function(at - row)) / (2 * step) for row in unit])
