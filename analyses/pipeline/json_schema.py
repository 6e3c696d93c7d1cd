"""The JSON forms of spec and result as JSON Schema (draft 2020-12), made from the dataclasses that `codec` reads.

A schema says which keys there are, their types, defaults and words. The ranges that a value must keep, and what must
stand together, are checked when the value is made: a document may fit the schema and still be refused with the path of
what is wrong.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from inspect import cleandoc
from typing import Any, Literal, Union, get_args, get_origin

from analyses.pipeline import codec, json_text, spec
from analyses.pipeline.results import StudyResult, study
from analyses.pipeline.spec import StudySpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Document = Literal["spec", "result"]
Schema = dict[str, Any]
_ROOTS: dict[Document, tuple[type, int, str]] = {
    "spec": (StudySpec, spec.SCHEMA_VERSION, "Specification of a study"),
    "result": (StudyResult, study.SCHEMA_VERSION, "Result of a study"),
}
_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
}


def schema(document: Document) -> Schema:
    """The schema of the document's present version."""
    kind, version, title = _ROOTS[document]
    named = definitions(kind)
    named[kind.__name__]["properties"]["schema_version"] = {"const": version}
    return {
        "$schema": DIALECT,
        "$id": f"urn:cancer-cohort-registry:{document}:{version}",
        "title": f"{title}, version {version}",
        "$ref": _reference(kind)["$ref"],
        "$defs": named,
    }


def definitions(kind: type) -> dict[str, Schema]:
    """The dataclass and every one that it reaches, each under its own name."""
    return {name: _object(found) for name, found in sorted(_reached(kind).items())}


def file_name(document: Document) -> str:
    """What the schema's file is called: `spec.v1.json`."""
    return f"{document}.v{_ROOTS[document][1]}.json"


def text(document: Document) -> str:
    """The schema as its file holds it."""
    return json_text.lines(schema(document))


def _reached(kind: type) -> dict[str, type]:
    """The dataclass and all those that its fields name. Two of one name are a mistake in the code."""
    found: dict[str, type] = {}
    left = [kind]
    while left:
        here = left.pop()
        if found.setdefault(here.__name__, here) is not here:
            raise TypeError(f"{here} and {found[here.__name__]} would share one definition")
        named = [item for hint in typing.get_type_hints(here).values() for item in _dataclasses(hint)]
        left += [item for item in named if found.get(item.__name__) is not item]
    return found


def _dataclasses(hint: Any) -> list[type]:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return [hint]
    if get_origin(hint) is Literal:
        return []
    return [found for member in get_args(hint) for found in _dataclasses(member)]


def _object(kind: type) -> Schema:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    tag = {"op": {"const": kind.op}} if hasattr(kind, "op") else {}
    needed = [field.name for field in fields if not _has_default(field)]
    return {
        **_words(kind),
        "type": "object",
        "properties": tag | {field.name: _type(hints[field.name]) | _default(field) for field in fields},
        "required": [*tag, *needed],
        "additionalProperties": False,
    }


def _words(kind: type) -> Schema:
    """The docstring, each paragraph on one line; not the signature that a dataclass without one is given."""
    if not kind.__doc__ or kind.__doc__.startswith(f"{kind.__name__}("):
        return {}
    paragraphs = cleandoc(kind.__doc__).split("\n\n")
    return {"description": "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)}


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _default(field: dataclasses.Field[Any]) -> Schema:
    if field.default_factory is not dataclasses.MISSING:
        return {"default": codec.to_json(field.default_factory())}
    return {} if field.default is dataclasses.MISSING else {"default": codec.to_json(field.default)}


def _type(hint: Any) -> Schema:
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, members = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(members)}
    if origin in (Union, types.UnionType):
        return _any_of([_type(member) for member in members])
    if origin is tuple:
        return _array(members)
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _type(members[1])}
    return _reference(hint)


def _any_of(members: list[Schema]) -> Schema:
    if all(set(member) == {"type"} for member in members):
        return {"type": [member["type"] for member in members]}
    return {"anyOf": members}


def _array(members: tuple[Any, ...]) -> Schema:
    if members[1:] == (Ellipsis,):
        return {"type": "array", "items": _type(members[0])}
    return {
        "type": "array",
        "prefixItems": [_type(member) for member in members],
        "items": False,
        "minItems": len(members),
    }


def _reference(kind: type) -> Schema:
    return {"$ref": f"#/$defs/{kind.__name__}"}
