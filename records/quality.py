"""The rule engine: data-quality rules declared as data, and what breaks them.

A rule is a condition on the rows of one model, written once and asked of the database: of one patient after a save, or
of every stored row at once. What is impossible is a constraint; a rule is about what a chart may say but should not,
and about what is missing. It is broken only when it is broken for certain: of a partial date the first and the last
day are compared.

An app declares its rules in its ``quality`` package, which its configuration imports at start, so that one call asks
the rules of every app.
"""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, reduce
from itertools import chain
from string import Formatter
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Left

from records.models import Recorded

# A patient's rows for a test, the patient's own at place 0: (model's name, values). A value that is an ``At`` is the
# row at that place; a regimen or drug is its code. Of the rows of the rule's model the last is the one that breaks it.
Example = tuple[tuple[str, Mapping[str, Any]], ...]
VALUE_LENGTH = 200
PATIENT = "patients.Patient"
# A patient of whom one of these is set is no patient of any list, analysis or rule.
NONE_WHERE_COUNTED = ("voided_at", "merged_into", "second_of")
# Stands in a compiled rule for the patients of whom it will be asked.
ASKED = [-1]


class Severity(models.TextChoices):
    """In the order in which they are worked through."""

    ERROR = "error", "Contradiction"
    WARNING = "warning", "Unusual"
    MISSING = "missing", "Missing"


class At(NamedTuple):
    """In an example: the row that stands at ``place`` of it, as the parent of another."""

    place: int


def row(name: str, **values: Any) -> tuple[str, Mapping[str, Any]]:
    return name, values


def chart(*rows: tuple[str, Mapping[str, Any]], **patient: Any) -> Example:
    """An example: values of the patient by name, and their rows, the first of which stands at place 1."""
    return (row("patient", **patient), *rows)


@dataclasses.dataclass(frozen=True, eq=False)
class Rule:
    """One rule. A live row of ``model`` for which ``breaks`` holds opens a data query on ``field``, which is empty
    where the chart lacks a whole record.

    ``breaks`` may use the ``given`` expressions by name, and reads the rows of ``reads`` besides those of ``model``:
    a change of any of these asks the rule again. ``harms`` names the analysis variables and endpoints that are wrong or
    missing while it is broken. ``broken`` and ``kept`` are examples for its test.
    """

    id: str
    model: type[Recorded]
    field: str
    severity: Severity
    sentence: str
    breaks: Any
    broken: tuple[Example, ...]
    kept: tuple[Example, ...]
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    reads: tuple[type[Recorded], ...] = ()
    harms: tuple[str, ...] = ()
    # What was found, where that is more than the field's own value.
    value: Any = None

    @property
    def table(self) -> str:
        return self.model._meta.label_lower

    @property
    def asked_after(self) -> frozenset[type[Recorded]]:
        """Models whose change may change the answer."""
        return frozenset({self.model, *self.reads})


@dataclasses.dataclass(frozen=True)
class Finding:
    """A row that breaks a rule."""

    rule: str
    patient: int
    table: str
    row: int
    value: str

    @property
    def key(self) -> tuple[str, int]:
        return self.rule, self.row


_rules: dict[str, Rule] = {}


def register(*rules: Rule) -> None:
    for rule in rules:
        if rule.id in _rules:
            raise ValueError(f"two rules are called {rule.id}")
        _rules[rule.id] = rule


def registered() -> list[Rule]:
    return sorted(_rules.values(), key=lambda rule: rule.id)


def rule(name: str) -> Rule | None:
    """The rule of that name; None for one that is no longer declared."""
    return _rules.get(name)


def rules_after(changed: Iterable[type[Recorded]]) -> list[Rule]:
    """The rules whose answer a change of rows of these models may change."""
    models_changed = set(changed)
    return [rule for rule in registered() if rule.asked_after & models_changed]


def of_patient(model: type[Recorded], *conditions: Q, **values: Any) -> QuerySet[Any]:
    """Live rows of ``model`` of the same patient as the row that a rule is asked of; for ``Exists`` and ``Subquery``.

    For a rule about ``Patient`` itself give ``patient=OuterRef("pk")``.
    """
    return model._default_manager.filter(*conditions, **{"patient": OuterRef("patient"), "voided_at": None} | values)


