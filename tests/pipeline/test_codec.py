"""The JSON form of frozen values: nothing is lost, and mistakes are named by path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.pipeline import codec
from analyses.pipeline.errors import InvalidValueError


@dataclass(frozen=True, kw_only=True)
class Inner:
    value: float | None
    pair: tuple[str, int] = ("a", 1)


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str
    day: date
    kind: Literal["x", "y"]
    inner: tuple[Inner, ...] = ()
    table: Mapping[str, int] | None = None
    flag: bool = False
    mixed: bool | float | str = 1.0


inners = st.builds(
    Inner,
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    pair=st.tuples(st.text(), st.integers()),
)
outers = st.builds(
    Outer,
    name=st.text(),
    day=st.dates(),
    kind=st.sampled_from(["x", "y"]),
    inner=st.lists(inners, max_size=3).map(tuple),
    table=st.none() | st.dictionaries(st.text(), st.integers(), max_size=3),
    flag=st.booleans(),
    mixed=st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
)


@given(outers)
def test_round_trip_through_text_keeps_every_bit(value: Outer) -> None:
    again = codec.from_json(Outer, json.loads(json.dumps(codec.to_json(value))))
    assert again == value
    assert codec.fingerprint(again) == codec.fingerprint(value)


def good() -> dict[str, object]:
    return {"name": "n", "day": "2019-12-31", "kind": "x", "inner": [{"value": 1, "pair": ["a", 2]}]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": 3}, "name"),
        ({"day": "31.12.2019"}, "day"),
        ({"day": 20191231}, "day"),
        ({"kind": "z"}, "kind"),
        ({"inner": {"value": 1}}, "inner"),
        ({"inner": [{"value": "high"}]}, "inner[0].value"),
        ({"inner": [{"value": True}]}, "inner[0].value"),
        ({"inner": [{"value": 1, "pair": ["a"]}]}, "inner[0].pair"),
        ({"inner": [{"value": 1, "pair": ["a", 1.5]}]}, "inner[0].pair[1]"),
        ({"inner": [{}]}, "inner[0].value"),
        ({"inner": ["x"]}, "inner[0]"),
        ({"table": {"a": "b"}}, "table.a"),
        ({"table": 3}, "table"),
        ({"flag": 1}, "flag"),
        ({"mixed": None}, "mixed"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_mistake_is_named_by_its_path(change: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        codec.from_json(Outer, good() | change)
    assert error.value.path == path
    assert str(error.value).startswith(path)


def test_a_missing_value_without_default_is_named() -> None:
    data = good()
    del data["kind"]
    with pytest.raises(InvalidValueError, match="kind: None is not allowed; expected a value: it has no default"):
        codec.from_json(Outer, data)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_say_is_refused_with_its_path(number: float) -> None:
    value = Outer(name="n", day=date(2020, 1, 1), kind="x", inner=(Inner(value=0.5), Inner(value=number)))
    with pytest.raises(InvalidValueError, match=r"inner\[1\]\.value"):
        codec.to_json(value)
    with pytest.raises(InvalidValueError, match=r"inner\[0\]\.value"):
        codec.from_json(Outer, good() | {"inner": [{"value": number}]})


def test_whole_numbers_are_read_as_floats_where_a_float_is_meant() -> None:
    again = codec.from_json(Outer, good())
    assert isinstance(again.inner[0].value, float)


def test_equal_content_has_one_fingerprint_whatever_the_key_order() -> None:
    shuffled = dict(reversed(list(good().items())))
    one, other = codec.from_json(Outer, good()), codec.from_json(Outer, shuffled)
    assert codec.fingerprint(one) == codec.fingerprint(other)
    changed = codec.from_json(Outer, good() | {"name": "m"})
    assert codec.fingerprint(changed) != codec.fingerprint(one)
