"""Constraints as small tables: rows that break a rule, rows that keep it, each put straight into the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction

from records.actions import built
from records.models import Recorded, Source
from tests.access_matrix import model_of, values_of

if TYPE_CHECKING:
    from tests.worlds import World

Values = dict[str, Any]

VOID = "void"  # as a value's name: the row is void
OTHER = "another patient"  # as the patient: not the one of the other rows


@dataclass(frozen=True)
class Case:
    """Rows of one kind, by what sets them apart from a good one. Each list in ``broken`` breaks ``rule``, none in
    ``kept`` does."""

    rule: str
    broken: Sequence[Sequence[Values]]
    kept: Sequence[Sequence[Values]]


def case(rule: str, broken: Values | Sequence[Values], kept: Values | Sequence[Values]) -> Case:
    return Case(rule, [rows(broken)], [rows(kept)])


def rows(given: Values | Sequence[Values]) -> Sequence[Values]:
    return [given] if isinstance(given, dict) else given


def dates(model: str, *fields: str) -> list[Case]:
    return [case(f"{model}_{field}_is_partial_date", {field: "2012-5"}, {field: "2012-05"}) for field in fields]


def choices(model: str, **good: Any) -> list[Case]:
    """Fields with a declared list of values, each with a value of that list."""
    return [
        case(f"{model}_{field}_known", {field: ["x"] if isinstance(value, list) else "x"}, {field: value})
        for field, value in good.items()
    ]


def ranges(model: str, **ends: tuple[float, float]) -> list[Case]:
    """Numbers with the ends of what is possible, both of them possible."""
    return [
        Case(
            f"{model}_{field}_possible",
            [[{field: low - 1}], [{field: high + 1}]] if low else [[{field: high + 1}]],
            [[{field: low}], [{field: high}]],
        )
        for field, (low, high) in ends.items()
    ]


def once(model: str, values: Values, name: str = "once", **other: Any) -> Case:
    """At most one live row of ``values``; void ones, and one that is ``other`` than them, do not count."""
    apart = [[values, {**values, **other}]] if other else []
    return Case(f"{model}_{name}", [[values, values]], [[{**values, VOID: True}, values], *apart])


class Undone(Exception):
    pass


def rule_refusing(*writes: Callable[[], Any]) -> str | None:
    """Name of the rule by which the database refuses the writes; None where it takes them. Nothing stays written."""
    try:
        with transaction.atomic():
            for write in writes:
                write()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise Undone
    except Undone:
        return None
    except IntegrityError as error:
        return str(getattr(error.__cause__, "diag").constraint_name)  # noqa: B009  # no static type knows it


def writing(world: World, kind: str, base: Values, values: Values) -> Callable[[], Any]:
    """The write of a row straight into its table, past the checks of forms and actions."""
    model = model_of(kind)
    values = base | values
    values = {name: world.patient() if value is OTHER else value for name, value in values.items()}
    if values.pop(VOID, False):
        values |= {"voided_at": "2020-01-01T00:00Z", "voided_by": world.admin, "void_reason": "a test"}
    recorded = issubclass(model, Recorded)
    row = built(model, by=world.admin, source=Source.CHART, **values) if recorded else model(**values)
    return partial(row.save, force_insert=True)


def surprises(world: World, kind: str, cases: Iterable[Case], base: Values | None = None) -> list[str]:
    """Cases that the database decides otherwise than the table says."""
    base = values_of(world, world.here, kind) if base is None else base
    found = []
    for item in cases:
        for expected, alternatives in ((item.rule, item.broken), (None, item.kept)):
            for given in alternatives:
                answer = rule_refusing(*[writing(world, kind, base, values) for values in given])
                if answer != expected:
                    found.append(f"{item.rule}: {given} gave {answer}")
    return found


def declared(kind: str) -> set[str]:
    """Names of the constraints of a model, but for those that every record has, and those that only carry keys."""
    ends = ("_void_whole", "_source_known", "_of_patient")
    return {rule.name for rule in model_of(kind)._meta.constraints if not rule.name.endswith(ends)}
