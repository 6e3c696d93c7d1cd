"""What an import has to say about a table: each finding with line, column, value and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """REFUSED: the row can not be taken in. REPORTED: taken in, and worth a look. NOTED: put right on the way."""

    REFUSED = "refused"
    REPORTED = "reported"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; line 1 is the heading. Among those of one severity a lower ``place`` comes first."""

    severity: Severity
    line: int
    column: str
    value: str
    reason: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind, for the summary."""

    severity: Severity
    column: str
    reason: str
    count: int
    lines: tuple[int, ...]
    values: tuple[str, ...]
    place: int


def grouped(findings: Iterable[Finding], *, examples: int = 5) -> list[Group]:
    """The findings by severity, column and reason, worst and rarest first, with a few lines and values of each."""
    order = list(Severity)
    kinds: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.column, finding.reason), []).append(finding)
    groups = [
        Group(
            severity,
            column,
            reason,
            len(found),
            tuple(item.line for item in found[:examples]),
            tuple(dict.fromkeys(item.value for item in found))[:examples],
            found[0].place,
        )
        for (severity, column, reason), found in kinds.items()
    ]
    return sorted(groups, key=lambda group: (order.index(group.severity), group.place, group.count, group.column))
