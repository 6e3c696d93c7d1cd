"""Forest plots: one line per level with its hazard ratio on a logarithmic axis, numbers in columns beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes

from analyses.reporting import format
from analyses.reporting.figures import style, text
from analyses.reporting.figures.canvas import Drawing, Sheet

_ROW = 0.165
_HEAD = 0.42
_FOOT = 0.62
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10, 20, 50, 100)
_PLOT = 1.75
_RATIO_COLUMN = 1.12
_SIDE_COLUMN = 0.6
_RIGHT_COLUMN = 0.62
_WIDEST_AXIS = 16.0


@dataclass(frozen=True, slots=True)
class Estimate:
    hr: float
    lower: float
    upper: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`before` are the columns left of the plot, `after` the one right of the hazard ratio; without an estimate `note`
    stands in its place. `kind`: a 'group' heads its levels, 'overall' is drawn as a diamond."""

    label: str
    kind: Literal["group", "level", "overall"] = "level"
    before: tuple[str, ...] = ()
    estimate: Estimate | None = None
    note: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """`before` and `after` are column headings; `favours` what lies to the left and to the right of 1."""

    lines: tuple[Line, ...]
    label: str
    before: tuple[str, ...]
    after: str
    favours: tuple[str, str] | None
    overall: float | None = None


def forest(content: Forest) -> Drawing:
    height = _HEAD + _ROW * len(content.lines) + _FOOT

    def paint(sheet: Sheet) -> None:
        page = sheet.canvas()
        plot_left = sheet.width - 0.1 - (_RIGHT_COLUMN if content.after else 0) - _RATIO_COLUMN - _PLOT - 0.1
        columns = [
            plot_left - 0.1 - _SIDE_COLUMN * (len(content.before) - index - 0.5) for index in range(len(content.before))
        ]
        room = (columns[0] - _SIDE_COLUMN / 2 if columns else plot_left) - 0.1
        _headings(page, content, columns, plot_left, height)
        axes = sheet.axes(plot_left, _FOOT, _PLOT, _ROW * len(content.lines))
        _axis(axes, content)
        for index, line in enumerate(content.lines):
            y = height - _HEAD - _ROW * (index + 0.5)
            _cells(page, line, y, columns, plot_left, room)

        _marks(axes, [(line, len(content.lines) - index - 0.5) for index, line in enumerate(content.lines)])

    return Drawing(width=style.WIDTH, height=height, paint=paint)


def _headings(page: Axes, content: Forest, columns: Sequence[float], plot_left: float, height: float) -> None:
    y = height - _HEAD + 0.08
    bold: dict[str, Any] = {"fontsize": style.SMALL, "weight": "bold", "va": "bottom"}
    page.text(0.06, y, content.label, **bold)
    for x, heading in zip(columns, content.before, strict=True):
        page.text(x, y, heading, ha="center", **bold)
    ratio_left = plot_left + _PLOT + 0.1
    page.text(ratio_left + _RATIO_COLUMN / 2, y, "HR (95% CI)", ha="center", **bold)
    if content.after:
        page.text(page.get_xlim()[1] - 0.06, y, content.after, ha="right", **bold)
    page.plot([0.04, page.get_xlim()[1] - 0.04], [y - 0.05] * 2, color=style.INK_2, linewidth=0.8)


def _limits(content: Forest) -> tuple[float, float]:
    """An axis symmetric about 1 that holds the estimates and their limits, within reason."""
    found = [line.estimate for line in content.lines if line.estimate]
    far = [max(abs(math.log(e.hr)) for e in found) * 1.2] if found else []
    far += [min(max(abs(math.log(e.lower)), abs(math.log(e.upper))) * 1.05, math.log(_WIDEST_AXIS) / 2) for e in found]
    reach = min(max([*far, math.log(2.2)]), math.log(_WIDEST_AXIS))
    return math.exp(-reach), math.exp(reach)


def _axis(axes: Axes, content: Forest) -> None:
    low, high = _limits(content)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0, len(content.lines))
    axes.set_yticks([])
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=style.INK_2, linewidth=0.8)
    if content.overall is not None:
        axes.axvline(content.overall, color=style.ACCENT, linewidth=0.8, linestyle=(0, (2, 2)))
    if content.favours is None:
        axes.set_xlabel("Hazard ratio")
        return
    below = -0.3 / (_ROW * len(content.lines))
    for index, words in enumerate(content.favours):
        side, offset = ("right", -4) if index == 0 else ("left", 4)
        axes.annotate(
            words,
            (0.5, below),
            (offset, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=side,
            va="top",
            fontsize=style.SMALL,
            color=style.INK_2,
        )


def _cells(page: Axes, line: Line, y: float, columns: Sequence[float], plot_left: float, room: float) -> None:
    ratio = plot_left + _PLOT + 0.1 + _RATIO_COLUMN / 2
    strong: dict[str, Any] = {"weight": "bold"} if line.kind != "level" else {}
    indent = 0.18 if line.kind == "level" else 0.06
    free = room if line.before else plot_left
    label, size = text.fitted(line.label, free - indent - 0.05, style.SMALL, bold=line.kind != "level")
    page.text(indent, y, label, va="center", fontsize=size, **strong)
    for x, words in zip(columns, line.before, strict=False):
        page.text(x, y, words, ha="center", va="center", fontsize=style.SMALL)
    if line.estimate is not None:
        words = format.ratio_interval(line.estimate.hr, line.estimate.lower, line.estimate.upper)
        page.text(ratio, y, words, ha="center", va="center", fontsize=style.SMALL, **strong)
    elif line.note:
        page.text(
            ratio, y, line.note, ha="center", va="center", fontsize=style.SMALL, color=style.INK_3, style="italic"
        )
    if line.after:
        page.text(page.get_xlim()[1] - 0.06, y, line.after, ha="right", va="center", fontsize=style.SMALL)


def _marks(axes: Axes, lines: Sequence[tuple[Line, float]]) -> None:
    low, high = axes.get_xlim()
    drawn = [(line.estimate, y) for line, y in lines if line.estimate is not None and line.kind != "overall"]
    for line, y in lines:
        if line.kind == "overall" and line.estimate is not None:
            found = line.estimate
            xs = [max(found.lower, low), found.hr, min(found.upper, high), found.hr]
            axes.fill(xs, [y, y + 0.32, y, y - 0.32], color=style.ACCENT, linewidth=0)
    heights = [y for _, y in drawn]
    axes.hlines(
        heights,
        [max(found.lower, low) for found, _ in drawn],
        [min(found.upper, high) for found, _ in drawn],
        color=style.INK,
        linewidth=1.0,
    )
    beyond: dict[str, Any] = {"linestyle": "none", "markersize": 4, "color": style.INK, "clip_on": False}
    axes.plot([low] * len(drawn), [y if found.lower < low else math.nan for found, y in drawn], "<", **beyond)
    axes.plot([high] * len(drawn), [y if found.upper > high else math.nan for found, y in drawn], ">", **beyond)
    inside = [(found, y) for found, y in drawn if low <= found.hr <= high]
    axes.scatter(
        [found.hr for found, _ in inside],
        [y for _, y in inside],
        s=[(2.5 + 3.5 * math.sqrt(found.weight)) ** 2 for found, _ in inside],
        marker="s",
        color=style.TREATED.colour,
        linewidths=0,
        zorder=3,
    )
