"""What does not fit in a table: every cell at once, with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyses.pipeline.checks import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One cell; line 1 is the heading. `wrong` and `remedy` are clauses that begin in lower case."""

    line: int
    column: str
    value: str
    wrong: str
    remedy: str


class TableRefused(InputError):
    """Cells of a flat table do not fit its declaration; `problems` names every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        more = f" And {len(self.problems) - 1} more." if len(self.problems) > 1 else ""
        super().__init__(
            f"line {first.line}, column '{first.column}': {first.value!r} {first.wrong}; {first.remedy}.{more}"
        )


class Unreadable(Exception):
    """A text cannot be read as what its column is declared to hold."""

    def __init__(self, wrong: str, remedy: str) -> None:
        self.wrong, self.remedy = wrong, remedy
        super().__init__(f"{wrong}; {remedy}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """Cells of one column that are wrong in the same way; `lines` and `values` in the order of the file."""

    column: str
    wrong: str
    remedy: str
    lines: tuple[int, ...]
    values: tuple[str, ...]


def grouped(problems: Iterable[Problem]) -> tuple[ProblemGroup, ...]:
    """The problems by column, fault and remedy, in the order of their first cells."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for item in problems:
        groups.setdefault((item.column, item.wrong, item.remedy), []).append(item)
    return tuple(
        ProblemGroup(
            column=column,
            wrong=wrong,
            remedy=remedy,
            lines=tuple(item.line for item in found),
            values=tuple(dict.fromkeys(item.value for item in found)),
        )
        for (column, wrong, remedy), found in groups.items()
    )
