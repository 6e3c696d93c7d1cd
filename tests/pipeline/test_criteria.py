"""A cohort means what it says: the engine equals a slow evaluator in plain Python on generated trees."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.pipeline import codec
from analyses.pipeline.criteria import (
    And,
    Between,
    Compare,
    Comparison,
    Criterion,
    IsIn,
    IsMissing,
    Not,
    Or,
    check,
    evaluate,
    sentence,
)
from analyses.pipeline.dataset import Variable
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.spec import NamedCriterion

LEVELS = ("T1", "T2", "T3", "T4")
VARIABLES = {
    "t_category": Variable(name="t_category", label="T category", kind="categorical", levels=LEVELS, doc=""),
    "age": Variable(name="age", label="Age", kind="numeric", unit="years", doc=""),
    "biopsy_proven": Variable(name="biopsy_proven", label="Biopsy-proven", kind="boolean", doc=""),
    "diagnosed": Variable(name="diagnosed", label="Diagnosed on", kind="date", doc=""),
}
Row = dict[str, Any]

days = st.integers(0, 20).map(lambda offset: date(2010, 1, 1) + timedelta(days=offset))
ages = st.integers(40, 46).map(float)
values = {
    "t_category": st.sampled_from(LEVELS),
    "age": ages,
    "biopsy_proven": st.booleans(),
    "diagnosed": days.map(date.isoformat),
}
names = st.sampled_from(sorted(VARIABLES))
comparisons = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
leaves: st.SearchStrategy[Criterion] = (
    names.flatmap(lambda n: st.builds(Compare, variable=st.just(n), comparison=comparisons, value=values[n]))
    | names.flatmap(lambda n: st.builds(IsIn, variable=st.just(n), values=st.lists(values[n], max_size=3).map(tuple)))
    | names.flatmap(lambda n: st.builds(Between, variable=st.just(n), low=values[n], high=values[n]))
    | st.builds(IsMissing, variable=names)
)
trees: st.SearchStrategy[Criterion] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, of=inner)
        | st.builds(And, of=st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Or, of=st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


def frame_of(found: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "t_category": pd.Categorical([row["t_category"] for row in found], categories=LEVELS, ordered=True),
            "age": np.array([np.nan if row["age"] is None else row["age"] for row in found], dtype=float),
            "biopsy_proven": pd.array([row["biopsy_proven"] for row in found], dtype="boolean"),
            "diagnosed": pd.to_datetime([row["diagnosed"] for row in found]),
        }
    )


def obvious(criterion: Criterion, row: Row) -> bool | None:
    """Kleene's logic by hand: None is unknown."""
    if isinstance(criterion, Not):
        inner = obvious(criterion.of, row)
        return None if inner is None else not inner
    if isinstance(criterion, (And, Or)):
        decisive = isinstance(criterion, Or)
        parts = [obvious(part, row) for part in criterion.of]
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    mine = row[criterion.variable]
    if isinstance(criterion, IsMissing):
        return mine is None
    if mine is None:
        return None
    if isinstance(criterion, IsIn):
        return any(plain(value, criterion.variable) == plain(mine, criterion.variable) for value in criterion.values)
    mine = plain(mine, criterion.variable)
    if isinstance(criterion, Between):
        return bool(plain(criterion.low, criterion.variable) <= mine <= plain(criterion.high, criterion.variable))
    value = plain(criterion.value, criterion.variable)
    answers = {"=": mine == value, "!=": mine != value, "<": mine < value, "<=": mine <= value, ">": mine > value}
    return bool(answers.get(criterion.comparison, mine >= value))


def plain(value: Any, variable: str) -> Any:
    if variable == "t_category":
        return LEVELS.index(value)
    return date.fromisoformat(value) if variable == "diagnosed" and isinstance(value, str) else value


def draw_rows(n: int) -> list[Row]:
    """Patients with each value missing in about one of four."""
    draw = random.Random(7)
    choices: dict[str, list[Any]] = {
        "t_category": list(LEVELS),
        "age": [float(age) for age in range(40, 47)],
        "biopsy_proven": [True, False],
        "diagnosed": [date(2010, 1, 1) + timedelta(days=day) for day in range(21)],
    }
    return [
        {name: None if draw.random() < 0.25 else draw.choice(options) for name, options in choices.items()}
        for _ in range(n)
    ]


ROWS = draw_rows(40)
FRAME = frame_of(ROWS)


