"""Warm medians of several repetitions, everybody in turn, in processor seconds: whatever else the machine does meets
all alike, and waiting for it does not count."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Timed(NamedTuple):
    """Processor seconds of one call, and the number that it came to, which must be the same for all who do the same."""

    seconds: float
    answer: float


# Called with a number of repetitions.
Contender = Callable[[int], Timed]
CLOSE = 1e-6


def here(work: Callable[[], float]) -> Contender:
    """A function of this process."""

    def contend(repetitions: int) -> Timed:
        start = time.process_time()
        for _ in range(repetitions):
            answer = work()
        return Timed((time.process_time() - start) / repetitions, answer)

    return contend


def rounds(rows: int) -> tuple[int, int]:
    """How many rounds, and how many repetitions in each, are enough for a median at this size."""
    return (7, max(1, 10_000 // rows)) if rows <= 10_000 else (5 if rows <= 100_000 else 3, 1)


def medians(contenders: Mapping[str, Contender], rows: int) -> dict[str, float]:
    """The median of each, after one call to warm up. Raises ValueError where their answers differ: such times would
    compare nothing."""
    number, repetitions = rounds(rows)
    answers = {name: contend(1).answer for name, contend in contenders.items()}
    first = next(iter(answers.values()))
    if any(abs(answer - first) > CLOSE * max(abs(first), 1.0) for answer in answers.values()):
        raise ValueError(f"they do not compute the same: {answers}")
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(number):
        for name, contend in contenders.items():
            seconds[name].append(contend(repetitions).seconds)
    return {name: median(values) for name, values in seconds.items()}


def clocked(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds by the clock on the wall, for what waits on others, and what came of it."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
