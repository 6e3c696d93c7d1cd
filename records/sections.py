"""Sections of a chart: which records of a patient it shows, in which order and with which columns.

An app registers one per model from its ``admin`` package, so that a chart knows the records of every floor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from records.models import Recorded


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
    order_by: tuple[str, ...] = ("pk",)
    select_related: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = ()


_sections: dict[type[Recorded], Section] = {}


def register(section: Section) -> None:
    _sections[section.model] = section


def registered() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: section.place)
