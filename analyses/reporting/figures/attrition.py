"""Attrition as a flow of boxes: who was there, who left at each criterion, the arms, the matched."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from analyses.pipeline.results import AttritionRow, StudyResult
from analyses.reporting import format
from analyses.reporting.figures import style, text
from analyses.reporting.figures.canvas import Drawing, Sheet

_MAIN, _SIDE = (0.1, 3.1), (3.75, 3.35)  # left edge and width in inches
_GAP = 0.2
_PAD = 0.09


def attrition_flow(result: StudyResult) -> Drawing:
    """Boxes down the left, exclusions to the right, arms side by side at the foot."""
    attrition = result.attrition
    steps = [(row, _exclusion(row)) for row in attrition.rows]
    heights = [max(_box_height(words), 0.34) + _GAP for _, words in steps]
    top_label = text.wrapped(attrition.top_label, _MAIN[1] - 2 * _PAD, style.SMALL, bold=True)
    top_text = f"{top_label}\n{format.plural(attrition.top_count, 'patient')}"
    eligible = attrition.rows[-1].after if attrition.rows else attrition.top_count
    end_text = f"Eligible\n{format.plural(eligible, 'patient')}"
    arms = _arms(result)
    arm_height = max(_box_height(words) for words in arms)
    top, end = _box_height(top_text), _box_height(end_text)
    total = 0.2 + top + sum(heights) + _GAP + end + 0.4 + arm_height

    def paint(sheet: Sheet) -> None:
        page = sheet.canvas()
        y = total - 0.1 - top
        middle = _MAIN[0] + _MAIN[1] / 2
        _box(page, _MAIN[0], y, _MAIN[1], top, top_text, bold=True)
        spine = y
        for (_, words), height in zip(steps, heights, strict=True):
            box = _box_height(words)
            at = y - height / 2 - _GAP / 4
            _box(page, _SIDE[0], at - box / 2, _SIDE[1], box, words)
            _arrow(page, middle, at, _SIDE[0], at)
            y -= height
        y -= _GAP
        _arrow(page, middle, spine, middle, y)
        _box(page, _MAIN[0], y - end, _MAIN[1], end, end_text, bold=True)
        y -= end
        _split(page, middle, y, arms, arm_height)

    return Drawing(width=style.WIDTH, height=total, paint=paint)


def _exclusion(row: AttritionRow) -> str:
    label = text.wrapped(row.label, _SIDE[1] - 2 * _PAD, style.SMALL)
    gone = [f"not met by {format.integer(row.not_met)}"] if row.not_met else []
    gone += [f"unknown for {format.integer(row.unknown)}"] if row.unknown else []
    return f"{label}\n{', '.join(gone) or 'met by all'}; {format.integer(row.after)} left"


def _arms(result: StudyResult) -> list[str]:
    words = [f"{arm.label}\n{format.plural(arm.n, 'patient')}" for arm in result.arms]
    if result.matching is None:
        return words
    return [
        f"{word}\n{format.integer(kept)} matched" for word, kept in zip(words, result.matching.matched, strict=True)
    ]


def _box_height(words: str) -> float:
    return text.height(words, style.SMALL) + 2 * _PAD * 0.8


def _box(page: Axes, x: float, y: float, width: float, height: float, words: str, *, bold: bool = False) -> None:
    patch = FancyBboxPatch(
        (x, y),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=style.PALE,
        edgecolor=style.INK_3,
        linewidth=0.8,
    )
    page.add_patch(patch)
    page.text(
        x + (width / 2 if bold else _PAD),
        y + height / 2,
        words,
        ha="center" if bold else "left",
        va="center",
        fontsize=style.SMALL,
        linespacing=1.25,
        weight="bold" if bold else "normal",
    )


def _arrow(page: Axes, x0: float, y0: float, x1: float, y1: float) -> None:
    ends: dict[str, Any] = {"shrinkA": 0, "shrinkB": 0}
    page.add_patch(
        FancyArrowPatch(
            (x0, y0), (x1, y1), arrowstyle="-|>", mutation_scale=8, color=style.INK_2, linewidth=0.9, **ends
        )
    )


def _split(page: Axes, middle: float, y: float, arms: list[str], height: float) -> None:
    """From the eligible to the arms below, side by side."""
    width = _MAIN[1] / len(arms) - 0.1
    for index, words in enumerate(arms):
        x = _MAIN[0] + index * (_MAIN[1] / len(arms)) + 0.05
        _box(page, x, y - 0.3 - height, width, height, words, bold=True)
        page.plot([middle, x + width / 2], [y - 0.14] * 2, color=style.INK_2, linewidth=0.9)
        _arrow(page, x + width / 2, y - 0.14, x + width / 2, y - 0.3)
    page.plot([middle, middle], [y, y - 0.14], color=style.INK_2, linewidth=0.9)
