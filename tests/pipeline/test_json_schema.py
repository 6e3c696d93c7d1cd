"""The schemas of docs/schema: current, valid, and of one mind with the code that reads and writes the documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from analyses.pipeline import codec, json_schema, json_text
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from registry.paths import BASE_DIR
from tests.pipeline.factories import PLANS, study_result

FOLDER = BASE_DIR / "docs" / "schema"
EXAMPLES = BASE_DIR / "docs" / "examples"
SPECS = sorted([*PLANS.glob("*.json"), *EXAMPLES.glob("*.json")])


@cache
def validator(document: json_schema.Document) -> Draft202012Validator:
    return Draft202012Validator(json_schema.schema(document), format_checker=FormatChecker())


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", get_args(json_schema.Document))
def test_the_files_are_current(document: json_schema.Document) -> None:
    file = FOLDER / json_schema.file_name(document)
    renew = f"renew it: .venv/bin/python manage.py run_table --schema {document} > {file.relative_to(BASE_DIR)}"
    assert file.exists(), renew
    assert file.read_text(encoding="utf-8") == json_schema.text(document), renew


@pytest.mark.parametrize("document", get_args(json_schema.Document))
def test_they_are_schemas(document: json_schema.Document) -> None:
    Draft202012Validator.check_schema(json_schema.schema(document))
    assert json.loads(json_schema.text(document)) == json_schema.schema(document)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_plans_of_the_project_fit(path: Path) -> None:
    validator("spec").validate(read(path))
    validator("spec").validate(StudySpec.from_json(read(path)).to_json())


@pytest.mark.parametrize("name", ["ccrt_vs_rt", "rt_vs_no_rt_after_pct"])
def test_a_result_fits(name: str) -> None:
    document = json.loads(json.dumps(study_result(name).to_json()))
    validator("result").validate(document)
    assert StudyResult.from_json(document) == study_result(name)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON value, by its keys and positions."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(document)
    if not path:
        return value
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def can_be_read(document: Any) -> bool:
    try:
        StudySpec.from_json(document)
    except InvalidValueError:
        return False
    return True


ODD: list[Any] = [None, True, -1, 1.5, "an odd text", ["an odd text"], {"odd": 1}]


@given(st.sampled_from(SPECS), st.data())
def test_what_the_schema_refuses_cannot_be_read(path: Path, data: st.DataObject) -> None:
    """A plan with one value replaced by one of another type."""
    document = read(path)
    changed = put(document, data.draw(st.sampled_from(list(places(document)))), data.draw(st.sampled_from(ODD)))
    assert validator("spec").is_valid(changed) or not can_be_read(changed)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": 2}, "1 was expected"),
        ({"colour": "red"}, "Additional properties are not allowed"),
        ({"seed": "1"}, "'1' is not of type 'integer'"),
        ({"survival": {"endpoints": ["os"], "conf_type": "probit"}}, "is not valid under any of the given schemas"),
    ],
)
def test_a_mistake_is_found_by_the_schema_alone(change: dict[str, Any], words: str) -> None:
    document = read(EXAMPLES / "rossi.json") | change
    assert any(words in error.message for error in validator("spec").iter_errors(document))
    assert not can_be_read(document)


@dataclass(frozen=True, kw_only=True)
class Inner:
    """First line
    and second.

    Another paragraph."""

    pair: tuple[str, int] = ("a", 1)
    kind: Literal["x", "y"] | None = None


def test_defaults_words_and_pairs_are_kept() -> None:
    found = json_schema.definitions(Inner)["Inner"]
    assert found["description"] == "First line and second.\n\nAnother paragraph."
    assert found["properties"]["pair"]["default"] == codec.to_json(Inner().pair)
    fits = Draft202012Validator(found).is_valid
    assert [fits({"pair": pair}) for pair in (["a", 1], ["a"], ["a", 1, 2], ["a", "b"])] == [True, False, False, False]
    assert [fits({"kind": kind}) for kind in ("x", None, "z")] == [True, True, False]


def test_json_for_people_keeps_short_things_on_a_line() -> None:
    value = {"short": [1, 2, {"a": None}], "long": ["word" * 10] * 4, "text": "ä" * 200}
    text = json_text.lines(value)
    assert json.loads(text) == value
    assert '\n "short": [1, 2, {"a": null}],\n "long": [\n  "wordword' in text
    assert all(len(line) <= json_text.WIDTH for line in text.splitlines() if "ä" not in line)
