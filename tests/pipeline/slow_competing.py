"""Estimates under competing risks written as their definitions, with loops, for comparison."""

from collections.abc import Callable

import numpy as np


def slow_incidence(time: np.ndarray, event: np.ndarray, cause: int, at: float) -> tuple[float, float]:
    """F(at) and its variance, a sum over all event times up to `at`."""
    moments = [t for t in np.unique(time[event > 0]) if t <= at]
    incidence = slow_step(time, event, cause)
    variance = 0.0
    for t in moments:
        n, own = int((time >= t).sum()), int(((time == t) & (event == cause)).sum())
        others = int(((time == t) & (event > 0)).sum()) - own
        left = slow_survival(time, event, t)
        later = (incidence(at) - incidence(t)) / left if left > 0 else 0.0
        for d, distance in ((own, 1 - later), (others, later)):
            tied = 1.0 if n == 1 else (n - d) / (n - 1)
            variance += slow_survival(time, event, t, before=True) ** 2 * tied * d / n**2 * distance**2
    return incidence(at), variance


def slow_survival(time: np.ndarray, event: np.ndarray, at: float, *, before: bool = False) -> float:
    """Kaplan-Meier of any event."""
    result = 1.0
    for t in np.unique(time[event > 0]):
        if t < at or (t == at and not before):
            result *= 1 - ((time == t) & (event > 0)).sum() / (time >= t).sum()
    return result


def slow_step(time: np.ndarray, event: np.ndarray, cause: int) -> Callable[[float], float]:
    def incidence(at: float) -> float:
        return sum(
            slow_survival(time, event, t, before=True) * ((time == t) & (event == cause)).sum() / (time >= t).sum()
            for t in np.unique(time[event == cause])
            if t <= at
        )

    return incidence


def slow_gray(
    time: np.ndarray, event: np.ndarray, group: np.ndarray, cause: int, rho: float
) -> tuple[np.ndarray, np.ndarray]:
    """Gray's scores O - E and their variance; `group` codes 0..G-1."""
    groups = range(int(group.max()) + 1)
    moments = np.unique(time[event > 0])
    own = {t: (time == t) & (event == cause) for t in moments}
    at_risk = {(t, k): int(((time >= t) & (group == k)).sum()) for t in moments for k in groups}
    before = {
        (t, k): slow_survival(time[group == k], event[group == k], t, before=True) for t in moments for k in groups
    }
    after = {(t, k): slow_survival(time[group == k], event[group == k], t) for t in moments for k in groups}
    steps = [slow_step(time[group == k], event[group == k], cause) for k in groups]
    pseudo = {key: n / before[key] if n else 0.0 for key, n in at_risk.items()}
    total = {t: sum(pseudo[t, k] for k in groups) for t in moments}
    shared = {t: sum(own[u].sum() / total[u] for u in moments if u <= t) for t in moments}
    left = {t: 1 - sum(own[u].sum() / total[u] for u in moments if u < t) for t in moments}

    def at_once(t: float) -> np.ndarray:
        h = np.array([pseudo[t, k] for k in groups])
        return np.asarray(left[t] ** rho * (np.diag(h) - np.outer(h, h) / total[t]))

    score, variance = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    for t in moments:
        free = np.array([pseudo[t, k] * (1 - steps[k](np.nextafter(t, 0))) for k in groups])
        died = np.array([(own[t] & (group == k)).sum() for k in groups])
        score += left[t] ** rho * (died - died.sum() * free / free.sum())
        compared = [u for u in moments if u > t and sum(at_risk[u, k] > 0 for k in groups) > 1]
        later = sum((at_once(u) * own[u].sum() / (total[u] * left[u]) for u in compared), np.zeros(variance.shape))
        for k in groups:
            if at_risk[t, k] == 0:
                continue
            others = int(((time == t) & (event > 0) & (group == k)).sum() - died[k])
            ratio = (1 - shared[t]) / after[t, k] if after[t, k] > 0 else 0.0
            moved = at_once(t)[:, k] + (1 - ratio) * later[:, k]
            size = total[t] * before[t, k]
            tied = 1 - (died.sum() - 1) / (size - 1) if died.sum() > 1 else 1.0
            variance += tied * before[t, k] * died.sum() / (total[t] * at_risk[t, k]) * np.outer(moved, moved)
            tied = 1 - (others - 1) / (at_risk[t, k] - 1) if others > 1 else 1.0
            moved = ratio * later[:, k]
            variance += tied * before[t, k] ** 2 * others / at_risk[t, k] ** 2 * np.outer(moved, moved)
    return score, variance


def slow_weight(time: np.ndarray, event: np.ndarray, cause: int, row: int, t: float) -> float:
    """Weight of a row in the subdistribution's risk set at t."""
    if time[row] >= t:
        return 1.0
    if event[row] in (0, cause):
        return 0.0
    censored = (event == 0).astype(int)
    return slow_survival(time, censored, t, before=True) / slow_survival(time, censored, time[row], before=True)


def slow_pseudo_likelihood(beta: np.ndarray, x: np.ndarray, time: np.ndarray, event: np.ndarray, cause: int) -> float:
    total = 0.0
    for i in np.flatnonzero(event == cause):
        weights = [slow_weight(time, event, cause, k, time[i]) for k in range(len(time))]
        total += float(x[i] @ beta - np.log(weights @ np.exp(x @ beta)))
    return total


def slow_influence(beta: np.ndarray, x: np.ndarray, time: np.ndarray, event: np.ndarray, cause: int) -> np.ndarray:
    """eta + psi of each row (Fine and Gray 1999, section 3), integrals as sums over events."""
    n = len(time)
    risk = np.exp(x @ beta)
    failures = np.flatnonzero(event == cause)
    weight = {(k, i): slow_weight(time, event, cause, k, time[i]) * risk[k] for k in range(n) for i in failures}
    s0 = {i: sum(weight[k, i] for k in range(n)) for i in failures}
    mean = {i: sum(weight[k, i] * x[k] for k in range(n)) / s0[i] for i in failures}
    result = np.zeros(x.shape)
    for k in range(n):
        if event[k] == cause:
            result[k] += x[k] - mean[k]
        for i in failures:
            result[k] -= weight[k, i] * (x[k] - mean[i]) / s0[i]

    def q(u: float) -> np.ndarray:
        """Minus the terms of the rows that had another event before u, at the events from u on."""
        gone = [k for k in range(n) if time[k] < u and event[k] not in (0, cause)]
        return sum(
            (weight[k, i] * (x[k] - mean[i]) / s0[i] for i in failures if time[i] >= u for k in gone),
            np.zeros(x.shape[1]),
        )

    for k in range(n):
        if event[k] == 0:
            result[k] += q(time[k]) / (time >= time[k]).sum()
        for j in np.flatnonzero((event == 0) & (time <= time[k])):
            result[k] -= q(time[j]) / (time >= time[j]).sum() ** 2
    return result