def draw_tree(draw: random.Random, depth: int) -> Criterion:
    """As `trees`, drawn plainly: hypothesis needs a hundred times longer for one tree."""
    if depth and draw.random() < 0.6:
        if draw.random() < 0.3:
            return Not(of=draw_tree(draw, depth - 1))
        parts = tuple(draw_tree(draw, depth - 1) for _ in range(draw.randint(1, 3)))
        return And(of=parts) if draw.random() < 0.5 else Or(of=parts)
    name = draw.choice(sorted(VARIABLES))
    known = [row[name].isoformat() if name == "diagnosed" else row[name] for row in ROWS if row[name] is not None]
    leaf = draw.randrange(4)
    if leaf == 0:
        operators: tuple[Comparison, ...] = ("=", "!=", "<", "<=", ">", ">=")
        return Compare(variable=name, comparison=draw.choice(operators), value=draw.choice(known))
    if leaf == 1:
        return IsIn(variable=name, values=tuple(draw.choice(known) for _ in range(draw.randint(0, 3))))
    if leaf == 2:
        return Between(variable=name, low=draw.choice(known), high=draw.choice(known))
    return IsMissing(variable=name)


def test_engine_equals_the_slow_evaluator_on_two_thousand_trees() -> None:
    draw = random.Random(11)
    for _ in range(2000):
        assert_equal(draw_tree(draw, depth=4))


@settings(max_examples=100)
@given(trees)
def test_engine_equals_the_slow_evaluator(criterion: Criterion) -> None:
    assert_equal(criterion)


def assert_equal(criterion: Criterion) -> None:
    truth = evaluate(criterion, FRAME, VARIABLES)
    expected = [obvious(criterion, row) for row in ROWS]
    assert truth.met.tolist() == [answer is True for answer in expected]
    assert truth.unknown.tolist() == [answer is None for answer in expected]


@settings(max_examples=100)
@given(trees)
def test_json_and_words(criterion: Criterion) -> None:
    named = NamedCriterion(name="n", label="l", criterion=criterion)
    assert codec.from_json(NamedCriterion, json.loads(json.dumps(codec.to_json(named)))) == named
    assert sentence(criterion, VARIABLES).strip()


CASES: list[tuple[Criterion, str]] = [
    (IsIn(variable="t_category", values=("T3", "T4")), "T category is T3 or T4"),
    (Compare(variable="age", comparison=">=", value=45.0), "Age is at least 45 years"),
    (Compare(variable="biopsy_proven", comparison="=", value=True), "Biopsy-proven: yes"),
    (Compare(variable="biopsy_proven", comparison="!=", value=True), "Biopsy-proven: no"),
    (Not(of=IsMissing(variable="t_category")), "T category is known"),
    (
        And(
            of=(
                IsIn(variable="t_category", values=("T3", "T4")),
                Not(of=Compare(variable="age", comparison="<", value=18.0)),
                Between(variable="diagnosed", low="2012-01-01", high="2017-12-31"),
            )
        ),
        "(T category is T3 or T4) and not (Age is below 18 years) and Diagnosed on is from 2012-01-01 to 2017-12-31",
    ),
]


@pytest.mark.parametrize(("criterion", "words"), CASES)
def test_reads_as_a_sentence(criterion: Criterion, words: str) -> None:
    assert sentence(criterion, VARIABLES) == words


MISTAKES: list[tuple[Criterion, str, str]] = [
    (Compare(variable="colour", comparison="=", value="red"), "c.variable", "one of age, "),
    (Compare(variable="t_category", comparison="=", value="T5"), "c.value", "T1, T2, T3, T4"),
    (IsIn(variable="t_category", values=("T1", "Unknown")), "c.values[1]", "T1, T2, T3, T4"),
    (Compare(variable="age", comparison="<", value="old"), "c.value", "a number (years)"),
    (Compare(variable="age", comparison="<", value=True), "c.value", "a number (years)"),
    (Compare(variable="biopsy_proven", comparison="=", value=1.0), "c.value", "true or false"),
    (Between(variable="diagnosed", low="2012", high="soon"), "c.high", "YYYY-MM-DD"),
    (Not(of=And(of=(IsMissing(variable="age"), Or(of=())))), "c.of.of[1].of", "at least one criterion"),
]


@pytest.mark.parametrize(("criterion", "path", "allowed"), MISTAKES)
def test_a_criterion_that_names_what_is_not_declared_is_refused(criterion: Criterion, path: str, allowed: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        check(criterion, VARIABLES, "c")
    assert error.value.path == path
    assert allowed in error.value.allowed


def test_a_missing_value_meets_neither_a_comparison_nor_its_opposite() -> None:
    unknown = frame_of([{"t_category": None, "age": None, "biopsy_proven": None, "diagnosed": None}])
    young = Compare(variable="age", comparison="<", value=45.0)
    for criterion in (young, Not(of=young)):
        truth = evaluate(criterion, unknown, VARIABLES)
        assert (truth.met.tolist(), truth.unknown.tolist()) == ([False], [True])
