"""A flat clinical table, one row per patient, brought into a registry of its own through a mapping.

Everything is read and judged before anything is written. A table with refused rows is not taken in at all, unless the
caller asks for the good rows; what the database refuses is traced to its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from exchange.cells import SourceRow
from exchange.findings import Finding, Severity
from exchange.mapping import FieldRule, RecordRule, TableMapping
from patients.actions import register_many
from patients.actions.queries import portions
from patients.models import Patient
from records import access, quality, writes
from records.actions import add_many, built
from records.models import Centre, Recorded, Registry, Source, User
from records.roles import Act

WORST_FIRST = list(quality.Severity)


class TableRefused(ValueError):
    """The table as a whole does not fit the mapping."""


class _RollBack(Exception):
    """Ends a trial write."""


@dataclass(frozen=True, slots=True)
class PatientDraft:
    """What one line becomes: the patient's values and, per record rule, the record's (None where there is none)."""

    line: int
    patient: dict[str, Any]
    records: tuple[dict[str, Any] | None, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The whole table read: drafts of the good rows, and every finding."""

    rows: int
    drafts: tuple[PatientDraft, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.REFUSED)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What was written."""

    registry: str
    patients: int
    records: int
    findings: tuple[Finding, ...]


def plan(mapping: TableMapping, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> ImportPlan:
    """Read every row. Raises ``TableRefused`` when the columns are not those of the mapping."""
    heading = [column.strip() for column in columns]
    notes = [
        Finding(Severity.NOTED, 1, column, column, "blanks at the ends of the column's name were taken off")
        for column in columns
        if column != column.strip()
    ]
    _check_columns(mapping, heading)
    drafts: list[PatientDraft] = []
    findings, count, seen = notes, 0, dict[str, int]()
    for line, cells in rows:
        count += 1
        row = SourceRow(mapping, line, dict(zip(heading, cells, strict=True)))
        draft = _draft(mapping, row)
        _check_identifier(row, draft, seen)
        findings += row.findings
        if not row.refused:
            drafts.append(draft)
    return ImportPlan(count, tuple(drafts), tuple(findings))


def _check_columns(mapping: TableMapping, heading: list[str]) -> None:
    twice = sorted({column for column in heading if heading.count(column) > 1})
    lacking = sorted((mapping.columns() | set(mapping.ignored)) - set(heading))
    unmapped = sorted(set(heading) - mapping.columns() - set(mapping.ignored))
    for columns, sentence in (
        (twice, "stand more than once in the heading"),
        (lacking, "are named by the mapping but not in the table"),
        (unmapped, "are in the table but not in the mapping: map them, or name them under 'ignored' with the reason"),
    ):
        if columns:
            raise TableRefused(f"Columns {', '.join(map(repr, columns))} {sentence}.")


def _draft(mapping: TableMapping, row: SourceRow) -> PatientDraft:
    for check in mapping.checks:
        row.run(check)
    return PatientDraft(
        row.line,
        _values(row, mapping.patient),
        tuple(_record(row, rule) for rule in mapping.records),
    )


def _record(row: SourceRow, rule: RecordRule) -> dict[str, Any] | None:
    if not _applies(row, rule):
        return None
    values = _values(row, rule.fields)
    return None if any(values[name] is None for name in rule.needs) else values


def _values(row: SourceRow, rules: Mapping[str, FieldRule]) -> dict[str, Any]:
    return {name: row.value(rule) for name, rule in rules.items()}


def _applies(row: SourceRow, rule: RecordRule) -> bool:
    return all(
        row.given(condition.column) and (condition.among is None or row.cells[condition.column] in condition.among)
        for condition in rule.when
    )


def _check_identifier(row: SourceRow, draft: PatientDraft, seen: dict[str, int]) -> None:
    identifier = draft.patient.get("external_id")
    if identifier in seen:
        row.find(
            Severity.REFUSED, "external_id", str(identifier), f"the identifier stands on line {seen[identifier]} too"
        )
    elif identifier:
        seen[identifier] = row.line


def take_in(
    table: ImportPlan, mapping: TableMapping, *, by: User, skip_refused: bool = False, dry_run: bool = False
) -> ImportResult:
    """Write the drafts, all or nothing; with ``skip_refused`` the good rows. ``dry_run`` tries, and takes it all back.

    The result's findings say which lines the database refused too; when there are any (and they are not skipped),
    nothing was written.
    """
    access.require(by, Act.IMPORT)
    try:
        # Gathered inside the transaction, so that what is taken back opens no data query.
        with transaction.atomic(), writes.gathered():
            registry, centre = _registry_and_centre(mapping)
            writer = _Writer(mapping, by, registry, centre)
            refusals = _known_already(registry, table.drafts) + writer.unclean(table.drafts)
            drafts = _without(table.drafts, refusals)
            written, late = writer.write(drafts)
            if late and skip_refused:
                drafts = _without(drafts, late)
                written, _ = writer.write(drafts)
            broken = rule_findings(mapping, dict(zip(written.patients, drafts, strict=False)))
            findings = (*table.findings, *refusals, *late, *broken)
            stopped = not skip_refused and any(item.severity is Severity.REFUSED for item in findings)
            if stopped or dry_run:
                raise _RollBack
    except _RollBack:
        pass
    if stopped:
        return ImportResult(mapping.registry["code"], 0, 0, findings)
    return ImportResult(mapping.registry["code"], len(drafts), written.records, findings)


def _registry_and_centre(mapping: TableMapping) -> tuple[Registry, Centre]:
    code = mapping.registry["code"]
    registry, _ = Registry.objects.get_or_create(code=code, defaults=dict(mapping.registry))
    centre, _ = Centre.objects.get_or_create(code=mapping.centre["code"], defaults=dict(mapping.centre))
    return registry, centre


def _known_already(registry: Registry, drafts: Sequence[PatientDraft]) -> list[Finding]:
    known = dict(Patient.objects.filter(registry=registry, voided_at=None).values_list("external_id", "number"))
    return [
        Finding(
            Severity.REFUSED,
            draft.line,
            "external_id",
            draft.patient["external_id"],
            f"is in the registry already, as {known[draft.patient['external_id']]}",
        )
        for draft in drafts
        if draft.patient.get("external_id") in known and draft.patient.get("external_id") is not None
    ]


def _without(drafts: Sequence[PatientDraft], refusals: Iterable[Finding]) -> list[PatientDraft]:
    lines = {finding.line for finding in refusals}
    return [draft for draft in drafts if draft.line not in lines]


def rule_findings(mapping: TableMapping, drafts: Mapping[int, PatientDraft]) -> list[Finding]:
    """What the data-quality rules find in the patients just written, by primary key; each opens a data query."""
    columns = _columns_of(mapping)
    found: list[Finding] = []
    for some in portions(list(drafts)):
        for finding in quality.findings(quality.registered(), some):
            rule = quality.rule(finding.rule)
            assert rule is not None  # it was just asked
            place = f"{rule.model._meta.label}.{rule.field}"
            found.append(
                Finding(
                    Severity.REPORTED,
                    drafts[finding.patient].line,
                    columns.get(place, place),
                    finding.value,
                    f"{rule.sentence} (rule {rule.id})",
                    WORST_FIRST.index(rule.severity),
                )
            )
    return sorted(found, key=lambda finding: (finding.place, finding.line))


def _columns_of(mapping: TableMapping) -> dict[str, str]:
    """The column from which a field is filled, by 'patients.Diagnosis.date'."""
    rules: list[tuple[type[Recorded], Mapping[str, FieldRule]]] = [(Patient, mapping.patient)]
    rules += [(record.model, record.fields) for record in mapping.records]
    return {
        f"{model._meta.label}.{name}": rule.column
        for model, fields in rules
        for name, rule in fields.items()
        if rule.column
    }


@dataclass(frozen=True, slots=True)
class Written:
    """Primary keys of the patients, in the order of their drafts, and how many records stand below them."""

    patients: tuple[int, ...]
    records: int


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes drafts through the bulk actions, and finds the lines that the database refuses."""

    mapping: TableMapping
    by: User
    registry: Registry
    centre: Centre

    def write(self, drafts: Sequence[PatientDraft]) -> tuple[Written, list[Finding]]:
        """Write all the drafts, or none and say what the database refuses."""
        try:
            with transaction.atomic():
                return self._written(drafts), []
        except ValidationError as error:
            return Written((), 0), self._traced(drafts, error)

    def _traced(self, drafts: Sequence[PatientDraft], error: ValidationError) -> list[Finding]:
        """The refused lines of a refused block: each half is tried, and halved again where it is refused too."""
        if len(drafts) == 1:
            return [Finding(Severity.REFUSED, drafts[0].line, "", "", " ".join(error.messages))]
        half = len(drafts) // 2
        return [finding for block in (drafts[:half], drafts[half:]) for finding in self._tried(block)]

    def _tried(self, drafts: Sequence[PatientDraft]) -> list[Finding]:
        try:
            with transaction.atomic():
                self._written(drafts)
                raise _RollBack
        except _RollBack:
            return []
        except ValidationError as error:
            return self._traced(drafts, error)

    def _written(self, drafts: Sequence[PatientDraft]) -> Written:
        if not drafts:
            return Written((), 0)
        patients = register_many(
            by=self.by,
            registry=self.registry,
            centre=self.centre,
            rows=[draft.patient for draft in drafts],
            source=Source.IMPORT,
        )
        made: dict[str, dict[int, models.Model]] = {}
        total = 0
        for index, rule in enumerate(self.mapping.records):
            chosen = [
                (draft.line, self._row(rule, patient, values, made[rule.below][draft.line] if rule.below else None))
                for draft, patient in zip(drafts, patients, strict=True)
                if (values := draft.records[index]) is not None
            ]
            add_many([row for _, row in chosen], by=self.by, source=Source.IMPORT)
            if rule.name:
                made[rule.name] = dict(chosen)
            total += len(chosen)
        return Written(tuple(patient.pk for patient in patients), total)

    def _row(self, rule: RecordRule, patient: Patient, values: dict[str, Any], parent: models.Model | None) -> Any:
        below: dict[str, Any] = {}
        if rule.model.parent_field and parent is not None:
            below[rule.model.parent_field] = parent
        return built(rule.model, by=self.by, source=Source.IMPORT, patient=patient, **below, **values)

    def unclean(self, drafts: Sequence[PatientDraft]) -> list[Finding]:
        """What the fields' own validators refuse."""
        return [finding for draft in drafts for finding in self._unclean(draft)]

    def _unclean(self, draft: PatientDraft) -> list[Finding]:
        made: list[tuple[type[models.Model], dict[str, Any]]] = [(Patient, draft.patient)]
        for rule, values in zip(self.mapping.records, draft.records, strict=True):
            if values:
                made.append((rule.model, values))
        return [
            Finding(Severity.REFUSED, draft.line, f"{model._meta.label}.{name}", str(values[name]), " ".join(messages))
            for model, values in made
            for name, messages in _field_errors(model, values).items()
        ]


def _field_errors(model: type[models.Model], values: dict[str, Any]) -> dict[str, list[str]]:
    """What the fields' own validators say of the values."""
    row = model(**values)
    others = {field.name for field in model._meta.fields} - set(values)
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        return dict(error.message_dict)
    return {}
