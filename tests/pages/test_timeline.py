"""The timeline of a chart: what stands where, and which labels are written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from records.timeline import Lane, Mark, Shape
from registry.pages.timeline import LEFT, RIGHT, WIDTH, picture


def mark(day: str, lane: Lane = Lane.CONTACT, shape: Shape = Shape.DOT, **values: Any) -> tuple[Mark, str]:
    first = date.fromisoformat(day)
    return Mark(lane, shape, first, values.pop("last", first), values.pop("text", day), **values), f"/{day}/"


def test_marks_stand_in_the_order_of_their_days_between_the_edges() -> None:
    drawn = picture([mark("2013-06-01"), mark("2019-10-08"), mark("2015-01-01")])
    assert drawn is not None
    places = {one.mark.text: one.x for one in drawn.placed}
    assert LEFT < places["2013-06-01"] < places["2015-01-01"] < places["2019-10-08"] < WIDTH - RIGHT
    assert [tick.text for tick in drawn.years] == ["2014", "2015", "2016", "2017", "2018", "2019"]


def test_a_short_course_is_divided_by_quarters() -> None:
    drawn = picture([mark("2013-06-01"), mark("2013-12-24")])
    assert drawn is not None
    assert [tick.text for tick in drawn.years] == ["2013-07", "2013-10", "2014-01"]


def test_only_lanes_with_a_mark_are_drawn() -> None:
    drawn = picture([mark("2013-06-01", Lane.DISEASE), mark("2014-06-01", Lane.CONTACT)])
    assert drawn is not None
    assert [name for name, _ in drawn.lanes] == ["Disease", "Contact"]


def test_a_label_that_would_touch_another_is_told_and_not_written() -> None:
    days = ["2013-06-01", "2013-06-05", "2013-06-09", "2020-06-01"]
    drawn = picture([mark(day, label=f"Distant progression {day}") for day in days])
    assert drawn is not None
    written = [one.label_x for one in drawn.placed]
    assert written.count(None) == 1
    assert all(one.mark.text for one in drawn.placed)


def test_a_date_known_to_the_year_is_drawn_in_its_middle_with_its_span() -> None:
    drawn = picture([mark("2013-01-01", last=date(2013, 12, 31)), mark("2016-01-01")])
    assert drawn is not None
    vague, known = drawn.placed
    assert (vague.vague, known.vague) == (True, False)
    assert vague.x == pytest.approx((vague.first_x + vague.last_x) / 2, abs=1)


@pytest.mark.parametrize(("cutoff", "shown"), [("2016-06-30", True), ("2010-01-01", False), ("2025-01-01", False)])
def test_the_cut_off_is_drawn_where_it_lies_near(cutoff: str, shown: bool) -> None:
    drawn = picture([mark("2013-06-01"), mark("2016-01-01")], date.fromisoformat(cutoff))
    assert drawn is not None
    assert (drawn.cutoff is not None) is shown


def test_nothing_dated_is_no_picture() -> None:
    assert picture([]) is None