def has(model: type[Recorded], *conditions: Q, **values: Any) -> Exists:
    """Whether the patient of the row has a live row of ``model`` (see ``of_patient``)."""
    return Exists(of_patient(model, *conditions, **values))


class Days(Func):
    """Whole days from the second date to the first, negative where the first lies before it."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


class OneOf(Func):
    """Whether a number is among those of a list. Unlike ``IN`` it reads the same however many there are."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def at_earliest(day: Any) -> Coalesce:
    """The day; before all days where it is not known. For what cannot be said to be too early."""
    return Coalesce(day, Value(date.min), output_field=DateField())


def at_latest(day: Any) -> Coalesce:
    """The day; after all days where it is not known."""
    return Coalesce(day, Value(date.max), output_field=DateField())


def in_words(template: str) -> Concat:
    """What was found, as a text: names in braces stand for fields and ``given`` expressions."""
    parts = (
        (Value(literal), F(name)) if name else (Value(literal),) for literal, name, *_ in Formatter().parse(template)
    )
    return Concat(*chain.from_iterable(parts), output_field=CharField())


def breaking(rule: Rule, patients: list[int] | None = None) -> QuerySet[Any, Any]:
    """What breaks the rule, as rows of (rule, patient, row, value): of all patients, or of these, all of whom count."""
    is_patient = rule.model._meta.label == PATIENT
    rows = rule.model._default_manager.filter(voided_at=None).order_by()
    if patients is None:
        rows = rows.filter(**{name if is_patient else f"patient__{name}": None for name in NONE_WHERE_COUNTED})
    else:
        asked = Value(patients, output_field=ArrayField(BigIntegerField()))
        rows = rows.filter(OneOf(F("pk" if is_patient else "patient_id"), asked))
    found = rule.value if rule.value is not None else F(rule.field) if rule.field else Value("")
    return (
        rows.alias(**rule.given)
        .filter(rule.breaks)
        .annotate(
            _rule=Value(rule.id, output_field=CharField()),
            _patient=F("pk") if is_patient else F("patient_id"),
            _value=Left(Coalesce(Cast(found, CharField()), Value("")), VALUE_LENGTH),
        )
        .values_list("_rule", "_patient", "pk", "_value")
    )


@cache
def _compiled(rule: Rule) -> tuple[str, tuple[Any, ...]]:
    """The SQL of a rule asked of some patients, and its parameters. After a save, making it anew would take longer than
    asking it."""
    sql, parameters = breaking(rule, ASKED).query.sql_with_params()
    return sql, tuple(parameters)


def findings(rules: Iterable[Rule], patients: Collection[int] | None = None) -> Iterator[Finding]:
    """Every row that breaks one of the rules: of these patients, asked in one query; or of all, rule by rule."""
    asked = {rule.id: rule for rule in rules}
    answers = _of_all(asked.values()) if patients is None else _of_patients(list(asked.values()), _counted(patients))
    for name, patient, row, value in answers:
        yield Finding(name, patient, asked[name].table, row, value)


def _counted(patients: Collection[int]) -> list[int]:
    """Those of the patients who count. Asked once: a join to them in every rule would double the time of its plan."""
    rows = apps.get_model(PATIENT)._default_manager.filter(pk__in=patients, **dict.fromkeys(NONE_WHERE_COUNTED))
    return list(rows.values_list("pk", flat=True))


def _of_all(rules: Iterable[Rule]) -> Iterator[Any]:
    return chain.from_iterable(breaking(rule).iterator() for rule in rules)


@contextmanager
def _by_index(cursor: Any) -> Iterator[None]:
    """The rows beside those asked for are looked up by index: for some hundred patients the planner would rather read
    whole tables, for every rule anew."""
    with transaction.atomic():
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        yield
        cursor.execute("SET LOCAL enable_hashjoin = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT")


def _of_patients(rules: Sequence[Rule], patients: list[int]) -> list[Any]:
    if not rules or not patients:
        return []
    compiled = [_compiled(rule) for rule in rules]
    values = [patients if value == ASKED else value for _, parameters in compiled for value in parameters]
    with connection.cursor() as cursor, _by_index(cursor):
        cursor.execute(" UNION ALL ".join(f"({sql})" for sql, _ in compiled), values)
        return cursor.fetchall()


def any_of(*conditions: Any) -> Q:
    """At least one of the conditions."""
    return reduce(lambda one, other: one | other, (Q(condition) for condition in conditions))
