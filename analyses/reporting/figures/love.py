"""Love plot: absolute standardised mean differences before and after matching, with the threshold."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from analyses.pipeline.results import BalanceResult, BalanceRow
from analyses.reporting.figures import style, text
from analyses.reporting.figures.canvas import Drawing, Sheet, inch

_ROW = 0.15
_TOP, _BOTTOM = 0.42, 0.5
_LABELS = 3.0


def love_plot(balance: BalanceResult) -> Drawing:
    """One line per level; the levels of a variable stand together under its name."""
    lines = _lines(balance)
    height = _TOP + _BOTTOM + _ROW * len(lines)

    def paint(sheet: Sheet) -> None:
        axes = sheet.axes(_LABELS, _BOTTOM, sheet.width - _LABELS - 0.2, _ROW * len(lines))
        _frame(axes, balance, len(lines))
        heights = [len(lines) - index - 0.5 for index in range(len(lines))]
        for (label, _, bold), y in zip(lines, heights, strict=True):
            _label(axes, label, y, bold=bold)
        _marks(axes, [(row, y) for (_, row, _), y in zip(lines, heights, strict=True) if row is not None])
        _key(axes, balance, len(lines))

    return Drawing(width=style.WIDTH, height=height, paint=paint)


def _lines(balance: BalanceResult) -> list[tuple[str, BalanceRow | None, bool]]:
    lines: list[tuple[str, BalanceRow | None, bool]] = []
    seen = ""
    for row in balance.rows:
        name = f"{row.label} *" if row.in_score else row.label
        if row.level and row.variable != seen:
            lines.append((name, None, True))
        seen = row.variable
        lines.append((row.level, row, False) if row.level else (name, row, True))
    return lines


def _reach(balance: BalanceResult) -> float:
    values = [abs(v) for row in balance.rows for v in (row.smd_before, row.smd_after) if v is not None]
    return max([*values, 2 * balance.smd_threshold]) * 1.08


def _frame(axes: Axes, balance: BalanceResult, count: int) -> None:
    axes.set_xlim(0, _reach(balance))
    axes.set_ylim(0, count)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=style.INK_2, linewidth=0.8)
    axes.axvspan(0, balance.smd_threshold, color=style.PALE, zorder=0)
    axes.axvline(balance.smd_threshold, color=style.INK_2, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.set_xlabel("Absolute standardised mean difference")


def _label(axes: Axes, label: str, y: float, *, bold: bool) -> None:
    left = -_LABELS + (0.08 if bold else 0.22)
    words, size = text.fitted(label, -left - 0.1, style.SMALL, bold=bold)
    across = axes.get_yaxis_transform()
    weight = "bold" if bold else "normal"
    axes.text(left * inch(axes), y, words, transform=across, va="center", fontsize=size, weight=weight)


def _marks(axes: Axes, rows: list[tuple[BalanceRow, float]]) -> None:
    before = [(abs(row.smd_before), y) for row, y in rows if row.smd_before is not None]
    after = [(abs(row.smd_after), y) for row, y in rows if row.smd_after is not None]
    both = [
        (abs(row.smd_before), abs(row.smd_after), y)
        for row, y in rows
        if row.smd_before is not None and row.smd_after is not None
    ]
    starts, ends, heights = zip(*both, strict=True) if both else ((), (), ())
    axes.hlines(heights, starts, ends, color=style.LINE, linewidth=1.2, zorder=1)
    free: dict[str, Any] = {"linestyle": "none", "clip_on": False, "zorder": 3}
    edge = style.REFERENCE.colour
    axes.plot(
        [x for x, _ in before],
        [y for _, y in before],
        "o",
        markersize=4,
        color=style.PAPER,
        markeredgecolor=edge,
        **free,
    )
    axes.plot(
        [x for x, _ in after],
        [y for _, y in after],
        "D",
        markersize=3.6,
        color=style.TREATED.colour,
        markeredgewidth=0,
        **free,
    )


def _key(axes: Axes, balance: BalanceResult, count: int) -> None:
    """Above the plot: what each mark is, and where the threshold lies."""
    above = count + 0.14 / _ROW
    reach = axes.get_xlim()[1]
    marks = (
        (0.45, "o", style.PAPER, style.REFERENCE.colour, "before matching"),
        (0.74, "D", style.TREATED.colour, style.TREATED.colour, "after matching"),
    )
    for x, marker, face, edge, words in marks:
        axes.plot([x * reach], [above], marker=marker, markersize=4, color=face, markeredgecolor=edge, clip_on=False)
        axes.text((x + 0.02) * reach, above, words, va="center", fontsize=style.SMALL)
    words = f"threshold {balance.smd_threshold:g}"
    axes.text(balance.smd_threshold, above, words, ha="center", va="center", fontsize=style.SMALL, color=style.INK_2)
