"""The timeline of a chart as a picture: marks on six lines over years, each a link to the form of its record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from records.timeline import Lane, Mark, Shape

WIDTH, LEFT, RIGHT = 1160, 150, 20
TOP, STEP, FOOT = 28, 34, 26
# Labels are measured by their number of characters, at the size in which they are set.
CHARACTER = 6.3
GAP = 8
# Marks at the very edges would be cut.
MARGIN_DAYS = 45
QUARTERS_BELOW_DAYS = 900


@dataclass(frozen=True)
class Placed:
    """A mark where it is drawn, from ``x`` to ``x2`` on the line at ``y``; its label, where there is room for it."""

    mark: Mark
    url: str
    x: float
    x2: float
    first_x: float
    last_x: float
    y: int
    label_x: float | None
    label_y: float

    @property
    def width(self) -> float:
        return max(self.x2 - self.x, 5)

    @property
    def tick_x(self) -> float:
        return self.x - 2.5

    @property
    def vague(self) -> bool:
        """Whether the day is known to the month or the year only, and that is wide enough to be seen."""
        return self.mark.shape != Shape.BAR and self.last_x - self.first_x > 4

    @property
    def cross(self) -> str:
        return f"M{self.x - 5:.1f} {self.y - 5}l10 10m0 -10l-10 10"

    @property
    def points(self) -> str:
        """Corners of a diamond or a triangle around the point."""
        x, y = self.x, self.y
        if self.mark.shape == Shape.DIAMOND:
            return f"{x:.1f},{y - 6} {x + 6:.1f},{y} {x:.1f},{y + 6} {x - 6:.1f},{y}"
        return f"{x:.1f},{y - 6} {x + 7:.1f},{y + 6} {x - 7:.1f},{y + 6}"


@dataclass(frozen=True)
class Year:
    """A tick of the time axis: a year, or a quarter where the picture spans few of them."""

    text: str
    x: float


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    left: int
    right: int
    lanes: list[tuple[str, int]]
    years: list[Year]
    placed: list[Placed]
    cutoff: date | None
    cutoff_x: float | None

    @property
    def foot(self) -> int:
        return self.height - FOOT


def picture(marks: Sequence[tuple[Mark, str]], cutoff: date | None = None) -> Picture | None:
    """The picture of the marks, each with the address it opens; None where no date is known."""
    if not marks:
        return None
    days = [day for mark, _ in marks for day in (mark.first, mark.last)]
    scale = Scale(min(days) - timedelta(days=MARGIN_DAYS), max(days) + timedelta(days=MARGIN_DAYS), cutoff)
    used = [lane for lane in Lane if any(mark.lane == lane for mark, _ in marks)]
    height = TOP + STEP * (len(used) - 1) + 16 + FOOT
    level = {lane: TOP + STEP * place for place, lane in enumerate(used)}
    placed = [one for lane in used for one in on_lane([m for m in marks if m[0].lane == lane], level[lane], scale)]
    shown = cutoff if cutoff and scale.first <= cutoff <= scale.last else None
    return Picture(
        WIDTH, height, LEFT, WIDTH - RIGHT, [(lane.value, level[lane]) for lane in used], scale.years(), placed, shown,
        scale.x(shown) if shown else None,
    )  # fmt: skip


class Scale:
    """Days to places; the cut-off is taken in when it lies within a year after the last mark."""

    def __init__(self, first: date, last: date, cutoff: date | None) -> None:
        near = cutoff is not None and last < cutoff <= last + timedelta(days=365)
        self.first, self.last = first, cutoff + timedelta(days=15) if near and cutoff else last

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def years(self) -> list[Year]:
        """Years that begin within the picture, thinned out where they would touch; quarters where it spans few."""
        years = range(self.first.year, self.last.year + 1)
        if (self.last - self.first).days < QUARTERS_BELOW_DAYS:
            days = [date(year, month, 1) for year in years for month in (1, 4, 7, 10)]
            return [Year(f"{day:%Y-%m}", self.x(day)) for day in days if self.first < day < self.last]
        every = 1 + len(years) // 16
        days = [date(year, 1, 1) for year in years if year % every == 0]
        return [Year(str(day.year), self.x(day)) for day in days if self.first < day < self.last]


def on_lane(marks: Iterable[tuple[Mark, str]], y: int, scale: Scale) -> list[Placed]:
    """The marks of one line with those labels that touch nothing: beside their mark, or above the line."""
    ordered = sorted(marks, key=lambda item: item[0].day)
    ends = [end_of(mark, scale) for mark, _ in ordered]
    labels_end = {float(y + 4): 0.0, float(y - 11): 0.0}
    placed = []
    for place, (mark, url) in enumerate(ordered):
        x, x2 = scale.x(mark.first if mark.shape == Shape.BAR else mark.day), ends[place]
        label_x, label_y = None, float(y + 4)
        if mark.label and mark.shape != Shape.WORD:
            group_end = max((end for (m, _), end in zip(ordered, ends, strict=True) if together(mark, m)), default=x2)
            following = [scale.x(m.day) for m, _ in ordered if m.day > mark.day and not together(mark, m)]
            label_x, label_y = room(mark.label, x, group_end, min(following, default=WIDTH), labels_end, y)
        placed.append(Placed(mark, url, x, x2, scale.x(mark.first), scale.x(mark.last), y, label_x, label_y))
    return placed


def end_of(mark: Mark, scale: Scale) -> float:
    if mark.shape == Shape.BAR:
        return max(scale.x(mark.last), scale.x(mark.first) + 5)
    return scale.x(mark.day) + 7


def together(labelled: Mark, other: Mark) -> bool:
    """Whether the other is a cycle of the course that the first, labelled, one opens."""
    return labelled.group is not None and labelled.group == other.group


def room(
    label: str, x: float, end: float, following: float, labels_end: dict[float, float], y: float
) -> tuple[float | None, float]:
    """Where the label may stand: after the mark, else above it, else nowhere (it is still told on pointing)."""
    length = len(label) * CHARACTER
    beside, above = y + 4, y - 11
    if end + GAP + length < following and end + GAP > labels_end[beside] and end + GAP + length < WIDTH:
        labels_end[beside] = end + GAP + length
        return end + GAP, beside
    start = min(x, WIDTH - RIGHT - length)
    if start > labels_end[above]:
        labels_end[above] = start + length + GAP
        return start, above
    return None, beside
