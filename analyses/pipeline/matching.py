"""Propensity-score matching: which treated patient is compared with which control."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit as log_odds

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.nearest import Controls, NearestFree, RandomFree, nearest_with_replacement
from analyses.pipeline.optimal import optimal_pairs
from analyses.pipeline.tie_order import tie_order

SCALES = ("sd", "sd-pooled", "absolute")
RULES = ("matchit", "random-within-caliper", "optimal")
ORDERS = ("largest", "smallest", "random")
# what other software and Austin's advice (Pharm Stat 2011) come to; a caliper, and a seed for what is random, are added
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "matchit": {"rule": "matchit", "on": "probability", "caliper_scale": "sd"},
    "austin-logit": {"rule": "matchit", "on": "logit", "caliper_scale": "sd-pooled", "caliper": 0.2},
    "random-within-caliper": {"rule": "random-within-caliper", "on": "probability", "caliper_scale": "absolute"},
}


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Who was matched. `pairs` (k x 2) holds row numbers (treated, control) in the order in which treated patients were
    served; `distance` (k) their absolute distance on the matching scale; `caliper_width` the allowed distance."""

    pairs: IntArray
    distance: FloatArray
    caliper_width: float | None
    unmatched_treated: IntArray
    unmatched_control: IntArray
    n: int

    @property
    def weights(self) -> FloatArray:
        """One weight per row, as MatchIt: 1 for matched treated, shares of their treated for controls (scaled to sum to
        the number of controls used), 0 for the unmatched. All 0 or 1 in 1:1 matching without replacement."""
        result = np.zeros(self.n)
        treated, control = self.pairs[:, 0], self.pairs[:, 1]
        if treated.size == 0:
            return result
        partners = np.bincount(treated, minlength=self.n)
        np.add.at(result, control, 1 / partners[treated])
        used = result > 0
        result[used] *= used.sum() / result[used].sum()
        result[treated] = 1.0
        return result


