"""Concordance against counting all pairs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline.cox.concordance import concordance_of
from analyses.pipeline.cox.inputs import read_risk_sets


def slow(score: Any, time: Any, event: Any, entry: Any, weight: Any, strata: Any) -> tuple[float, np.ndarray]:
    """Concordance, and its derivative by each weight."""
    n = len(time)
    good, pairs = np.zeros(n), np.zeros(n)
    for i in range(n):
        for j in range(n):
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if i == j or not event[i] or not later or entry[j] >= time[i] or strata[i] != strata[j]:
                continue
            value = 1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0
            for mine, other in ((i, j), (j, i)):
                good[mine] += weight[other] * value
                pairs[mine] += weight[other]
    total = weight @ pairs / 2
    if total == 0:
        return np.nan, good
    c = float(weight @ good / 2 / total)
    return c, (good - c * pairs) / total


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.booleans())
def test_equals_counting_all_pairs(seed: int, weighted: bool, delayed: bool, stratified: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 30))
    entry = rng.integers(0, 4, n).astype(float) if delayed else None
    time = (0 if entry is None else entry) + rng.integers(1, 8, n).astype(float)
    event = rng.random(n) < 0.6
    event[0] = True
    weight = rng.random(n) + 0.1 if weighted else np.ones(n)
    strata = rng.integers(0, 3, n) if stratified else np.zeros(n, dtype=int)
    score = rng.integers(0, 5, n).astype(float)
    cluster = np.arange(n) // 2
    sets = read_risk_sets(n, time, event, entry, weight, strata)
    value, influence = slow(score, time, event, np.full(n, -1.0) if entry is None else entry, weight, strata)
    found = concordance_of(sets, score[sets.order], None)
    clustered = concordance_of(sets, score[sets.order], cluster[sets.order])
    if np.isnan(value):
        assert found.value is None
        return
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.se == pytest.approx(np.sqrt(((weight * influence) ** 2).sum()), abs=1e-12)
    sums = np.bincount(cluster, weights=weight * influence)
    assert clustered.se == pytest.approx(np.sqrt((sums**2).sum()), abs=1e-12)


def test_scores_that_differ_by_rounding_are_tied() -> None:
    sets = read_risk_sets(3, [1, 2, 3], [1, 1, 0], None, None, None)
    assert concordance_of(sets, np.array([0.3, 0.1 + 0.2, 0.3]), None).value == 0.5


def test_late_entry_may_leave_nobody_to_compare() -> None:
    """Left by rounding, a weight of 1e-16 once passed for a comparable pair."""
    sets = read_risk_sets(4, [1, 9, 8, 7], [1, 0, 0, 0], [0, 1, 2, 3], [0.4, 1.1, 0.4, 0.9], None)
    found = concordance_of(sets, np.array([3.0, 1, 2, 0])[sets.order], None)
    assert (found.value, found.se) == (None, None)
