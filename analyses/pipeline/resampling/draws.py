"""Bootstrap replicates in chunks that any worker may compute."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from analyses.pipeline.checks import BadValue, InputError, IntArray

Given = TypeVar("Given")

# an estimate, or the name of the error because of which the replicate has none
Outcome: TypeAlias = float | str
Outcomes: TypeAlias = dict[str, list[Outcome]]


class Statistic(Protocol):
    """Numbers that are estimated from a sample of units (patients, matched sets)."""

    @property
    def n(self) -> int:
        """How many units there are, and how many a replicate draws."""

    @property
    def names(self) -> tuple[str, ...]:
        """What is estimated."""

    def __call__(self, drawn: IntArray) -> Sequence[Outcome]:
        """One outcome per name from the units `drawn` (n numbers from 0 to n - 1, with repeats)."""


def chunks(replicates: int, size: int) -> tuple[range, ...]:
    """The numbers of the replicates 0..replicates-1 in runs of `size` (the last one may be shorter)."""
    if replicates < 1 or size < 1:
        raise BadValue(f"There must be at least one replicate, and one per chunk; found {replicates} and {size}.")
    return tuple(range(start, min(start + size, replicates)) for start in range(0, replicates, size))


def bootstrap_chunk(statistic: Statistic, chunk: range, *, seed: int) -> Outcomes:
    """The outcomes of the replicates numbered by `chunk`: name -> one outcome per replicate, in order.

    Each replicate draws n of the n units with replacement from the generator of (seed, its number). So outcomes depend
    neither on the size of chunks nor on who computes them in which order; they do depend on the order of the units,
    which should be that of the patients' numbers. Nothing is left out: a replicate without an estimate has the name of
    its error instead. The result is plain JSON.
    """
    found: Outcomes = {name: [] for name in statistic.names}
    for number in chunk:
        drawn = np.random.default_rng([seed, number]).integers(statistic.n, size=statistic.n)
        for name, outcome in zip(statistic.names, statistic(drawn), strict=True):
            found[name].append(outcome)
    return found


def join(parts: Iterable[Outcomes]) -> Outcomes:
    """The outcomes of several chunks, in the order given."""
    found: Outcomes = {}
    for part in parts:
        for name, outcomes in part.items():
            found.setdefault(name, []).extend(outcomes)
    return found


def outcome_of(estimate: Callable[[Given], float], given: Given) -> Outcome:
    """The estimate, or the name of the error with which it is refused."""
    try:
        return estimate(given)
    except InputError as refusal:
        return type(refusal).__name__
