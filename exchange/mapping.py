"""A mapping says how the columns of a flat table become records: a frozen value read from YAML, checked before any row.

A file's every column is either read by a field or named under ``ignored`` with the reason, so that nothing is left
out by oversight. What a value becomes is always written down: a value that no ``values`` entry names refuses its row
(or, where the field says ``bad: report``, is stored as not known and reported).
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from patients.models import ClinicalRow

Kind = Literal["text", "integer", "decimal", "date"]
CheckKind = Literal["not_before", "not_after", "same", "length", "together", "agree"]


class MappingError(ValueError):
    """The mapping itself is wrong: where, what was found, what is allowed."""

    def __init__(self, path: str, found: object, allowed: str) -> None:
        super().__init__(f"{path}: found {found!r}; allowed: {allowed}")


@dataclass(frozen=True, slots=True)
class Target:
    """What one source value becomes; with ``report`` it is also named in the report."""

    value: Any
    report: str = ""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is filled: from a ``column`` (through ``values`` where given) or by a ``constant``."""

    column: str = ""
    kind: Kind = "text"
    values: MappingType[str, Target] | None = None
    bad: Literal["refuse", "report"] = "refuse"
    constant: Any = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A record is made only where ``column`` holds one of the values (or anything at all)."""

    column: str
    among: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RecordRule:
    """One record of ``model`` per row that meets every condition and gives the fields that it ``needs``.

    ``below`` is the ``name`` of the record that is its parent (a volume below its course).
    """

    model: type[ClinicalRow]
    fields: MappingType[str, FieldRule]
    when: tuple[Condition, ...] = ()
    needs: tuple[str, ...] = ()
    name: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """A relation between columns that the table should keep; a row that breaks it is reported."""

    name: str
    kind: CheckKind
    columns: tuple[str, ...]
    sentence: str
    tolerance: float = 0.0
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TableMapping:
    registry: MappingType[str, Any]
    centre: MappingType[str, str]
    missing: frozenset[str]
    date_formats: tuple[str, ...]
    ignored: MappingType[str, str]
    patient: MappingType[str, FieldRule]
    records: tuple[RecordRule, ...]
    checks: tuple[RowCheck, ...] = field(default_factory=tuple)

    def columns(self) -> set[str]:
        """Every column that a field, a condition or a check reads."""
        rules = [rule for record in self.records for rule in record.fields.values()] + list(self.patient.values())
        return (
            {rule.column for rule in rules if rule.column}
            | {condition.column for record in self.records for condition in record.when}
            | {column for check in self.checks for column in check.columns}
        )


def read(path: Path) -> TableMapping:
    """The mapping in YAML file ``path``. Raises ``MappingError`` with the place, or ``FileNotFoundError``."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MappingError(str(path), str(error).replace("\n", " "), "a YAML document") from error
    return parse(document)


def parse(document: object) -> TableMapping:
    """The mapping as a value, from parsed YAML."""
    top = _table(
        "mapping",
        document,
        {"registry", "centre", "patient"},
        {"missing", "date_formats", "ignored", "records", "checks"},
    )
    patient_model = apps.get_model("patients.Patient")
    return TableMapping(
        registry=_table(
            "registry", top["registry"], {"code", "title", "number_prefix"}, {"default_primary_site", "is_invented"}
        ),
        centre=_table("centre", top["centre"], {"code", "name"}),
        missing=frozenset(str(value) for value in top.get("missing", [])) | {""},
        date_formats=tuple(top.get("date_formats", ["%Y-%m-%d"])),
        ignored=_table("ignored", top.get("ignored", {}), any_key=True),
        patient=_fields("patient", top["patient"], patient_model),
        records=tuple(_record(f"records[{i}]", item) for i, item in enumerate(top.get("records", []))),
        checks=tuple(_check(f"checks[{i}]", item) for i, item in enumerate(top.get("checks", []))),
    )


def _table(
    path: str, found: object, needed: set[str] | None = None, optional: set[str] | None = None, *, any_key: bool = False
) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise MappingError(path, found, "a table of names and values")
    keys = {str(key) for key in found}
    lacking = (needed or set()) - keys
    if lacking:
        raise MappingError(path, sorted(keys), f"also needs {', '.join(sorted(lacking))}")
    odd = keys - (needed or set()) - (optional or set())
    if odd and not any_key:
        raise MappingError(path, sorted(odd), ", ".join(sorted((needed or set()) | (optional or set()))))
    return {str(key): value for key, value in found.items()}


def _fields(path: str, found: object, model: type[Model]) -> dict[str, FieldRule]:
    rules = {}
    for name, rule in _table(path, found, any_key=True).items():
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            known = ", ".join(sorted(f.name for f in model._meta.concrete_fields if f.editable))
            raise MappingError(f"{path}.{name}", name, f"a field of {model._meta.label}: {known}") from None
        rules[name] = _field(f"{path}.{name}", rule)
    return rules


def _field(path: str, found: object) -> FieldRule:
    rule = _table(path, found, set(), {"column", "kind", "values", "bad", "constant"})
    if ("column" in rule) == ("constant" in rule):
        raise MappingError(path, sorted(rule), "either a column or a constant")
    _one_of(f"{path}.kind", rule.get("kind", "text"), get_args(Kind))
    _one_of(f"{path}.bad", rule.get("bad", "refuse"), ("refuse", "report"))
    values = rule.get("values")
    if values is not None:
        values = {
            key: _target(f"{path}.values.{key}", item)
            for key, item in _table(f"{path}.values", values, any_key=True).items()
        }
    return FieldRule(**{**rule, "values": values})


def _target(path: str, found: object) -> Target:
    if not isinstance(found, dict):
        return Target(found)
    return Target(**_table(path, found, {"value", "report"}))


def _record(path: str, found: object) -> RecordRule:
    rule = _table(path, found, {"model", "fields"}, {"when", "needs", "name", "below"})
    try:
        model = apps.get_model(rule["model"])
    except (LookupError, ValueError):
        model = Model
    if not issubclass(model, ClinicalRow):
        raise MappingError(f"{path}.model", rule["model"], "a model of a patient's records, such as patients.Diagnosis")
    return RecordRule(
        model=model,
        fields=_fields(f"{path}.fields", rule["fields"], model),
        when=tuple(
            Condition(column, None if values == "given" else tuple(str(value) for value in values))
            for column, values in _table(f"{path}.when", rule.get("when", {}), any_key=True).items()
        ),
        needs=tuple(rule.get("needs", ())),
        name=rule.get("name", ""),
        below=rule.get("below", ""),
    )


def _check(path: str, found: object) -> RowCheck:
    rule = _table(path, found, {"name", "kind", "columns", "sentence"}, {"tolerance", "pairs"})
    _one_of(f"{path}.kind", rule["kind"], get_args(CheckKind))
    if len(rule["columns"]) != (3 if rule["kind"] == "length" else 2):
        raise MappingError(f"{path}.columns", rule["columns"], "two columns (three for 'length')")
    pairs = tuple((str(first), str(second)) for first, second in rule.get("pairs", []))
    return RowCheck(**{**rule, "columns": tuple(rule["columns"]), "pairs": pairs})


def _one_of(path: str, found: object, allowed: tuple[str, ...]) -> None:
    if found not in allowed:
        raise MappingError(path, found, ", ".join(allowed))
