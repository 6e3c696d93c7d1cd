"""Sections of a chart: which records of a patient it shows, in which order and with which columns.

An app registers one per model from its ``admin`` package, so that a chart knows the records of every floor.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from records.models import Recorded
from records.timeline import Mark


@dataclass(frozen=True)
class Below:
    """Lines below a record, such as the cycles of a course: titles, and per line its cells; ``numbers`` are the places
    of those that stand at the right."""

    title: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Section:
    """``columns`` are field names, or functions of the row; ``titles`` of columns replace the fields' own names.

    ``place`` orders the sections.
    """

    model: type[Recorded]
    title: str
    place: int
    columns: tuple[str | Callable[[Any], Any], ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    # Only one live row per patient, so that the chart offers to change it, not to add a second.
    single: bool = False
    # What a complete record says: names of fields, or functions of the row that say whether it is said (None: not
    # asked).
    expected: tuple[str | Callable[[Any], bool | None], ...] = ()
    # Every chart has such a record, so that its lack counts as nothing said.
    needed: bool = False
    marks: Callable[[Any], Iterable[Mark]] | None = None
    # What hangs below a row, as a small table of its own; None where nothing does.
    below: Callable[[Any], Below | None] | None = None
    # The rows are entered as lines of that model's form, so that going from section to section skips this one.
    lines_of: type[Recorded] | None = None
    order_by: tuple[str, ...] = ("pk",)
    select_related: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = ()


_sections: dict[type[Recorded], Section] = {}


def register(section: Section) -> None:
    _sections[section.model] = section


def place_of(model: type[Recorded]) -> int | None:
    """Where the section of ``model`` stands; None where it has none."""
    section = _sections.get(model)
    return section.place if section else None


def registered() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: section.place)
