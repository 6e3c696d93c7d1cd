"""JSON for people to read and edit: what fits on a line stays on one."""

from __future__ import annotations

import json

WIDTH = 120


def lines(value: object) -> str:
    """The JSON text of a value made of JSON's own types, ended by a line break."""
    return _text(value, depth=0, before=0) + "\n"


def _text(value: object, depth: int, before: int) -> str:
    """`before` is what stands on the line already: indentation, key, and the comma to come."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if before + len(flat) <= WIDTH or not isinstance(value, (dict, list)):
        return flat
    if isinstance(value, list):
        return _block("[]", [("", item) for item in value], depth)
    return _block("{}", [(f"{json.dumps(key, ensure_ascii=False)}: ", item) for key, item in value.items()], depth)


def _block(brackets: str, items: list[tuple[str, object]], depth: int) -> str:
    indent = " " * (depth + 1)
    inside = [f"{indent}{key}{_text(item, depth + 1, len(indent) + len(key) + len(','))}" for key, item in items]
    return brackets[0] + "\n" + ",\n".join(inside) + "\n" + " " * depth + brackets[1]
