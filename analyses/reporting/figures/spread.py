"""Labels of equal standing that must not lie on each other."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], heights: Sequence[float], *, low: float, high: float) -> list[float]:
    """Centres as near as may be to `wanted`, in the same order, no two overlapping, inside [low, high] if they fit.

    Neighbours that collide form a block around their common mean; blocks merge until none collide.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    blocks: list[list[int]] = []
    for index in order:
        blocks.append([index])
        while len(blocks) > 1 and _bottom(blocks[-1], wanted, heights, low, high) < _top(
            blocks[-2], wanted, heights, low, high
        ):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    places = [0.0] * len(wanted)
    for block in blocks:
        at = _bottom(block, wanted, heights, low, high)
        for index in block:
            places[index] = at + heights[index] / 2
            at += heights[index]
    return places


def _bottom(block: Sequence[int], wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> float:
    total = sum(heights[index] for index in block)
    middle = sum(wanted[index] for index in block) / len(block)
    return max(min(middle - total / 2, high - total), low)


def _top(block: Sequence[int], wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> float:
    return _bottom(block, wanted, heights, low, high) + sum(heights[index] for index in block)
