"""Times of death and of censoring of the eligible patients.

Death: the latent times of an arm are the quantiles of its target curve, one per patient (stratified inverse
distribution), dealt out by hazard; then patients of an arm exchange their times as long as that brings the cohort
nearer to the published Kaplan-Meier points and hazard ratios. So every seed gives another cohort with the same
survival.

Censoring: the data cut-off, or an earlier loss to follow-up with one common hazard, scaled so that the median follow-up
by reverse Kaplan-Meier is as published.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.random import Generator

from exchange.study_cohort import curves, hazards
from exchange.study_cohort.hazards import cycle_groups
from exchange.study_cohort.objective import Objective, Point
from exchange.study_cohort.profiles import SINGLE_PLATINUM
from exchange.study_cohort.published import ARMS, CCRT, RT, figures

Floats = npt.NDArray[np.float64]
CUTOFF = np.datetime64("2019-12-31")
# No eligible patient dies, progresses or is lost before RT has ended and been looked back on.
DAYS_AFTER_RT = 15
EXCHANGES = 4000
POINT = 0.004


def survival(rng: Generator, table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Latent days of death and of censoring per patient of ``table`` (from ``profiles.eligible``)."""
    earliest = table["rt_end"].to_numpy(dtype=float) + DAYS_AFTER_RT
    death = _dealt(rng, table, earliest)
    censoring = _censoring(rng, table, earliest + 15, death)
    objective = Objective(_points(table), hazards.models(table))
    arm = table["arm"].to_numpy()
    bounds = (earliest, np.full(len(table), np.inf))
    return exchange(rng, death, arm, bounds, lambda times: objective(times, censoring), EXCHANGES), censoring


def exchange(
    rng: Generator,
    times: Floats,
    group: npt.NDArray[np.object_],
    bounds: tuple[Floats, Floats],
    distance: Callable[[Floats], float],
    proposals: int,
) -> Floats:
    """Let pairs within a group exchange their times while ``distance`` falls and each time stays in its bounds."""
    earliest, latest = bounds
    times, best = times.copy(), distance(times)
    for one, two in zip(*_pairs(rng, group, proposals), strict=True):
        if not (earliest[one] <= times[two] <= latest[one] and earliest[two] <= times[one] <= latest[two]):
            continue
        times[one], times[two] = times[two], times[one]
        new = distance(times)
        if new < best:
            best = new
        else:
            times[one], times[two] = times[two], times[one]
    return times


def _pairs(rng: Generator, group: npt.NDArray[np.object_], size: int) -> tuple[list[int], list[int]]:
    """Rows to try: any first one, and another of the same group."""
    members = {name: np.flatnonzero(group == name) for name in np.unique(group)}
    first = rng.integers(len(group), size=size)
    others = [members[group[row]] for row in first]
    second = [int(rows[int(part * len(rows))]) for rows, part in zip(others, rng.random(size), strict=True)]
    return first.tolist(), second


def _dealt(rng: Generator, table: pd.DataFrame, earliest: Floats) -> Floats:
    """Quantiles of each arm's curve, the shorter the higher the hazard, with chance; none before ``earliest``."""
    death = np.empty(len(table))
    clock = rng.exponential(size=len(table)) / np.exp(hazards.linear_predictor(table))
    for arm in ARMS:
        rows = np.flatnonzero(table["arm"] == arm)
        times = np.sort(curves.quantile_days(curves.OVERALL[arm], curves.stratified(rng, len(rows))))
        waiting = list(rows[np.argsort(clock[rows])])
        for time in times:
            # The first in line for whom this time is possible; the latest times are possible for all.
            chosen = next((row for row in waiting if earliest[row] <= time), None)
            chosen = min(waiting, key=lambda row: earliest[row]) if chosen is None else chosen
            death[chosen] = max(time, earliest[chosen])
            waiting.remove(chosen)
    return death


def _censoring(rng: Generator, table: pd.DataFrame, earliest: Floats, death: Floats) -> Floats:
    shown = table["diagnosed"].to_numpy() + table["shown_after"].to_numpy().astype("timedelta64[D]")
    # The last contact of a patient still followed lies in the last months before the cut-off.
    cutoff = (CUTOFF - shown).astype("timedelta64[D]").astype(float) - rng.integers(0, 90, len(table))
    loss = -np.log(rng.permutation(curves.stratified(rng, len(table))))
    months = figures()["survival"]["median_follow_up_months"]["all"]
    ones = np.ones(len(table))
    half = Objective([Point(ones, months, 0.5, 1.0, of_follow_up=True)], [])
    scales = np.geomspace(800, 12000, 160)
    candidates = [np.minimum(cutoff, np.maximum(earliest, scale * loss)) for scale in scales]
    return min(candidates, key=lambda censoring: half(death, censoring))


def _points(table: pd.DataFrame) -> list[Point]:
    printed = figures()["survival"]
    matched = table["matched"].to_numpy(dtype=float)
    of_arm = {arm: (table["arm"] == arm).to_numpy(dtype=float) for arm in ARMS}
    middle = (cycle_groups(table["n_cycles"]) == "4-6").astype(float)
    single = table["concurrent"].isin(SINGLE_PLATINUM).to_numpy(dtype=float)
    points = [Point(np.ones(len(table)), printed["median_follow_up_months"]["all"], 0.5, 0.01, of_follow_up=True)]
    for name, weights in (("os_all", np.ones(len(table))), ("os_matched", matched)):
        points += [Point(of_arm[arm] * weights, 60, printed[name]["5y"][arm], POINT) for arm in ARMS]
        points.append(Point(of_arm[RT] * weights, printed[name]["median_months"][RT], 0.5, POINT))
    cycles, platinum = printed["fig2a"], printed["fig2b"]
    points.append(Point(of_arm[CCRT] * matched * middle, 60, next(iter(cycles.values())), 2 * POINT))
    points.append(Point(of_arm[CCRT] * matched * single, 60, next(iter(platinum.values())), 2 * POINT))
    return points
