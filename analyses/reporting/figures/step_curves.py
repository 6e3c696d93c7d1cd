"""Step curves over time with the numbers at risk under the axis: what Kaplan-Meier and incidence figures share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from analyses.reporting.figures import style, text
from analyses.reporting.figures.canvas import Drawing, Sheet, inch
from analyses.reporting.figures.spread import spread

_PLOT_HEIGHT = 2.9
_TOP = 0.16
_AXIS_SPACE = 0.5  # tick labels and axis label
_LABEL_ROOM = 1.45
_LEAD = 0.26  # from the axis to the names of the rows at risk
_SWATCH = 0.3
_MOST_TICKS = 11
_SHOWN_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCurve:
    """`level[i]` holds from `time[i]` on, `start` before the first; `marks` are (time, level) of censorings; `last` is
    the last time seen."""

    label: str
    start: float
    time: Sequence[float]
    level: Sequence[float]
    lower: Sequence[float | None]
    upper: Sequence[float | None]
    marks: Sequence[tuple[float, float]]
    last: float
    at_risk: Sequence[int]

    def at(self, time: float) -> float:
        found = self.start
        for step, level in zip(self.time, self.level, strict=True):
            if step > time:
                break
            found = level
        return found

    def corners(self, values: Sequence[float | None]) -> tuple[list[float], list[float]]:
        """Corners of the step function of `values` from time 0 on, up to the last time seen."""
        times, levels = [0.0], [self.start]
        for time, value in zip(self.time, values, strict=True):
            if value is None:
                break
            times += [time, time]
            levels += [levels[-1], value]
        return [*times, max(self.last, times[-1])], [*levels, levels[-1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCurves:
    """`at_risk` of each curve belongs to `at_risk_times`; `words` stand in the corner that the curves leave free."""

    curves: Sequence[StepCurve]
    at_risk_times: Sequence[float]
    time_label: str
    level_label: str
    words: Sequence[str]


def step_curves(content: StepCurves) -> Drawing:
    """The time axis ends where fewer than a tenth of the patients are at risk. Confidence bands with two curves."""
    labels = [text.wrapped(curve.label, _LABEL_ROOM, style.SMALL, bold=True) for curve in content.curves]
    rows = [text.height(label, style.SMALL) + 0.05 for label in labels]
    below = _AXIS_SPACE + 0.2 + sum(rows) + 0.05

    def paint(sheet: Sheet) -> None:
        room = max(text.width(label, style.SMALL, bold=True) for label in labels)
        left, right = max(0.72, room + _LEAD + _SWATCH + 0.15), room + 0.25
        axes = sheet.axes(left, below, sheet.width - left - right, _PLOT_HEIGHT)
        end, ticks = time_axis(content.at_risk_times, [curve.at_risk for curve in content.curves])
        _frame(axes, content, end, ticks)
        for index, curve in enumerate(content.curves):
            _draw(axes, curve, style.line(index), end, band=len(content.curves) == 2)
        _end_labels(axes, content.curves, labels, end)
        _annotate(axes, content, end)
        _numbers_at_risk(axes, content, labels, rows, ticks)

    return Drawing(width=style.WIDTH, height=below + _PLOT_HEIGHT + _TOP, paint=paint)


def time_axis(times: Sequence[float], at_risk: Sequence[Sequence[int]]) -> tuple[float, list[int]]:
    """The end of the axis, and which of `times` are ticks (an even step, so that few enough remain); `at_risk` holds
    the numbers of each curve."""
    totals = [sum(numbers) for numbers in zip(*at_risk, strict=True)]
    enough = [index for index, total in enumerate(totals) if total >= max(_SHOWN_SHARE * totals[0], 1)]
    last = max(enough[-1], min(1, len(times) - 1))
    step = -(-(last + 1) // _MOST_TICKS)
    return times[last], list(range(0, last + 1, step))


def _frame(axes: Axes, content: StepCurves, end: float, ticks: Sequence[int]) -> None:
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.02)
    axes.set_xticks([content.at_risk_times[index] for index in ticks])
    axes.set_yticks(np.linspace(0, 1, 6), [f"{level}%" for level in range(0, 101, 20)])
    axes.grid(axis="y", color=style.LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(content.time_label)
    axes.set_ylabel(content.level_label)


def _draw(axes: Axes, curve: StepCurve, line: style.Line, end: float, *, band: bool) -> None:
    times, levels = curve.corners(curve.level)
    axes.plot(times, levels, color=line.colour, linestyle=line.dash, linewidth=1.5, solid_joinstyle="miter")
    if band:
        low, high = curve.corners(curve.lower), curve.corners(curve.upper)
        if len(low[0]) == len(high[0]):
            axes.fill_between(low[0], low[1], high[1], color=line.colour, alpha=0.10, linewidth=0)
    inside = [mark for mark in curve.marks if mark[0] <= end]
    axes.plot(
        [time for time, _ in inside],
        [level for _, level in inside],
        linestyle="none",
        marker="|",
        markersize=4.5,
        markeredgewidth=0.8,
        color=line.colour,
    )


def _end_labels(axes: Axes, curves: Sequence[StepCurve], labels: Sequence[str], end: float) -> None:
    """Each curve is named at the right of the axes, at the height where it ends; near names are spread."""
    ends = [curve.at(end) for curve in curves]
    heights = [text.height(label, style.SMALL) / _PLOT_HEIGHT * 1.02 + 0.01 for label in labels]
    places = spread(ends, heights, low=0.0, high=1.02)
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    for index, (label, level, place) in enumerate(zip(labels, ends, places, strict=True)):
        line = style.line(index)
        last = min(curves[index].last, end)
        if last < end:
            axes.plot([last, end], [level, level], color=line.colour, linewidth=0.6, linestyle=(0, (1, 3)))
        axes.plot([1.005, 1.025], [level, place], transform=beside, clip_on=False, color=line.colour, linewidth=1.2)
        axes.text(
            1.032,
            place,
            label,
            transform=beside,
            va="center",
            color=_ink(line, curves),
            fontsize=style.SMALL,
            weight="bold",
        )


def _ink(line: style.Line, curves: Sequence[StepCurve]) -> str:
    """Names of two groups have the colour of their curves; the paler colours of more are no colours for text."""
    return line.colour if len(curves) == 2 else style.INK


def _annotate(axes: Axes, content: StepCurves, end: float) -> None:
    highest = max(curve.at(0.55 * end) for curve in content.curves)
    lowest = min(curve.at(0.5 * end) for curve in content.curves)
    falling = content.curves[0].start > 0
    top = 1 - highest > lowest
    # Falling curves leave the top right or the bottom left free, rising ones the top left or the bottom right.
    right = top if falling else not top
    axes.text(
        0.985 if right else 0.02,
        0.98 if top else 0.03,
        "\n".join(content.words),
        transform=axes.transAxes,
        ha="right" if right else "left",
        va="top" if top else "bottom",
        fontsize=style.SMALL,
        linespacing=1.4,
    )


def _numbers_at_risk(
    axes: Axes, content: StepCurves, labels: Sequence[str], rows: Sequence[float], ticks: Sequence[int]
) -> None:
    """Under each tick the patients still at risk, one row per curve in its colour."""
    under = blended_transform_factory(axes.transData, axes.transAxes)
    beside = axes.transAxes
    unit = inch(axes)
    size: dict[str, Any] = {"fontsize": style.SMALL, "va": "center"}
    y = -_AXIS_SPACE - 0.1
    axes.text(-_LEAD * unit, y / _PLOT_HEIGHT, "At risk", transform=beside, ha="right", color=style.INK_2, **size)
    y -= 0.1
    swatch = -(_LEAD + max(text.width(label, style.SMALL, bold=True) for label in labels) + 0.08) * unit
    for index, (curve, label, height) in enumerate(zip(content.curves, labels, rows, strict=True)):
        line = style.line(index)
        middle = (y - height / 2) / _PLOT_HEIGHT
        y -= height
        colour = _ink(line, content.curves)
        lead = -_LEAD * unit
        axes.text(lead, middle, label, transform=beside, ha="right", color=colour, weight="bold", **size)
        axes.plot(
            [swatch - 0.24 * unit, swatch],
            [middle, middle],
            transform=beside,
            clip_on=False,
            color=line.colour,
            linestyle=line.dash,
            linewidth=1.5,
        )
        for tick in ticks:
            shown = f"{curve.at_risk[tick]}"
            axes.text(content.at_risk_times[tick], middle, shown, transform=under, ha="center", **size)
