"""Two charts row by row: which records say the same, and which only one of them has. Read-only; merging acts on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Field, ForeignKey, UniqueConstraint

from patients.models import (
    ChartLock,
    ClinicalRow,
    DataQuery,
    Discrepancy,
    DistinctPair,
    Identity,
    Patient,
    SecondEntry,
)
from records.models import RECORDING
from records.selectors import children_of

Kind = type[ClinicalRow]
# About the chart or the person rather than in the chart: a merge treats each of them in its own way.
APART: tuple[Kind, ...] = (Identity, DataQuery, ChartLock, DistinctPair, SecondEntry, Discrepancy)


class Ref(NamedTuple):
    """A record as somebody has read it."""

    table: str
    pk: int
    version: int


def ref(row: ClinicalRow) -> Ref:
    return Ref(row._meta.label_lower, row.pk, row.version)


def kinds() -> list[Kind]:
    """Models of the rows that make up a chart, those below other rows included."""
    related: list[Any] = [(relation.related_model, relation.field) for relation in Patient._meta.related_objects]
    return [
        model
        for model, key in related
        if issubclass(model, ClinicalRow) and key.name == "patient" and model not in APART
    ]


def is_single(kind: Kind) -> bool:
    """Whether a patient has at most one live row of the kind."""
    rules = (rule for rule in kind._meta.constraints if isinstance(rule, UniqueConstraint))
    return any(tuple(rule.fields) == ("patient",) for rule in rules)


def references(kind: Kind) -> list[ForeignKey[Any, Any]]:
    """Foreign keys to other rows of the same chart: the row it hangs below, and those it names."""
    return [
        field
        for field in kind._meta.concrete_fields
        if isinstance(field, ForeignKey) and issubclass(field.related_model, ClinicalRow)
    ]


def said_by(kind: Kind) -> list[Field[Any, Any]]:
    """Fields that hold what the chart says."""
    apart = {*RECORDING, "id", "patient", kind.parent_field}
    return [field for field in kind._meta.concrete_fields if field.name not in apart and not field.generated]


class Charts:
    """Every row of some patients, void ones included, read with one query per kind."""

    def __init__(self, *patients: Patient) -> None:
        self.rows: dict[Kind, dict[int, Any]] = {
            kind: {row.pk: row for row in kind._default_manager.filter(patient__in=patients).order_by("pk")}
            for kind in kinds()
        }
        self.below: dict[tuple[Kind, int], list[Any]] = {}
        for kind in self.rows:
            for child, key in children_of(kind):
                below: Any = child
                for row in self.rows.get(below, {}).values():
                    self.below.setdefault((kind, getattr(row, f"{key}_id")), []).append(row)

    def tops(self, patient: Patient) -> Iterator[Any]:
        """Live rows of the patient that hang below no other."""
        for kind, rows in self.rows.items():
            if kind.parent_field is None:
                yield from (row for row in rows.values() if row.patient_id == patient.pk and not row.is_void)

    def count(self, patient: Patient) -> int:
        """How many live rows the patient has."""
        every = (row for rows in self.rows.values() for row in rows.values())
        return sum(row.patient_id == patient.pk and not row.is_void for row in every)

    def children(self, row: Any) -> list[Any]:
        return self.below.get((type(row), row.pk), [])

    def naming(self, row: Any) -> Iterator[Any]:
        """Rows, void ones included, that hang below the row or name it: the database holds them to its patient."""
        for kind, rows in self.rows.items():
            for key in references(kind):
                if key.related_model is type(row):
                    yield from (other for other in rows.values() if getattr(other, key.attname) == row.pk)

    def content(self, row: Any) -> tuple[Any, ...]:
        """What the row and the live rows below it say, whoever's they are."""
        own = tuple(self.value(row, field) for field in said_by(type(row)))
        children = [self.content(child) for child in self.children(row) if not child.is_void]
        return (type(row)._meta.label, own, tuple(sorted(children, key=repr)))

    def value(self, row: Any, field: Field[Any, Any]) -> Any:
        value = getattr(row, field.attname)
        if field in references(type(row)) and value is not None:
            related: Any = field.related_model
            return self.content(self.rows[related][value])
        return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Compared:
    """The live rows of one kind at both patients. ``twins`` are the pairs that say the same; of a single kind there are
    at most one row on each side."""

    kind: Kind
    twins: list[tuple[Any, Any]]
    only_kept: list[Any]
    only_dropped: list[Any]

    @property
    def single(self) -> bool:
        return is_single(self.kind)

    @property
    def contested(self) -> bool:
        """Whether it has to be said which row stands."""
        return self.single and bool(self.only_kept) and bool(self.only_dropped)

    @property
    def optional(self) -> list[Any]:
        """Rows of the patient to be merged of which it has to be said whether they come over, equal ones first."""
        return [] if self.single else [*(other for _, other in self.twins), *self.only_dropped]


def compare(charts: Charts, keep: Patient, drop: Patient) -> list[Compared]:
    """What the two have of each kind of record, in the order of the models."""
    return [_compared(charts, kind, keep, drop) for kind in charts.rows if kind.parent_field is None]


def _compared(charts: Charts, kind: Kind, keep: Patient, drop: Patient) -> Compared:
    live = [row for row in charts.rows[kind].values() if not row.is_void]
    standing = [row for row in live if row.patient_id == keep.pk]
    twins, only_dropped = [], []
    for row in live:
        if row.patient_id != drop.pk:
            continue
        twin = next((other for other in standing if charts.content(other) == charts.content(row)), None)
        if twin is None:
            only_dropped.append(row)
        else:
            standing.remove(twin)
            twins.append((twin, row))
    return Compared(kind, twins, standing, only_dropped)


def must_come(row: Any) -> bool:
    """A withdrawal of consent is never left behind."""
    return getattr(row, "withdrawn_on", None) is not None
