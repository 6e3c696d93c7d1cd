"""What a report is made of: sections of paragraphs, figures and tables, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyses.reporting.figures import canvas
from analyses.reporting.figures.canvas import Drawing, Format
from analyses.reporting.table import Table

INVENTED = "Invented data, rebuilt from published counts. Not patients."


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFigure:
    """`name` is the file stem; `alt` tells those who cannot see it what it shows. Nothing is drawn until asked."""

    name: str
    title: str
    caption: str
    alt: str
    drawing: Drawing

    def render(self, formats: Sequence[Format], *, invented: bool) -> dict[Format, bytes]:
        """The files of this figure; all formats come from one drawing."""
        return canvas.draw(self.drawing, formats, footer=INVENTED if invented else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`warnings` stand above everything else of the section."""

    name: str
    title: str
    paragraphs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    content: tuple[NamedFigure | Table, ...] = ()

    @property
    def figures(self) -> tuple[NamedFigure, ...]:
        return tuple(item for item in self.content if isinstance(item, NamedFigure))

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(item for item in self.content if isinstance(item, Table))
