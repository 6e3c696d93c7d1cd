"""Frozen dataclasses to plain JSON values and back, checked against their type hints.

`to_json(from_json(cls, data)) == data` for complete data, and floats keep every bit. A mistake raises
`InvalidValueError` with the JSON path. Supported hints: str, int, float, bool, date, None, Literal, `X | None`,
`tuple[X, ...]`, `tuple[X, Y]`, `Mapping[str, X]`, dataclasses, and unions of dataclasses that each declare an `op`
class variable.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from analyses.pipeline.errors import InvalidValueError

T = TypeVar("T")
_SCALARS: dict[type, str] = {str: "a text", int: "a whole number", bool: "true or false", float: "a finite number"}


def to_json(value: object) -> Any:
    """The JSON form of a value; raises `InvalidValueError` for NaN and infinity, which JSON does not have."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidValueError("", value, "a finite number, or null where it cannot be estimated")
        return value
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _dataclass_to_json(value)
    if isinstance(value, Mapping):
        return {str(key): _at(str(key), item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_at(f"[{index}]", item) for index, item in enumerate(value)]
    raise InvalidValueError("", value, "a value with a JSON form")


def _at(path: str, value: object) -> Any:
    try:
        return to_json(value)
    except InvalidValueError as error:
        raise error.below(path) from None


def _dataclass_to_json(value: Any) -> dict[str, Any]:
    tag = {"op": value.op} if hasattr(type(value), "op") else {}
    return tag | {field.name: _at(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)}


def from_json(kind: type[T], data: object, path: str = "") -> T:
    """The dataclass `kind` built from JSON values; unknown and missing keys are errors, as are wrong types."""
    return typing.cast(T, _read(kind, data, path))


def canonical(value: object) -> str:
    """One text per content: sorted keys, no spaces."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def fingerprint(value: object) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(hint: Any, data: object, path: str) -> object:
    origin = get_origin(hint)
    if hint in _SCALARS:
        return _scalar(hint, data, path)
    if origin is Literal:
        if any(data == item and type(data) is type(item) for item in get_args(hint)):
            return data
        raise InvalidValueError(path, data, "one of " + ", ".join(repr(item) for item in get_args(hint)))
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), data, path)
    if origin is tuple:
        return _tuple(get_args(hint), data, path)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(hint)[1], data, path)
    if hint is date:
        return _date(data, path)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, data, path)
    raise TypeError(f"no JSON form is known for {hint!r}")


def _scalar(hint: Any, data: object, path: str) -> object:
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    right_type = isinstance(data, hint) and (hint is bool or not isinstance(data, bool))
    if not right_type or (isinstance(data, float) and not math.isfinite(data)):
        raise InvalidValueError(path, data, _SCALARS[hint])
    return data


def _date(data: object, path: str) -> date:
    try:
        return date.fromisoformat(typing.cast(str, data))
    except (TypeError, ValueError):
        raise InvalidValueError(path, data, "a date as YYYY-MM-DD") from None


def _tuple(members: tuple[Any, ...], data: object, path: str) -> tuple[object, ...]:
    if not isinstance(data, (list, tuple)):
        raise InvalidValueError(path, data, "a list")
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_read(members[0], item, f"{path}[{index}]") for index, item in enumerate(data))
    if len(members) != len(data):
        raise InvalidValueError(path, data, f"a list of {len(members)}")
    return tuple(_read(hint, item, f"{path}[{i}]") for i, (hint, item) in enumerate(zip(members, data, strict=True)))


def _mapping(member: Any, data: object, path: str) -> dict[str, object]:
    if not isinstance(data, Mapping):
        raise InvalidValueError(path, data, "an object")
    return {key: _read(member, item, f"{path}.{key}" if path else key) for key, item in data.items()}


def _union(members: tuple[Any, ...], data: object, path: str) -> object:
    if data is None and type(None) in members:
        return None
    rest = [member for member in members if member is not type(None)]
    if len(rest) == 1:
        return _read(rest[0], data, path)
    tagged = {member.op: member for member in rest if hasattr(member, "op")}
    if tagged:
        op = data.get("op") if isinstance(data, Mapping) else None
        if not isinstance(op, str) or op not in tagged:
            raise InvalidValueError(
                f"{path}.op" if path else "op", op, "one of " + ", ".join(sorted(map(repr, tagged)))
            )
        return _dataclass(tagged[op], data, path)
    # bool before int before float before str: a JSON value has exactly one of these types
    for member in sorted(rest, key=lambda hint: [bool, int, float, str].index(hint)):
        try:
            return _read(member, data, path)
        except InvalidValueError:
            continue
    raise InvalidValueError(path, data, " or ".join(_SCALARS[member] for member in rest))


def _dataclass(kind: type, data: object, path: str) -> object:
    if not isinstance(data, Mapping):
        raise InvalidValueError(path, data, f"an object ({kind.__name__})")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = [key for key in data if key not in fields and not (key == "op" and hasattr(kind, "op"))]
    if unknown:
        where = f"{path}.{unknown[0]}" if path else str(unknown[0])
        raise InvalidValueError(where, data[unknown[0]], "one of the keys " + ", ".join(fields))
    hints = _hints(kind)
    values: dict[str, object] = {}
    for name, field in fields.items():
        where = f"{path}.{name}" if path else name
        if name in data:
            values[name] = _read(hints[name], data[name], where)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InvalidValueError(where, None, "a value: it has no default")
    try:
        return kind(**values)
    except InvalidValueError as error:
        raise error.below(path) from None
