"""How long a text will be in the figures' own font (those of other systems are hardly wider), before it is drawn."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from analyses.reporting.figures import style

_LINE_HEIGHT = 1.25
POINTS_PER_INCH = 72
_UNITS = 64  # FreeType measures in 64ths of a point at 72 dots per inch


@lru_cache(maxsize=4096)
def _advance(line: str, size: float, bold: bool) -> float:
    font = get_font(findfont(FontProperties(family=style.FONT, weight="bold" if bold else "normal")))
    font.set_size(size, POINTS_PER_INCH)
    font.set_text(line, 0.0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / _UNITS / POINTS_PER_INCH


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Inches taken by the longest line at a type size in points."""
    return max((_advance(line, size, bold) for line in text.splitlines()), default=0.0)


def height(text: str, size: float) -> float:
    """Inches taken by all lines."""
    return (text.count("\n") + 1) * _LINE_HEIGHT * size / POINTS_PER_INCH


def wrapped(text: str, inches: float, size: float, *, bold: bool = False) -> str:
    """Line breaks between words so that no line is longer than `inches`; a longer word keeps its line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold=bold) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def fitted(text: str, inches: float, size: float, *, bold: bool = False, smallest: float = 6.0) -> tuple[str, float]:
    """One line and its type size: smaller where the text is too long, cut with an ellipsis where that is not enough."""
    found = max(min(size, size * inches / max(width(text, size, bold=bold), 1e-9)), smallest)
    shown = text
    while len(shown) > 1 and width(shown, found, bold=bold) > inches + 1e-6:
        shown = shown.rstrip("…")[:-1].rstrip() + "…"
        if shown == "…":
            break
    return shown, found
