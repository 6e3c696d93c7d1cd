"""Intervals and shares from the outcomes of all replicates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analyses.pipeline import checks
from analyses.pipeline.resampling.draws import Outcome, Outcomes


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """What the replicates say of one `estimate` (of the undrawn data): their standard deviation `se` and `median`, the
    `normal` limits estimate -+ z se, and the `percentile` limits, which need no symmetry. `replicates` gave an
    estimate; `failures` counts the others by the name of their error."""

    estimate: float
    se: float
    median: float
    normal: tuple[float, float]
    percentile: tuple[float, float]
    replicates: int
    failures: Mapping[str, int]


def summarise(outcomes: Sequence[Outcome], estimate: float, *, level: float = 0.95) -> BootstrapInterval:
    """Intervals from the outcomes of one name. Percentiles as R's quantile (type 7).

    Raises BadValue when fewer than two replicates gave an estimate.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 12 and 13.
    """
    tail = (1 - checks.proportion(level, "level")) / 2
    values = np.array([outcome for outcome in outcomes if not isinstance(outcome, str)])
    failures = failures_of(outcomes)
    if values.shape[0] < 2:
        reasons = ", ".join(f"{name} {count}" for name, count in failures.items()) or "none was drawn"
        raise checks.BadValue(f"Fewer than two of {len(outcomes)} replicates gave an estimate: {reasons}.")
    se, z = float(values.std(ddof=1)), float(ndtri(1 - tail))
    lower, median, upper = np.quantile(values, [tail, 0.5, 1 - tail]).tolist()
    return BootstrapInterval(
        estimate=estimate,
        se=se,
        median=median,
        normal=(estimate - z * se, estimate + z * se),
        percentile=(lower, upper),
        replicates=values.shape[0],
        failures=failures,
    )


def failures_of(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many replicates gave no estimate, by the name of their error, the most frequent first."""
    return dict(Counter(outcome for outcome in outcomes if isinstance(outcome, str)).most_common())


def shares(outcomes: Outcomes) -> dict[str, float]:
    """The mean outcome of each name over the replicates that have one: the share in which it is 1 (see
    selected_variables). Raises BadValue when none has."""
    found: dict[str, float] = {}
    for name, values in outcomes.items():
        numbers = [value for value in values if not isinstance(value, str)]
        if not numbers:
            raise checks.BadValue(f"No replicate gave an outcome for {name}.")
        found[name] = sum(numbers) / len(numbers)
    return found
