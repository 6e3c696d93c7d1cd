"""Overlap of the propensity scores: treated upwards, reference downwards, the matched filled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from analyses.pipeline.results import Arm, MatchingResult, PropensityResult
from analyses.reporting.figures import style
from analyses.reporting.figures.canvas import Drawing, Sheet

_BINS = 25


def overlap_plot(score: PropensityResult, matching: MatchingResult | None, arms: Sequence[Arm]) -> Drawing:
    """Mirrored histograms of the score per arm."""

    def paint(sheet: Sheet) -> None:
        axes = sheet.axes(0.75, 0.55, sheet.width - 1.0, sheet.height - 0.75)
        values, treated = np.array(score.score), np.array(score.treated, dtype=bool)
        paired = {number for pair in (matching.pairs if matching else ()) for number in pair}
        matched = np.array([number in paired for number in score.patients], dtype=bool)
        edges = np.linspace(values.min(), values.max() + 1e-9, _BINS + 1)
        tallest = 1
        for arm, line, sign in ((treated, style.TREATED, 1), (~treated, style.REFERENCE, -1)):
            tallest = max(tallest, _bars(axes, values[arm], matched[arm], edges, line, sign))
        _frame(axes, tallest, (float(edges[0]), float(edges[-1])))
        _names(axes, arms, matching is not None)

    return Drawing(width=style.WIDTH, height=3.3, paint=paint)


def _bars(axes: Axes, values: np.ndarray, matched: np.ndarray, edges: np.ndarray, line: style.Line, sign: int) -> int:
    everyone, _ = np.histogram(values, bins=edges)
    kept, _ = np.histogram(values[matched], bins=edges)
    axes.stairs(sign * everyone, edges, color=line.colour, linewidth=0.9)
    axes.stairs(sign * kept, edges, color=line.colour, fill=True, alpha=0.75)
    return int(everyone.max(initial=0))


def _frame(axes: Axes, tallest: int, ends: tuple[float, float]) -> None:
    pad = 0.02 * (ends[1] - ends[0])
    axes.set_xlim(ends[0] - pad, ends[1] + pad)
    axes.set_ylim(-tallest * 1.2, tallest * 1.2)
    axes.axhline(0, color=style.INK_2, linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set_xlabel("Propensity score")
    axes.set_ylabel("Patients")


def _names(axes: Axes, arms: Sequence[Arm], matched: bool) -> None:
    key = " (filled: matched; open: not matched)" if matched else ""
    for arm, y, side, line in ((arms[1], 0.99, "top", style.TREATED), (arms[0], 0.01, "bottom", style.REFERENCE)):
        axes.text(
            0.01,
            y,
            f"{arm.label}{key}",
            transform=axes.transAxes,
            va=side,
            color=line.colour,
            fontsize=style.SMALL,
            weight="bold",
        )
