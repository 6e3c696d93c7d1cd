"""Two charts of one patient side by side: which rows are the same record, and in which fields they differ.

Pure: rows come as plain texts, so that what is compared can be tested as a small table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from records.partial_dates import bounds, middle

# A day weighs more than any number of fields that differ.
DAY = 1000


@dataclass(frozen=True)
class Match:
    """How two rows of a model are known to be one record of the patient.

    They agree in every field of ``same``. Of several such rows in a chart, those go together that lie least apart in
    the partial date ``near``, and of these the ones with the fewest fields that differ; rows more than ``within`` days
    apart are two records. Where each chart has just one such row, these are one. ``without`` are fields that follow
    from others, or that no chart gives, and are not compared.
    """

    same: tuple[str, ...] = ()
    near: str = ""
    within: int = 92
    without: tuple[str, ...] = ()


class Verdict(StrEnum):
    SAME = "same"
    COMPATIBLE = "compatible"
    DIFFERS = "differs"

    @property
    def agrees(self) -> bool:
        return self is not Verdict.DIFFERS


@dataclass(frozen=True)
class Row:
    """A record as texts by field; rows of another ``group`` are another record."""

    key: int
    group: tuple[str | None, ...] = ()
    date: str | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Paired:
    both: tuple[tuple[Row, Row], ...] = ()
    first: tuple[Row, ...] = ()
    second: tuple[Row, ...] = ()


def verdict(first: str | None, second: str | None, *, dates: bool = False) -> Verdict:
    """Whether two texts say the same. Of two dates, one that lies within the coarser other does not contradict it."""
    if first == second:
        return Verdict.SAME
    if dates and first and second and (within(first, second) or within(second, first)):
        return Verdict.COMPATIBLE
    return Verdict.DIFFERS


def within(date: str, other: str) -> bool:
    """Whether every day of partial date ``date`` lies in ``other``."""
    (start, end), (first, last) = bounds(date), bounds(other)
    return first <= start and end <= last


def paired(first: Sequence[Row], second: Sequence[Row], match: Match) -> Paired:
    """The rows of two charts that are one record, and those that stand in one chart alone; the same for any order."""
    groups = [matched(*sides, match) for sides in by_group(first, second)]
    return Paired(
        tuple(pair for group in groups for pair in group.both),
        tuple(row for group in groups for row in group.first),
        tuple(row for group in groups for row in group.second),
    )


def by_group(first: Sequence[Row], second: Sequence[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    sides = [(row, 0) for row in first] + [(row, 1) for row in second]
    sides.sort(key=lambda item: (tuple((text is not None, text or "") for text in item[0].group), item[1], item[0].key))
    for _, members in groupby(sides, key=lambda item: item[0].group):
        rows = list(members)
        yield [row for row, side in rows if side == 0], [row for row, side in rows if side == 1]


def matched(first: list[Row], second: list[Row], match: Match) -> Paired:
    """The cheapest assignment within one group, in which a row may also stay alone."""
    if len(first) == len(second) == 1:
        return Paired(((first[0], second[0]),))
    if not first or not second:
        return Paired((), tuple(first), tuple(second))
    chosen = cheapest(
        [[cost(one, other, match) for other in second] for one in first], alone=(match.within + 1) * DAY // 2
    )
    taken = set(chosen.values())
    return Paired(
        tuple((first[i], second[j]) for i, j in sorted(chosen.items())),
        tuple(row for i, row in enumerate(first) if i not in chosen),
        tuple(row for j, row in enumerate(second) if j not in taken),
    )


def cost(one: Row, other: Row, match: Match) -> int:
    differing = sum(one.values.get(name) != other.values.get(name) for name in one.values)
    return days_apart(one.date, other.date, match) * DAY + differing


def days_apart(one: str | None, other: str | None, match: Match) -> int:
    """Days between two partial dates, none where one lies in the other; what is not known is halfway to anything."""
    if one is None or other is None:
        return 0 if one == other else match.within // 2
    if verdict(one, other, dates=True).agrees:
        return 0
    return abs((middle(one) - middle(other)).days)


def cheapest(costs: list[list[int]], *, alone: int) -> dict[int, int]:
    """Column by row of the assignment of least cost, when a row or column that gets no other costs ``alone``."""
    # Takes a moment to load, which only the few who compare charts should wait for.
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    n, m = len(costs), len(costs[0])
    square = np.full((n + m, n + m), float(alone))
    square[:n, :m] = costs
    square[n:, m:] = 0
    rows, columns = linear_sum_assignment(square)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if i < n and j < m}