def match_nearest(
    score: ArrayLike,
    treated: ArrayLike,
    *,
    caliper: float | None,
    caliper_scale: str = "sd",
    on: str = "probability",
    rule: str = "matchit",
    ratio: int = 1,
    order: str = "largest",
    replace: bool = False,
    exact: ArrayLike | None = None,
    ids: ArrayLike | None = None,
    seed: int | None = None,
) -> Matching:
    """Matching of each treated patient to `ratio` controls by score: greedy, or optimal in 1:1.

    `score` n probabilities (any finite numbers when `on` is "probability"), `treated` n of 0/1. `caliper` is inclusive,
    None for none, in units of `caliper_scale`: `sd` (standard deviation over all patients, MatchIt), `sd-pooled` (root
    of the mean of the two arm variances, Austin), `absolute`; measured `on` "probability" or "logit".
    `rule`: `matchit` takes the nearest free control to the left or right in one ascending order of all patients, the
    left one at equal distance; `random-within-caliper` draws one of the free controls within the caliper with `seed`;
    `optimal` makes as many pairs as the caliper allows and, among such sets of pairs, one of the smallest total
    distance (1:1 without replacement only; see optimal_pairs for its limit of size).
    `order` is the order in which treated patients are served (under `optimal`, only listed); with `ratio` > 1 each
    gets a first control before anyone gets a second. `replace` lets a control serve again. `exact` (n, or n x m)
    allows pairs within equal labels only.
    Ties of score keep the row order, or, where `ids` are given, that of a hash of seed and id (see tie_order): then the
    rows may be shuffled without changing the pairs.
    Raises EmptyArm, MissingValues, LengthMismatch, BadValue, BadOption, NotSupported.
    Equals MatchIt 4.7.2 `method = "nearest"` (rule `matchit`, no ids).
    """
    arm = checks.two_arms(treated)
    scale = _scale(checks.vector(score, "score", arm.shape[0]), on)
    _check_options(caliper, caliper_scale, rule, ratio, order, replace, seed)
    width = None if caliper is None else caliper * _unit(scale, arm, caliper_scale)
    keys = tie_order(arm.shape[0], ids, seed)
    generator = np.random.default_rng(seed)
    service = _service(scale, keys, order, generator)
    search = _Search(scale, arm, _ascending(scale, keys), service, np.inf if width is None else width, ratio)
    found: list[IntArray] = []
    for rows in _strata(exact, arm.shape[0]):
        if rule == "optimal":
            found.append(_optimal(search, rows))
        else:
            found.append(_replacing(search, rows) if replace else _greedy(search, rows, rule, generator))
    pairs = np.concatenate(found)
    distance = np.abs(scale[pairs[:, 0]] - scale[pairs[:, 1]])
    sequence = np.lexsort((distance, service[pairs[:, 0]]))
    unmatched = np.ones(arm.shape[0], dtype=np.bool_)
    unmatched[pairs.ravel()] = False
    return Matching(
        pairs=pairs[sequence],
        distance=distance[sequence],
        caliper_width=width,
        unmatched_treated=np.flatnonzero(arm & unmatched),
        unmatched_control=np.flatnonzero(~arm & unmatched),
        n=arm.shape[0],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """What one pass needs: scores on the matching scale, the ascending order of all rows, when each row is served."""

    scale: FloatArray
    arm: BoolArray
    ascending: IntArray
    service: IntArray
    width: float
    ratio: int


def _scale(score: FloatArray, on: str) -> FloatArray:
    checks.option(on, "on", ("probability", "logit"))
    if on == "probability":
        return score
    if score.min() <= 0 or score.max() >= 1:
        raise checks.BadValue("Matching on the logit needs scores strictly between 0 and 1.")
    return np.asarray(log_odds(score))


def _check_options(
    caliper: float | None, caliper_scale: str, rule: str, ratio: int, order: str, replace: bool, seed: int | None
) -> None:
    checks.option(caliper_scale, "caliper_scale", SCALES)
    checks.option(rule, "rule", RULES)
    checks.option(order, "order", ORDERS)
    if caliper is not None and not 0 <= caliper < np.inf:
        raise checks.BadValue(f"caliper must be a number from 0 up, or None; found {caliper}.")
    if ratio < 1 or ratio != int(ratio):
        raise checks.BadValue(f"ratio must be a whole number from 1 up; found {ratio}.")
    if replace and rule != "matchit":
        raise checks.NotSupported("Matching with replacement is offered for the rule matchit only.")
    if ratio > 1 and rule == "optimal":
        raise checks.NotSupported("Optimal matching is offered 1:1 only; take the rule matchit for more controls.")
    if seed is None and (rule == "random-within-caliper" or order == "random"):
        raise checks.BadOption("Random matching needs a seed, so that it can be repeated.")


def _unit(scale: FloatArray, arm: BoolArray, caliper_scale: str) -> float:
    if caliper_scale == "absolute":
        return 1.0
    if caliper_scale == "sd":
        return float(scale.std(ddof=1))
    if min(arm.sum(), (~arm).sum()) < 2:
        raise checks.BadValue("caliper_scale sd-pooled needs two patients in each arm.")
    return float(np.sqrt((scale[arm].var(ddof=1) + scale[~arm].var(ddof=1)) / 2))


def _service(scale: FloatArray, keys: IntArray, order: str, generator: np.random.Generator) -> IntArray:
    """Rank of each row in the order of service."""
    if order == "random":
        sequence = np.argsort(keys)[generator.permutation(scale.shape[0])]
    else:
        sequence = _ascending(-scale if order == "largest" else scale, keys)
    rank = np.empty(scale.shape[0], dtype=np.int64)
    rank[sequence] = np.arange(scale.shape[0])
    return rank


def _ascending(scale: FloatArray, keys: IntArray) -> IntArray:
    """Rows by score, equal scores by key."""
    by_key = np.argsort(keys)
    return np.asarray(by_key[np.argsort(scale[by_key], kind="stable")])


def _strata(exact: ArrayLike | None, length: int) -> Iterator[IntArray]:
    """Rows that may be matched with each other."""
    if exact is None:
        yield np.arange(length)
        return
    table = np.asarray(exact)
    codes = np.zeros(length, dtype=np.int64)
    for column in table.T if table.ndim == 2 else [table]:
        names, code = checks.labels(column, "exact", length)
        codes = np.unique(codes * len(names) + code, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _arrange(search: _Search, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Treated rows in order of service, controls in ascending order, and where each treated stands among them."""
    inside = np.zeros(search.arm.shape[0], dtype=np.bool_)
    inside[rows] = True
    ascending = search.ascending[inside[search.ascending]]
    is_treated = search.arm[ascending]
    before = np.cumsum(~is_treated, dtype=np.int64)[is_treated]
    treated = ascending[is_treated]
    served = np.argsort(search.service[treated])
    return treated[served], ascending[~is_treated], before[served]


def _greedy(search: _Search, rows: IntArray, rule: str, generator: np.random.Generator) -> IntArray:
    treated, control, before = _arrange(search, rows)
    scores = search.scale[control]
    free: Controls = (
        NearestFree(scores, search.width) if rule == "matchit" else RandomFree(scores, search.width, generator)
    )
    found: list[IntArray] = []
    for _ in range(search.ratio):
        chosen = np.array(free.serve(before.tolist(), search.scale[treated].tolist()), dtype=np.int64)
        served = chosen >= 0
        treated, before = treated[served], before[served]
        found.append(np.column_stack([treated, control[chosen[served]]]))
    return np.concatenate(found)


def _replacing(search: _Search, rows: IntArray) -> IntArray:
    treated, control, before = _arrange(search, rows)
    scores = search.scale[control].tolist()
    found: list[tuple[int, int]] = []
    for row, position in zip(treated.tolist(), before.tolist(), strict=True):
        chosen = nearest_with_replacement(scores, position, float(search.scale[row]), search.width, search.ratio)
        found.extend((row, int(control[index])) for index in chosen)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _optimal(search: _Search, rows: IntArray) -> IntArray:
    treated, control, _ = _arrange(search, rows)
    chosen, partner = optimal_pairs(search.scale[treated], search.scale[control], search.width)
    return np.column_stack([treated[chosen], control[partner]])
