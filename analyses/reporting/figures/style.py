"""How every figure looks: one set of colours, line styles, type sizes and file settings."""

from __future__ import annotations

from typing import Any, NamedTuple

INK, INK_2, INK_3, LINE, PALE, PAPER = "#1b2733", "#55636f", "#8794a0", "#dfe5e9", "#f5f7f8", "#ffffff"
WARN = "#8a5a00"
ACCENT = "#0b6170"

SMALL, TEXT, LARGE = 7.5, 8.5, 10.0
FONT = "DejaVu Sans"  # comes with matplotlib, so that every machine draws the same
WIDTH = 7.2  # inches: two columns of a journal page

RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [FONT],
    "font.size": TEXT,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "axes.edgecolor": INK_2,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK_2,
    "ytick.color": INK_2,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "lines.solid_capstyle": "butt",
    "lines.dash_capstyle": "butt",
    "axes.unicode_minus": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "study-report",
    "pdf.fonttype": 42,
}


class Line(NamedTuple):
    """A colour of Okabe and Ito with a dash pattern, so that curves differ in grey too."""

    colour: str
    dash: tuple[float, tuple[float, ...] | None]


_SOLID: tuple[float, None] = (0, None)
REFERENCE = Line("#d55e00", (0, (5, 2)))
TREATED = Line("#0072b2", _SOLID)
_MANY = (
    REFERENCE,
    TREATED,
    Line("#009e73", (0, (1.5, 1.5))),
    Line("#cc79a7", (0, (7, 1.5, 1.5, 1.5))),
    Line("#e69f00", (0, (3, 1))),
    Line("#000000", (0, (9, 2))),
    Line("#56b4e9", (0, (1, 2))),
)


def line(index: int) -> Line:
    """The line of the group at `index`; with two groups the first is the reference."""
    return _MANY[index % len(_MANY)]
