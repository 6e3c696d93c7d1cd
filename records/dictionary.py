"""The data dictionary: every stored field about a patient, as its model declares it.

Nothing is said here that the models, their constraints and the classification do not say, so that it cannot go stale.
"""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.text import capfirst

from records.classification import Kind, is_oversight, kind_of, registered
from records.constraints import Possible, leaves
from records.models import Recorded
from records.partial_dates import PartialDateField

Type = Literal[
    "partial date",
    "date",
    "date and time",
    "one of",
    "several of",
    "yes or no",
    "number",
    "whole number",
    "text",
    "free text",
    "encrypted text",
    "structure",
    "reference",
]
# What the columns of every recorded row are listed under, once.
EVERY_RECORD = "records.recorded"
SHARED = frozenset({"id", *(field.name for field in Recorded._meta.fields)})


@dataclass(frozen=True)
class Range:
    """What is possible: from ``low`` to ``high``, both ends included unless ``above`` says that the low one is not."""

    low: float
    high: float | None = None
    above: bool = False

    def __str__(self) -> str:
        if self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"above {self.low:g}" if self.above else f"{self.low:g} or more"


@dataclass(frozen=True)
class Field:
    """``choices`` are codes with their labels, ``refers_to`` is the table of a reference. ``entered`` fields are given
    by a person; the others are kept by the registry."""

    name: str
    label: str
    type: Type
    detail: str
    choices: tuple[tuple[str, str], ...]
    unit: str
    range: Range | None
    required: bool
    help: str
    kind: Kind
    refers_to: str
    entered: bool

    @property
    def words(self) -> str:
        """The type in words."""
        if self.type == "reference":
            return f"reference to {self.detail}"
        return f"{self.type}, {self.detail}" if self.detail else self.type


@dataclass(frozen=True)
class Table:
    """A patient has at most one live row of a ``single``; ``oversight`` says how charts are kept, not what they say."""

    name: str
    label: str
    doc: str
    single: bool
    oversight: bool
    fields: tuple[Field, ...]

    @property
    def anchor(self) -> str:
        return self.name.replace(".", "-")


@cache
def tables() -> tuple[Table, ...]:
    """Columns of every record first, then table after table without them."""
    found = list(registered())
    recorded = next(model for model in found if issubclass(model, Recorded))
    shared = Table(
        name=EVERY_RECORD,
        label="Every record",
        doc=documented(Recorded),
        single=False,
        oversight=True,
        fields=tuple(described(field) for field in recorded._meta.concrete_fields if field.name in SHARED),
    )
    return (shared, *map(table_of, found))


def table_of(model: type[models.Model]) -> Table:
    meta = model._meta
    left_out = SHARED if issubclass(model, Recorded) else frozenset[str]()
    return Table(
        name=meta.label_lower,
        label=capfirst(str(meta.verbose_name)),
        doc=documented(model),
        single=meta.model_name == "patient" or is_once_per_patient(model),
        oversight=is_oversight(model),
        fields=tuple(described(field) for field in meta.concrete_fields if field.name not in left_out),
    )


def documented(model: type[models.Model]) -> str:
    return " ".join((inspect.getdoc(model) or "").replace("``", "").split())


def is_once_per_patient(model: type[models.Model]) -> bool:
    rules = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
    alone = any(field.unique for field in model._meta.concrete_fields if field.name == "patient")
    return alone or any(tuple(rule.fields) == ("patient",) for rule in rules)


def described(field: Any) -> Field:
    """Raises ``LookupError`` for a field that is not classified."""
    kind = kind_of(field)
    if kind is None:
        raise LookupError(f"{field} is not classified.")
    source, unit = derived_from(field), unit_of(field)
    of = field.base_field if isinstance(field, ArrayField) else field
    words, detail = type_of(field)
    return Field(
        name=field.name,
        label=label_of(field).removesuffix(f", {unit}"),
        type=words,
        detail=detail,
        choices=tuple((str(code), str(label)) for code, label in of.flatchoices),
        unit=unit,
        range=range_of(field),
        required=not (field.null or field.blank or field.has_default() or field.has_db_default() or source),
        help=str(field.help_text),
        kind=kind,
        refers_to=field.related_model._meta.label_lower if field.is_relation else "",
        entered=not (source or field.primary_key) and (field.editable or isinstance(field, models.BinaryField)),
    )


