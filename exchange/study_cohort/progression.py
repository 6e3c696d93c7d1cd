"""Times of locoregional and distant progression, given the times of death.

The first progression or death of an arm follows the arm's target curve, as death does in ``overall``: never before RT
has been looked back on, never after death, the earlier the earlier the death, with chance. What progresses first, and
what follows, are invented shares, set so that distant progression-free survival is as published: in PCT+RT hardly
longer than progression-free survival, in PCT+CCRT by some six months (so more patients there must fail locoregionally
first).
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.random import Generator

from exchange.study_cohort import curves
from exchange.study_cohort.curves import DAYS_PER_MONTH
from exchange.study_cohort.objective import Model, Objective, Point
from exchange.study_cohort.overall import DAYS_AFTER_RT, exchange
from exchange.study_cohort.published import ARMS, CCRT, RT, figures

Floats = npt.NDArray[np.float64]
NEVER = np.inf
EXCHANGES = 2000
# Shares of first progressions that are locoregional alone, and in both places; months from a locoregional progression
# to a distant one (mean), share of distant ones followed by a locoregional one.
LOCOREGIONAL_FIRST = {RT: 0.07, CCRT: 0.25}
BOTH_FIRST = 0.07
MONTHS_TO_DISTANT = {RT: 3.0, CCRT: 12.0}
LOCOREGIONAL_LATER = 0.18
# A progression this close to death was not found in life.
UNSEEN_DAYS = 21
# Fall of the survival per month around its median: steep enough that the median does not depend on who is matched.
SLOPE = 0.02
# Log hazard ratios that give the published log-rank p-values (.083, .052) with the events of the matched population.
LOG_RATIO = {"pfs_matched": -0.25, "dpfs_matched": -0.28}


def progressions(rng: Generator, table: pd.DataFrame, death: Floats, censoring: Floats) -> tuple[Floats, Floats]:
    """Days of the first locoregional and of the first distant progression per patient; infinite where none comes."""
    arm = table["arm"].to_numpy()
    earliest = table["rt_end"].to_numpy(dtype=float) + DAYS_AFTER_RT
    kinds = _Kinds(rng, arm)
    first = _dealt(rng, arm, earliest, death)
    objectives = [(_objective(table, name), name == "dpfs_matched") for name in LOG_RATIO]

    def distance(times: Floats) -> float:
        distant = kinds.apply(times, death)[1]
        ends = [(np.minimum(distant if of_distant else times, death), rule) for rule, of_distant in objectives]
        return sum(rule(end, censoring) for end, rule in ends)

    first = exchange(rng, first, arm, (earliest, death), distance, EXCHANGES)
    return kinds.apply(first, death)


class _Kinds:
    """What progresses first in each patient, should they progress, and how much later the other kind follows."""

    def __init__(self, rng: Generator, arm: npt.NDArray[np.object_]) -> None:
        size = len(arm)
        share = np.array([LOCOREGIONAL_FIRST[name] for name in arm])
        drawn = rng.random(size)
        self._locoregional = drawn < share
        self._both = (drawn >= share) & (drawn < share + BOTH_FIRST)
        self._to_distant = 20 + rng.exponential([MONTHS_TO_DISTANT[name] * DAYS_PER_MONTH for name in arm])
        later = 30 + rng.exponential(8 * DAYS_PER_MONTH, size)
        self._to_locoregional = np.where(rng.random(size) < LOCOREGIONAL_LATER, later, NEVER)

    def apply(self, first: Floats, death: Floats) -> tuple[Floats, Floats]:
        """Days of locoregional and of distant progression when ``first`` is the day of the first of them."""
        local = np.where(self._locoregional | self._both, first, first + self._to_locoregional)
        distant = np.where(self._locoregional, first + self._to_distant, first)
        latest = death - UNSEEN_DAYS
        return np.where(local < latest, local, NEVER), np.where(distant < latest, distant, NEVER)


def _dealt(rng: Generator, arm: npt.NDArray[np.object_], earliest: Floats, death: Floats) -> Floats:
    """Quantiles of each arm's curve from the latest down, each to the best placed of those still alive then."""
    first = np.empty(len(arm))
    place = np.log(death) + rng.normal(0, 0.5, len(arm))
    for name in ARMS:
        waiting = list(np.flatnonzero(arm == name))
        times = curves.quantile_days(curves.PROGRESSION_FREE[name], curves.stratified(rng, len(waiting)))
        for time in np.sort(times)[::-1]:
            alive = [row for row in waiting if death[row] >= time]
            chosen = max(alive, key=lambda row: place[row]) if alive else max(waiting, key=lambda row: death[row])
            first[chosen] = np.clip(time, earliest[chosen], death[chosen])
            waiting.remove(chosen)
    return first


def _objective(table: pd.DataFrame, name: str) -> Objective:
    medians = figures()["survival"][name]["median_months"]
    matched = table["matched"].to_numpy(dtype=float)
    points = [
        Point((table["arm"] == arm).to_numpy() * matched, medians[arm] + months, 0.5 - SLOPE * months, 0.006)
        for arm in ARMS
        for months in (-5.0, -2.5, 0.0, 2.5, 5.0)
    ]
    of_ccrt = np.asarray(table["arm"] == CCRT, dtype=np.float64)[:, np.newaxis]
    return Objective(points, [Model(of_ccrt, np.array([LOG_RATIO[name]]), matched, 0.02)])
