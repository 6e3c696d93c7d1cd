"""Dates as charts give them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.forms import iso


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2012", "2012"),
        ("2012-5", "2012-05"),
        ("2012/05", "2012-05"),
        ("201205", "2012-05"),
        ("20120517", "2012-05-17"),
        ("2012.5.7", "2012-05-07"),
        (" 2012 年 5 月 17 日 ", "2012-05-17"),
        ("2012年5月", "2012-05"),
        ("2012年", "2012"),
        ("17/05/2012", "17/05/2012"),
        ("May 2012", "May 2012"),
    ],
)
def test_a_date_in_an_order_without_doubt_is_understood(typed: str, stored: str) -> None:
    assert iso(typed) == stored


@given(st.dates(min_value=date(1880, 1, 1), max_value=date(2100, 1, 1)), st.sampled_from(["-", "/", ".", ""]))
def test_every_day_is_understood_with_every_separator(day: date, separator: str) -> None:
    assert iso(day.strftime(f"%Y{separator}%m{separator}%d")) == day.isoformat()
