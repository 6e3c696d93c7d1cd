"""Kaplan-Meier curves with the numbers at risk under the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from analyses.pipeline.results import GroupSurvival, SurvivalComparison
from analyses.reporting import format
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


def kaplan_meier(comparison: SurvivalComparison, *, time_label: str, heading: str = "") -> Drawing:
    """One endpoint in one population. The time axis ends where fewer than a tenth of the patients are at risk."""
    labels = [text.wrapped(group.label, _LABEL_ROOM, style.SMALL, bold=True) for group in comparison.groups]
    rows = [text.height(label, style.SMALL) + 0.05 for label in labels]
    below = _AXIS_SPACE + 0.2 + sum(rows) + 0.05

    def paint(sheet: Sheet) -> None:
        room = max(text.width(label, style.SMALL, bold=True) for label in labels)
        left, right = max(0.72, room + _LEAD + _SWATCH + 0.15), room + 0.25
        axes = sheet.axes(left, below, sheet.width - left - right, _PLOT_HEIGHT)
        end, ticks = time_axis(comparison)
        _frame(axes, end, ticks, comparison, time_label)
        for index, group in enumerate(comparison.groups):
            _curve(axes, group, style.line(index), end, band=len(comparison.groups) == 2)
        _end_labels(axes, comparison.groups, labels, end)
        _annotate(axes, comparison, heading, end)
        _numbers_at_risk(axes, comparison, labels, rows, ticks)

    return Drawing(width=style.WIDTH, height=below + _PLOT_HEIGHT + _TOP, paint=paint)


def time_axis(comparison: SurvivalComparison) -> tuple[float, list[int]]:
    """The end of the axis, and which of `at_risk_times` are ticks (an even step, so that few enough remain)."""
    times = comparison.at_risk_times
    totals = [sum(group.at_risk[index] for group in comparison.groups) for index in range(len(times))]
    enough = [index for index, total in enumerate(totals) if total >= max(_SHOWN_SHARE * totals[0], 1)]
    last = max(enough[-1], min(1, len(times) - 1))
    step = -(-(last + 1) // _MOST_TICKS)
    return times[last], list(range(0, last + 1, step))


def _frame(axes: Axes, end: float, ticks: Sequence[int], comparison: SurvivalComparison, time_label: str) -> None:
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.02)
    axes.set_xticks([comparison.at_risk_times[index] for index in ticks])
    axes.set_yticks(np.linspace(0, 1, 6), [f"{level}%" for level in range(0, 101, 20)])
    axes.grid(axis="y", color=style.LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(time_label)
    axes.set_ylabel(comparison.label)


def _steps(group: GroupSurvival, values: Sequence[float | None]) -> tuple[list[float], list[float]]:
    """Corners of a step function from (0, 1) on, up to the last time seen."""
    times, levels = [0.0], [1.0]
    for time, value in zip(group.curve.time, values, strict=True):
        if value is None:
            break
        times += [time, time]
        levels += [levels[-1], value]
    return [*times, max(_last_seen(group), times[-1])], [*levels, levels[-1]]


def _last_seen(group: GroupSurvival) -> float:
    return max([*group.curve.time[-1:], *group.curve.censored[-1:]], default=0.0)


def _curve(axes: Axes, group: GroupSurvival, line: style.Line, end: float, *, band: bool) -> None:
    times, levels = _steps(group, group.curve.survival)
    axes.plot(times, levels, color=line.colour, linestyle=line.dash, linewidth=1.5, solid_joinstyle="miter")
    if band:
        low, high = _steps(group, group.curve.lower), _steps(group, group.curve.upper)
        if len(low[0]) == len(high[0]):
            axes.fill_between(low[0], low[1], high[1], color=line.colour, alpha=0.10, linewidth=0)
    inside = [at for at, time in enumerate(group.curve.censored) if time <= end]
    axes.plot(
        [group.curve.censored[at] for at in inside],
        [group.curve.censored_survival[at] for at in inside],
        linestyle="none",
        marker="|",
        markersize=4.5,
        markeredgewidth=0.8,
        color=line.colour,
    )


def _end_labels(axes: Axes, groups: Sequence[GroupSurvival], labels: Sequence[str], end: float) -> None:
    """Each curve is named at the right of the axes, at the height where it ends; near names are spread."""
    ends = [_level_at(group, end) for group in groups]
    heights = [text.height(label, style.SMALL) / _PLOT_HEIGHT * 1.02 + 0.01 for label in labels]
    places = spread(ends, heights, low=0.0, high=1.02)
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    for index, (label, level, place) in enumerate(zip(labels, ends, places, strict=True)):
        line = style.line(index)
        last = min(_last_seen(groups[index]), end)
        if last < end:
            axes.plot([last, end], [level, level], color=line.colour, linewidth=0.6, linestyle=(0, (1, 3)))
        axes.plot([1.005, 1.025], [level, place], transform=beside, clip_on=False, color=line.colour, linewidth=1.2)
        axes.text(
            1.032,
            place,
            label,
            transform=beside,
            va="center",
            color=_ink(line, groups),
            fontsize=style.SMALL,
            weight="bold",
        )


def _ink(line: style.Line, groups: Sequence[GroupSurvival]) -> str:
    """Names of two groups have the colour of their curves; the paler colours of more are no colours for text."""
    return line.colour if len(groups) == 2 else style.INK


def _level_at(group: GroupSurvival, time: float) -> float:
    level = 1.0
    for at, survival in zip(group.curve.time, group.curve.survival, strict=True):
        if at > time:
            break
        level = survival
    return level


def _annotate(axes: Axes, comparison: SurvivalComparison, heading: str, end: float) -> None:
    """Effect and test in the corner that the curves leave free."""
    lines = [line for line in (heading, *effect_lines(comparison)) if line]
    highest = max(_level_at(group, 0.55 * end) for group in comparison.groups)
    lowest = min(_level_at(group, 0.5 * end) for group in comparison.groups)
    top = 1 - highest > lowest
    axes.text(
        0.985 if top else 0.02,
        0.98 if top else 0.03,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="right" if top else "left",
        va="top" if top else "bottom",
        fontsize=style.SMALL,
        linespacing=1.4,
    )


def effect_lines(comparison: SurvivalComparison) -> list[str]:
    """'HR 0.67 (95% CI 0.46–0.97), pair-robust' and the log-rank p."""
    ratio = comparison.robust or comparison.hazard_ratio
    lines = []
    if ratio is not None:
        interval = format.range_of(format.ratio(ratio.lower), format.ratio(ratio.upper))
        robust = ", robust by pair" if ratio.method == "pair-robust" else ""
        lines.append(f"HR {format.ratio(ratio.hr)} (95% CI {interval}){robust}")
    if comparison.logrank is not None and comparison.logrank.p is not None:
        lines.append(f"Log-rank {format.p_phrase(comparison.logrank.p)}")
    return lines


def _numbers_at_risk(
    axes: Axes, comparison: SurvivalComparison, labels: Sequence[str], rows: Sequence[float], ticks: Sequence[int]
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
    for index, (group, label, height) in enumerate(zip(comparison.groups, labels, rows, strict=True)):
        line = style.line(index)
        middle = (y - height / 2) / _PLOT_HEIGHT
        y -= height
        colour = _ink(line, comparison.groups)
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
            shown = f"{group.at_risk[tick]}"
            axes.text(comparison.at_risk_times[tick], middle, shown, transform=under, ha="center", **size)