def label_of(field: Any) -> str:
    """As the forms say it; what is derived is named by what it is of its source."""
    if source := derived_from(field):
        return {"first": "First day", "last": "Last day", "index": "Index"}[field.name.removeprefix(source)[1:]]
    return capfirst(str(field.verbose_name))


def derived_from(field: Any) -> str:
    """The field from which the database or an action makes this one: a partial date's days, a blind index."""
    base = re.sub(r"_(first|last|index)$", "", field.name)
    return base if base != field.name and base in {other.name for other in field.model._meta.concrete_fields} else ""


def type_of(field: Any) -> tuple[Type, str]:
    """Type, and what more there is to say of it."""
    if isinstance(field, ArrayField) and field.base_field.choices:
        return "several of", ""
    if field.choices:
        return "one of", ""
    if isinstance(field, models.GeneratedField):
        end = "last" if field.name.endswith("_last") else "first"
        return "date", f"the {end} possible day of {derived_from(field)}"
    if source := derived_from(field):
        return "text", f"keyed hash of {source}"
    if field.is_relation:
        return "reference", str(field.related_model._meta.verbose_name)
    if isinstance(field, models.DecimalField):
        return "number", f"{field.decimal_places} decimal{'s' if field.decimal_places > 1 else ''}"
    if isinstance(field, models.CharField) and not isinstance(field, PartialDateField):
        return "text", f"up to {field.max_length} characters"
    return plain_type_of(field), ""


# The first that fits.
PLAIN: tuple[tuple[type[Any], Type], ...] = (
    (PartialDateField, "partial date"),
    (models.DateTimeField, "date and time"),
    (models.DateField, "date"),
    (models.BooleanField, "yes or no"),
    (models.IntegerField, "whole number"),
    (models.BinaryField, "encrypted text"),
    (models.TextField, "free text"),
    (models.JSONField, "structure"),
)


def plain_type_of(field: Any) -> Type:
    """Raises ``LookupError`` for a class of fields that the dictionary has no words for."""
    for known, words in PLAIN:
        if isinstance(field, known):
            return words
    raise LookupError(f"The dictionary has no words for {field}, a {type(field).__name__}.")


def unit_of(field: Any) -> str:
    """Unit of a number: at the end of its name ('height, cm'), else as its range says, else a field of its own."""
    if field.choices or field.is_relation or not isinstance(field, models.DecimalField | models.IntegerField):
        return ""
    _, comma, unit = str(field.verbose_name).rpartition(", ")
    if comma:
        return unit
    stated = next((rule.unit for rule in rules_of(field) if isinstance(rule, Possible)), "")
    has_own = isinstance(field, models.DecimalField) and any(f.name == "unit" for f in field.model._meta.fields)
    return stated or ("as in unit" if has_own else "")


def range_of(field: Any) -> Range | None:
    """What the constraints allow a number, where they name no other field."""
    for rule in rules_of(field):
        for lookup, value in looked_up(rule):
            match lookup.rpartition("__")[2]:
                case "range":
                    return Range(*value)
                case "in" if not isinstance(value[0], str):
                    return Range(min(value), max(value))
                case "gte":
                    return Range(value)
                case "gt":
                    return Range(value, above=True)
    return None


def rules_of(field: Any) -> list[models.CheckConstraint]:
    """CHECK constraints of this field alone."""
    rules = [rule for rule in field.model._meta.constraints if isinstance(rule, models.CheckConstraint)]
    return [rule for rule in rules if {lookup.split("__")[0] for lookup, _ in looked_up(rule)} == {field.name}]


def looked_up(rule: models.CheckConstraint) -> list[tuple[str, Any]]:
    return list(leaves(rule.condition)) if isinstance(rule.condition, models.Q) else []
