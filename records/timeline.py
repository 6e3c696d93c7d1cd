"""What a record puts on the timeline of its patient. Apps say it per section (``records.sections``); pages draw it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from records.partial_dates import middle


class Lane(StrEnum):
    """The lines of the picture, from top to bottom; the value is what stands before the line."""

    DISEASE = "Disease"
    SYSTEMIC = "Systemic"
    RADIOTHERAPY = "Radiotherapy"
    LOCAL = "Local treatment"
    ASSESSMENT = "Assessment"
    CONTACT = "Contact"


class Shape(StrEnum):
    DIAMOND = "diamond"
    TRIANGLE = "triangle"
    CROSS = "cross"
    TICK = "tick"
    BAR = "bar"
    RING = "ring"
    DOT = "dot"
    WORD = "word"


@dataclass(frozen=True)
class Mark:
    """One thing at a day, or over a period (a bar). ``text`` says what it is to whoever points at it or listens;
    ``label`` stands beside it where there is room. ``first`` and ``last`` are the days of a partial date."""

    lane: Lane
    shape: Shape
    first: date
    last: date
    text: str
    label: str = ""
    tone: str = ""
    # Marks of one group, as the cycles of a course, share the label of the first.
    group: int | None = None

    @property
    def day(self) -> date:
        return self.first + (self.last - self.first) // 2


def period(start: str | None, end: str | None) -> tuple[date, date] | None:
    """The days of a period known by one or both of its partial dates; None where neither is known."""
    known = [middle(text) for text in (start, end) if text]
    return (known[0], known[-1]) if known else None
