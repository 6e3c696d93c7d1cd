"""Dates as charts give them: a year, a year and month, or a full day; never padded.

A partial date is ISO 8601 text at reduced precision (``2012``, ``2012-05``, ``2012-05-17``). It stands for a period;
each stored one has two generated columns, its first and last day. A rule between two dates is broken only when it is
broken for certain, that is when the last day of the earlier lies before the first day of the later or the other way
round.
"""

import calendar
import re
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Func

ISO = re.compile(r"^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$", re.ASCII)
EARLIEST_YEAR = 1880


def bounds(text: str) -> tuple[date, date]:
    """First and last day of the period that ``text`` stands for.

    Raises ``ValueError`` with a sentence for a person when ``text`` is not a partial date.
    """
    match = ISO.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a date. Write a year (2012), a month (2012-05) or a day (2012-05-17).")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if year < EARLIEST_YEAR:
        raise ValueError(f"'{text}' lies before {EARLIEST_YEAR}. Check the year.")
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    length = calendar.monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, length)
    if day > length:
        raise ValueError(f"'{text}' does not exist: that month has {length} days.")
    return date(year, month, day), date(year, month, day)


def middle(text: str) -> date:
    """The day in the middle of the period, which calculations use where only the period is known."""
    first, last = bounds(text)
    return first + (last - first) // 2


def certainly_before(earlier: str, later: str) -> bool:
    """True when every day of ``earlier`` lies before every day of ``later``."""
    return bounds(earlier)[1] < bounds(later)[0]


def validate(text: str) -> None:
    """Refuse what is no partial date, and what lies in the future for certain."""
    try:
        first, _ = bounds(text)
    except ValueError as error:
        raise ValidationError(str(error), code="partial_date") from error
    if first > date.today() + timedelta(days=1):
        raise ValidationError(f"'{text}' lies in the future.", code="future_date")


def validate_any(text: str) -> None:
    """As ``validate``, but a date to come is welcome (a next due date)."""
    try:
        bounds(text)
    except ValueError as error:
        raise ValidationError(str(error), code="partial_date") from error


class PartialDateField(models.CharField):
    """A partial date as text. Declare its two days beside it with ``first_day`` and ``last_day``."""

    description = "Partial date (ISO 8601 at reduced precision)"

    def __init__(self, *args: Any, future: bool = False, **kwargs: Any) -> None:
        self.future = future
        kwargs["max_length"] = 10
        kwargs.setdefault("help_text", "Year, month or day as the chart gives it: 2012, 2012-05 or 2012-05-17.")
        kwargs.setdefault("validators", [validate_any if future else validate])
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for derived in ("max_length", "help_text", "validators"):
            kwargs.pop(derived, None)
        if self.future:
            kwargs["future"] = True
        return name, path, args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        """An empty date is NULL, so that 'unknown' has one form in the database."""
        return super().get_prep_value(value) or None


class _Day(Func):
    """SQL for one end of the period. ``make_date`` is immutable, as a generated column needs."""

    output_field = models.DateField()
    template = "%(expressions)s"

    sql = ""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra_context: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        return self.sql.format(d=column), params * self.sql.count("{d}")


class FirstDay(_Day):
    sql = (
        "make_date(left({d}, 4)::int, coalesce(nullif(substr({d}, 6, 2), ''), '1')::int,"
        " coalesce(nullif(substr({d}, 9, 2), ''), '1')::int)"
    )


class LastDay(_Day):
    sql = (
        "CASE length({d})"
        " WHEN 10 THEN make_date(left({d}, 4)::int, substr({d}, 6, 2)::int, substr({d}, 9, 2)::int)"
        " WHEN 7 THEN (make_date(left({d}, 4)::int, substr({d}, 6, 2)::int, 1)"
        " + interval '1 month' - interval '1 day')::date"
        " ELSE make_date(left({d}, 4)::int, 12, 31) END"
    )


def first_day(field: str) -> models.GeneratedField:
    """Generated column with the first day of partial date ``field``."""
    return models.GeneratedField(
        expression=FirstDay(models.F(field)), output_field=models.DateField(null=True), db_persist=True, null=True
    )


def last_day(field: str) -> models.GeneratedField:
    """Generated column with the last day of partial date ``field``."""
    return models.GeneratedField(
        expression=LastDay(models.F(field)), output_field=models.DateField(null=True), db_persist=True, null=True
    )


def well_formed(model: str, *fields: str) -> list[models.CheckConstraint]:
    """CHECK constraints that no path into the database can store malformed text in ``fields``."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{field}__isnull": True})
            | models.Q(**{f"{field}__regex": r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"}),
            name=f"{model}_{field}_is_partial_date",
            violation_error_message="Write a date as 2012, 2012-05 or 2012-05-17.",
        )
        for field in fields
    ]


def not_before(model: str, earlier: str, later: str, sentence: str) -> models.CheckConstraint:
    """CHECK constraint that ``later`` is not before ``earlier`` for certain."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{earlier}_first__isnull": True})
        | models.Q(**{f"{later}_last__isnull": True})
        | models.Q(**{f"{later}_last__gte": models.F(f"{earlier}_first")}),
        name=f"{model}_{later}_not_before_{earlier}",
        violation_error_message=sentence,
    )
