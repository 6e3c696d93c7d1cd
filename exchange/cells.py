"""One source row: its cells read into values by the rules of a mapping, every doubt a finding."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from exchange.findings import Finding, Severity
from exchange.mapping import FieldRule, RowCheck, TableMapping

DAYS_PER_YEAR = 365.25


class SourceRow:
    """The cells of one line, with blanks at the ends taken off, and the findings that reading them gave."""

    def __init__(self, mapping: TableMapping, line: int, cells: dict[str, str]) -> None:
        self.mapping = mapping
        self.line = line
        self.findings: list[Finding] = []
        self.cells = {}
        for column, raw in cells.items():
            value = raw.strip()
            if value != raw and value:
                self.find(Severity.NOTED, column, raw, "blanks at the ends were taken off")
            self.cells[column] = value

    def find(self, severity: Severity, column: str, value: str, reason: str) -> None:
        finding = Finding(severity, self.line, column, value, reason)
        if finding not in self.findings:  # two fields may read one column
            self.findings.append(finding)

    @property
    def refused(self) -> bool:
        return any(finding.severity is Severity.REFUSED for finding in self.findings)

    def given(self, column: str) -> bool:
        """Whether the cell holds anything that the mapping does not call missing."""
        return self.cells[column] not in self.mapping.missing

    def value(self, rule: FieldRule) -> Any:
        """The value of a field, or None (not known). What can not be read is a finding."""
        if not rule.column:
            return rule.constant
        cell = self.cells[rule.column]
        if rule.values is not None and cell in rule.values:
            target = rule.values[cell]
            if target.report:
                self.find(Severity.REPORTED, rule.column, cell, target.report)
            return target.value
        if not self.given(rule.column):
            return None
        if rule.values is not None:
            return self._unreadable(rule, cell, "the mapping names no such value")
        return self._converted(rule, cell)

    def _converted(self, rule: FieldRule, cell: str) -> Any:
        if rule.kind == "date":
            day = self.date(rule.column)
            return day.isoformat() if day else self._unreadable(rule, cell, self._date_reason())
        try:
            if rule.kind == "integer":
                return int(cell)
            if rule.kind == "decimal":
                return Decimal(cell)
        except (ValueError, InvalidOperation):
            return self._unreadable(rule, cell, f"not a number ({rule.kind})")
        return cell

    def _unreadable(self, rule: FieldRule, cell: str, reason: str) -> None:
        if rule.bad == "report":
            self.find(Severity.REPORTED, rule.column, cell, f"{reason}; stored as not known")
        else:
            self.find(Severity.REFUSED, rule.column, cell, reason)

    def _date_reason(self) -> str:
        return f"not a date in the form {' or '.join(self.mapping.date_formats)}"

    def date(self, column: str) -> date | None:
        """The cell as a date by the mapping's formats, or None."""
        for form in self.mapping.date_formats:
            try:
                return datetime.strptime(self.cells[column], form).date()
            except ValueError:
                continue
        return None

    def run(self, check: RowCheck) -> None:
        """Report the row when it breaks ``check``; rows that lack one of the cells are not judged."""
        if check.kind == "together":
            given = [self.given(column) for column in check.columns]
            broken = given[0] and not given[1]
        elif not all(self.given(column) for column in check.columns):
            return
        elif check.kind == "agree":
            broken = (self.cells[check.columns[0]], self.cells[check.columns[1]]) not in check.pairs
        else:
            broken = self._dates_break(check)
        if broken:
            shown = ", ".join(f"{column} {self.cells[column] or 'empty'}" for column in check.columns)
            self.find(Severity.REPORTED, check.columns[0], shown, check.sentence)

    def _dates_break(self, check: RowCheck) -> bool:
        if check.kind == "length":
            first, last = self.date(check.columns[1]), self.date(check.columns[2])
            if first is None or last is None:
                return False
            years = float(self.cells[check.columns[0]])
            return abs(years - (last - first).days / DAYS_PER_YEAR) > check.tolerance
        first, last = (self.date(column) for column in check.columns)
        if first is None or last is None:
            return False
        gap = (first - last).days
        broken = {"not_before": gap < 0, "not_after": gap > 0, "same": gap != 0}
        return broken[check.kind]
