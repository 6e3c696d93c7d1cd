"""Partial dates against a slow, obvious version: the days of the calendar that a text stands for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patients.models import Consent, LabResult
from records.actions import add_many, built
from records.models import Source
from records.partial_dates import bounds, certainly_before, middle, validate, validate_any

if TYPE_CHECKING:
    from tests.worlds import World

DAYS = st.dates(min_value=date(1880, 1, 1), max_value=date(2199, 12, 31))
TEXTS = st.builds(lambda day, length: day.isoformat()[:length], DAYS, st.sampled_from([4, 7, 10]))


@cache
def days_of(year: int) -> tuple[date, ...]:
    first = date(year, 1, 1)
    return tuple(day for n in range(366) if (day := first + timedelta(days=n)).year == year)


def standing_for(text: str) -> list[date]:
    """The slow version: all days of the year whose ISO form begins with the text, in whole parts."""
    return [day for day in days_of(int(text[:4])) if day.isoformat().startswith(text)]


@given(TEXTS)
def test_bounds_are_the_first_and_last_day_that_the_text_stands_for(text: str) -> None:
    days = standing_for(text)
    assert bounds(text) == (days[0], days[-1])
    assert days[0] <= middle(text) <= days[-1]
    assert abs((middle(text) - days[0]) - (days[-1] - middle(text))) <= timedelta(days=1)


@given(st.integers(1880, 2199), st.integers(0, 13), st.integers(0, 32))
def test_a_day_is_taken_just_when_the_calendar_has_it(year: int, month: int, day: int) -> None:
    text = f"{year}-{month:02d}-{day:02d}"
    if standing_for(text):
        assert bounds(text)[0].isoformat() == text
    else:
        with pytest.raises(ValueError, match=r"is not a date|does not exist"):
            bounds(text)


@given(st.text("0123456789-/ .年x", max_size=12))
def test_whatever_else_is_typed_is_refused_with_a_sentence(text: str) -> None:
    try:
        first, _ = bounds(text)
    except ValueError as refusal:
        found = str(refusal)
    else:
        found = f"'{text}'" if first == standing_for(text)[0] else ""
    assert f"'{text}'" in found


@settings(max_examples=50)
@given(TEXTS, TEXTS)
def test_a_date_is_before_another_only_when_each_of_its_days_is(earlier: str, later: str) -> None:
    slowly = all(one < other for one in standing_for(earlier) for other in standing_for(later))
    assert certainly_before(earlier, later) == slowly
    assume(slowly)
    assert not certainly_before(later, earlier)


def passes(check: Callable[[str], None], text: str) -> bool:
    try:
        check(text)
    except ValidationError:
        return False
    return True


def test_only_a_due_date_may_lie_ahead() -> None:
    today = date.today()
    table = [  # text, whether it can have happened, whether it can be due
        ("2012-05-17", True, True),
        (str(today.year), True, True),
        (today.isoformat(), True, True),
        ((today + timedelta(days=3)).isoformat(), False, True),
        (str(today.year + 2), False, True),
        ("1879", False, False),
        ("2013-02-29", False, False),
    ]
    assert [(text, passes(validate, text), passes(validate_any, text)) for text, *_ in table] == table


def every_kind_of_date() -> list[str]:
    """All days, months and the year of ordinary, leap and century years."""
    years = (1880, 1900, 1999, 2000, 2011, 2012, 2100)
    return sorted({day.isoformat()[:length] for year in years for day in days_of(year) for length in (4, 7, 10)})


def test_the_generated_columns_of_the_database_equal_pythons_bounds(world: World) -> None:
    patient, texts = world.patient(), every_kind_of_date()
    values: dict[str, Any] = {"patient": patient, "analyte": "ldh", "value": 200, "unit": "U/L"}
    rows = [built(LabResult, by=world.admin, source=Source.IMPORT, date=text, **values) for text in texts]
    add_many(rows, by=world.admin, source=Source.IMPORT)
    stored = LabResult.objects.values_list("date", "date_first", "date_last")
    assert len(stored) == len(texts) > 2600
    assert [row for row in stored if row[1:] != bounds(row[0])] == []


def test_an_unknown_date_has_no_days(world: World) -> None:
    patient = world.patient(birth_date="")
    patient.refresh_from_db()
    assert (patient.birth_date, patient.birth_date_first, patient.birth_date_last) == (None, None, None)


def test_an_order_is_refused_by_the_database_just_when_it_is_broken_for_certain(world: World) -> None:
    """A consent withdrawn before it was given: every pair of these dates, by SQL that no form checks."""
    texts = ["2011", "2011-12-31", "2012", "2012-05", "2012-05-17", "2012-06", "2012-06-01", "2013"]
    consent = world.add(Consent, patient=world.patient(), basis="consent", scope="research", date="2012")
    for given_on, withdrawn in product(texts, texts):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE patients_consent SET date = %s, withdrawn_on = %s WHERE id = %s",
                    [given_on, withdrawn, consent.pk],
                )
        except IntegrityError:
            refused = True
        else:
            refused = False
        assert refused == certainly_before(withdrawn, given_on), (given_on, withdrawn)
