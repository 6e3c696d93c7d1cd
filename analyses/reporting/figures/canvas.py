"""From a drawing to a file: SVG, PDF and PNG of one figure object, without pyplot and its global state.

matplotlib reads its settings from one process-wide place, so drawing and writing happen under one lock.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analyses.reporting.figures import style, svg

Format = Literal["svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png")
PNG_DPI = 300
_DPI = 72
_SETTINGS: Any = style.RC  # matplotlib names the keys one by one in its types
_LOCK = threading.RLock()
_METADATA: dict[Format, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


class Sheet:
    """A figure laid out in inches from its lower left corner; the footer has a strip of its own below."""

    def __init__(self, width: float, height: float, footer: str = "") -> None:
        self.width, self.height = width, height
        self._base = svg.FOOTER_POINTS / _DPI if footer else 0.0
        self.figure = Figure(figsize=(width, height + self._base), dpi=_DPI, facecolor=style.PAPER)
        FigureCanvasAgg(self.figure)
        if footer:
            at = 0.07 / (height + self._base)
            self.figure.text(
                0.5, at, footer, gid=svg.FOOTER, ha="center", va="bottom", fontsize=style.SMALL, color=style.WARN
            )

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        total = self.height + self._base
        box = (left / self.width, (bottom + self._base) / total, width / self.width, height / total)
        return self.figure.add_axes(box)

    def canvas(self) -> Axes:
        """Axes over the whole sheet with inches as coordinates and nothing drawn of its own."""
        axes = self.axes(0, 0, self.width, self.height)
        axes.set_xlim(0, self.width)
        axes.set_ylim(0, self.height)
        axes.set_axis_off()
        return axes


def inch(axes: Axes) -> float:
    """One inch as a share of the width of the axes."""
    across = axes.get_window_extent().width / _DPI
    return float(1 / across)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What to paint on a sheet of `width` x `height` inches."""

    width: float
    height: float
    paint: Callable[[Sheet], None]


def draw(drawing: Drawing, formats: Sequence[Format], *, footer: str = "") -> dict[Format, bytes]:
    """Draw once, write each format. `footer` is printed at the lower edge (the mark of invented data)."""
    with _LOCK, matplotlib.rc_context(_SETTINGS):
        sheet = Sheet(drawing.width, drawing.height, footer)
        drawing.paint(sheet)
        return {name: _write(sheet.figure, name) for name in formats}


def _write(figure: Figure, name: Format) -> bytes:
    out = io.BytesIO()
    options: dict[str, Any] = {"dpi": PNG_DPI, "pil_kwargs": {"compress_level": 3}} if name == "png" else {"dpi": _DPI}
    figure.savefig(out, format=name, metadata=_METADATA[name], **options)
    return svg.cleaned(out.getvalue()) if name == "svg" else out.getvalue()
