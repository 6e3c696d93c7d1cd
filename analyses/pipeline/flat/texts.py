"""Rules that turn the text of a cell into a value, or say what is wrong with it and what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from analyses.pipeline.flat.problems import Unreadable

Rule = Callable[[str], object]

CORRECT = "correct the cell, or say under 'values' or 'missing' what it stands for"
CORRECT_OR_MISSING = "correct the cell, or name its text under 'missing'"
# What a 64-bit date in nanoseconds can hold, and more than any patient needs.
FIRST_YEAR, LAST_YEAR = 1700, 2200
_NUMBER = r"[+-]?(\d+({sign}\d*)?|{sign}\d+)([eE][+-]?\d+)?"
_DATE = re.compile(r"(\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})([ T].*)?")
_TRUTH = {"true": True, "false": False}


def unless_given(rule: Rule, missing: Collection[str], values: Mapping[str, object] | None = None) -> Rule:
    """`values` first, then blanks and the texts of `missing` as None, then the rule."""
    given = {"": None, **dict.fromkeys(missing), **(values or {})}
    return lambda text: given[text] if text in given else rule(text)


def one_of(allowed: Collection[str], wrong: str, remedy: str) -> Rule:
    """The text itself, where it is allowed."""

    def rule(text: str) -> str:
        if text not in allowed:
            raise Unreadable(wrong, remedy)
        return text

    return rule


def number(decimal: str, *, remedy: str, for_dates: str) -> Rule:
    """A finite decimal number; `for_dates` is the remedy where a date stands."""
    other = "." if decimal == "," else ","
    form, foreign = (re.compile(_NUMBER.format(sign=re.escape(sign))) for sign in (decimal, other))

    def rule(text: str) -> float:
        value = float(text.replace(decimal, ".")) if form.fullmatch(text) else math.nan
        if math.isfinite(value):
            return value
        if _DATE.fullmatch(text):
            raise Unreadable("is a date where a number is expected", for_dates)
        if other in text and foreign.fullmatch(text):
            raise Unreadable(
                f"has a '{other}'",
                f'take it out where it parts the thousands; where it is the decimal sign, declare "decimal": "{other}"',
            )
        raise Unreadable("is not a number", remedy)

    return rule


def truth(remedy: str) -> Rule:
    """TRUE or FALSE in any case."""

    def rule(text: str) -> bool:
        if text.lower() not in _TRUTH:
            raise Unreadable("is neither TRUE nor FALSE", remedy)
        return _TRUTH[text.lower()]

    return rule


def day(form: str, remedy: str) -> Rule:
    """A date of the strptime `form`."""

    def rule(text: str) -> date:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            raise Unreadable(f"is not a date of the form {form}", f"{remedy}, or the table's 'date_format'") from None
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise Unreadable(f"is a date outside the years {FIRST_YEAR} to {LAST_YEAR}", remedy)
        return found

    return rule
