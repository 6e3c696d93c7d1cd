"""Greedy search engines on sorted scores: nearest free control, and a random free control within the caliper.

Both see the controls in ascending order of score. A used control is skipped by union-find links, so that a whole pass
takes about O(n log n) with sorting.
"""

import math
import sys
from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from analyses.pipeline.checks import FloatArray


class Controls(Protocol):
    """Free controls from which one is taken at a time."""

    def serve(self, positions: Sequence[int], values: Sequence[float]) -> list[int]:
        """Index of the control taken for each treated unit in turn; -1 for none. A unit stands before the control
        `position` and has the score `value`."""


class NearestFree:
    """The nearest free control to the left or right in one order of all units; the left one at equal distance."""

    def __init__(self, scores: FloatArray, caliper: float) -> None:
        # the edges lie beyond any caliper
        self._scores = [-math.inf, *scores.tolist(), math.inf]
        self._caliper = min(caliper, sys.float_info.max)
        self._left = list(range(len(scores) + 1))
        self._right = list(range(len(scores) + 1))

    def serve(self, positions: Sequence[int], values: Sequence[float]) -> list[int]:
        # One loop without calls: a million patients are served here one after the other.
        scores, caliper, lefts, rights = self._scores, self._caliper, self._left, self._right
        taken: list[int] = []
        for position, value in zip(positions, values, strict=True):
            left = right = position
            while lefts[left] != left:  # follow the links to the root, halving the path on the way
                lefts[left] = left = lefts[lefts[left]]
            while rights[right] != right:
                rights[right] = right = rights[rights[right]]
            below, above = value - scores[left], scores[right + 1] - value
            if below <= above and below <= caliper:
                chosen = left - 1
            elif above <= caliper:
                chosen = right
            else:
                taken.append(-1)
                continue
            lefts[chosen + 1] = chosen
            rights[chosen] = chosen + 1
            taken.append(chosen)
        return taken


class RandomFree:
    """A free control drawn at random among those within the caliper, all equally likely."""

    def __init__(self, scores: FloatArray, caliper: float, generator: np.random.Generator) -> None:
        self._scores = scores.tolist()
        self._caliper = caliper
        self._generator = generator
        size = len(self._scores)
        self._tree = [(item & -item) for item in range(size + 1)]

    def serve(self, positions: Sequence[int], values: Sequence[float]) -> list[int]:
        return [self._take(position, value) for position, value in zip(positions, values, strict=True)]

    def _take(self, position: int, value: float) -> int:
        scores, caliper = self._scores, self._caliper
        low = bisect_left(range(position), True, key=lambda index: value - scores[index] <= caliper)
        later = range(position, len(scores))
        high = position + bisect_left(later, True, key=lambda index: scores[index] - value > caliper)
        before = self._free_before(low)
        free = self._free_before(high) - before
        if free == 0:
            return -1
        chosen = self._select(before + int(self._generator.integers(free)))
        self._remove(chosen)
        return chosen

    def _free_before(self, index: int) -> int:
        total = 0
        while index > 0:
            total += self._tree[index]
            index &= index - 1
        return total

    def _select(self, rank: int) -> int:
        """Index of the free control that has `rank` free controls before it."""
        item, step = 0, 1 << (len(self._tree) - 1).bit_length()
        while step:
            if item + step < len(self._tree) and self._tree[item + step] <= rank:
                item += step
                rank -= self._tree[item]
            step >>= 1
        return item

    def _remove(self, index: int) -> None:
        item = index + 1
        while item < len(self._tree):
            self._tree[item] -= 1
            item += item & -item


def nearest_with_replacement(scores: list[float], position: int, value: float, caliper: float, ratio: int) -> list[int]:
    """Up to `ratio` nearest controls, used by others or not; the left one at equal distance."""
    left, right = position - 1, position
    chosen: list[int] = []
    while len(chosen) < ratio and (left >= 0 or right < len(scores)):
        below = value - scores[left] if left >= 0 else math.inf
        above = scores[right] - value if right < len(scores) else math.inf
        if min(below, above) > caliper:
            break
        if below <= above:
            chosen.append(left)
            left -= 1
        else:
            chosen.append(right)
            right += 1
    return chosen
