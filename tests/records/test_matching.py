"""Which rows of two charts are one record, and which values agree: small tables in, pairs out."""

from __future__ import annotations

import random

import pytest

from records.matching import Match, Row, Verdict, paired, verdict

BY_DATE = Match(near="date")


def rows(*given: str) -> list[Row]:
    """Rows written as 'group date value', a dash for what is not known; numbered by their place."""
    found = []
    for key, line in enumerate(given):
        group, date, value = (None if part == "-" else part for part in line.split())
        found.append(Row(key, (group,), date, {"date": date, "value": value}))
    return found


TABLE: list[tuple[str, Match, list[str], list[str], str]] = [
    ("the same", BY_DATE, ["a 2013-01-05 1", "a 2013-04-05 1"], ["a 2013-01-05 1", "a 2013-04-05 1"], "0=0 1=1 | | "),
    ("in another order", BY_DATE, ["a 2013-01 1", "a 2014-04 1"], ["a 2014-04 1", "a 2013-01 1"], "0=1 1=0 | | "),
    ("one missed", BY_DATE, ["a 2013-01 1", "a 2013-04 1", "a 2013-07 1"], ["a 2013-01 1", "a 2013-07 1"],
     "0=0 2=1 | 1 | "),
    ("each misses one", BY_DATE, ["a 2013-01-05 1", "a 2013-04-05 1", "a 2013-07-05 1"],
     ["a 2013-04-05 1", "a 2013-07-05 1", "a 2013-10-05 1"], "1=0 2=1 | 0 | 2"),
    ("days apart", BY_DATE, ["a 2013-01-05 1", "a 2013-04-05 1"], ["a 2013-01-15 1", "a 2013-04-05 1"], "0=0 1=1 | | "),
    ("years apart, but single", BY_DATE, ["a 2013-01-05 1"], ["a 2015-01-05 1"], "0=0 | | "),
    ("years apart", BY_DATE, ["a 2013-01-05 1", "a 2011 1"], ["a 2015-01-05 1", "a 2011 1"], "1=1 | 0 | 0"),
    ("a coarser date", BY_DATE, ["a 2013 1", "a 2014-02 1"], ["a 2014-02-11 1", "a 2013-09 1"], "0=1 1=0 | | "),
    ("not dated", BY_DATE, ["a - 1", "a 2014-02 1"], ["a 2014-02 1", "a - 1"], "0=1 1=0 | | "),
    ("dated in one", BY_DATE, ["a - 1", "a 2014-02 1"], ["a 2014-02 1", "a 2010 1"], "0=1 1=0 | | "),
    ("same day, other values", BY_DATE, ["a 2013-01-05 1", "a 2013-01-05 2"], ["a 2013-01-05 2", "a 2013-01-05 1"],
     "0=1 1=0 | | "),
    ("other groups", BY_DATE, ["a 2013-01 1"], ["b 2013-01 1"], " | 0 | 0"),
    ("no group", BY_DATE, ["- 2013-01 1", "a 2013-01 1"], ["a 2013-01 1", "- 2013-01 1"], "0=1 1=0 | | "),
    ("no date at all", Match(), ["a - 1", "a - 2"], ["a - 2"], "1=0 | 0 | "),
    ("nothing", Match(), [], ["a - 1"], " |  | 0"),
]  # fmt: skip


def told(first: list[Row], second: list[Row], match: Match) -> str:
    found = paired(first, second, match)
    pairs = " ".join(f"{one.key}={other.key}" for one, other in sorted(found.both, key=lambda pair: pair[0].key))
    return " | ".join([pairs, *(" ".join(str(row.key) for row in side) for side in (found.first, found.second))])


@pytest.mark.parametrize(
    ("match", "first", "second", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_records_are_paired_as_a_reader_would(match: Match, first: list[str], second: list[str], expected: str) -> None:
    said = told(rows(*first), rows(*second), match)
    assert [part.strip() for part in said.split("|")] == [part.strip() for part in expected.split("|")]


def test_the_pairs_do_not_depend_on_the_order_in_which_rows_come() -> None:
    dates = [f"201{year}-{month:02d}-0{day}" for year in (2, 3) for month in (1, 5) for day in (1, 4)]
    first, second = rows(*(f"a {date} 1" for date in dates)), rows(*(f"a {date} 2" for date in reversed(dates)))
    expected = told(first, second, BY_DATE)
    for seed in range(5):
        shuffled = random.Random(seed)
        shuffled.shuffle(first)
        shuffled.shuffle(second)
        assert told(first, second, BY_DATE) == expected


def test_no_other_assignment_is_cheaper() -> None:
    """Against all assignments of a few rows, each of which may stay alone."""
    from itertools import permutations

    from records.matching import cost

    match, alone = Match(near="date", within=60), 61 * 500
    for seed in range(60):
        draw = random.Random(seed)
        sides = [
            rows(*(f"a 2013-{draw.randint(1, 9):02d}-{draw.randint(1, 28):02d} {draw.randint(1, 2)}" for _ in range(n)))
            for n in (draw.randint(2, 4), draw.randint(1, 4))
        ]
        found = paired(sides[0], sides[1], match)
        ours = sum(cost(*pair, match) for pair in found.both) + alone * (len(found.first) + len(found.second))
        columns: list[Row | None] = [*sides[1], *[None] * len(sides[0])]
        best = min(
            sum(
                alone if other is None else cost(one, other, match) for one, other in zip(sides[0], chosen, strict=True)
            )
            + alone * (len(sides[1]) - sum(other is not None for other in chosen))
            for chosen in permutations(columns, len(sides[0]))
        )
        assert ours == best


@pytest.mark.parametrize(
    ("first", "second", "dates", "expected"),
    [
        ("T3", "T3", False, Verdict.SAME),
        ("T3", "T4", False, Verdict.DIFFERS),
        (None, None, True, Verdict.SAME),
        (None, "2012", True, Verdict.DIFFERS),
        ("2012", "2012-05-17", True, Verdict.COMPATIBLE),
        ("2012-05-17", "2012-05", True, Verdict.COMPATIBLE),
        ("2012-05-17", "2012-06", True, Verdict.DIFFERS),
        ("2012", "2012-05", False, Verdict.DIFFERS),
    ],
)
def test_a_coarser_date_that_holds_the_other_contradicts_nothing(
    first: str | None, second: str | None, dates: bool, expected: Verdict
) -> None:
    assert verdict(first, second, dates=dates) is expected
