"""Thirty charts of the rebuilt cohort entered twice, with errors planted: these are found and nothing else."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import ForeignKey

from exchange.study_cohort import writer
from exchange.study_cohort.records import TABLES, Records, parent_table
from patients.abstraction import chart_of, compared_fields, copied_fields, parent_of
from patients.actions import finish_second_entry, start_second_entry
from patients.models import FollowUp, Patient, SecondEntry
from records.accounts import service_account
from records.actions import add_many, built
from records.models import Centre, Membership, Recorded, Source, User
from records.partial_dates import PartialDateField
from tests.exchange import cohorts

CHARTS, SHARE = 30, 0.05
Key = tuple[str, int, str]


def charts_of(records: Records, patients: set[int]) -> Records:
    """The charts of these patients alone; rows refer to each other by their places, which are new."""
    tables: dict[str, list[dict[str, Any]]] = {}
    places: dict[str, dict[int, int]] = {}
    for table in TABLES:
        tables[table], places[table] = [], {}
        for place, row in enumerate(records.tables[table]):
            above = {name: "patient" if name == "patient" else parent_table(table, name) for name in row}
            refers = {name: other for name, other in above.items() if other and row[name] is not None}
            if place in patients if table == "patient" else all(row[name] in places[refers[name]] for name in refers):
                places[table][place] = len(tables[table])
                tables[table].append(row | {name: places[other][row[name]] for name, other in refers.items()})
    return Records(tables)


def copied(entry: SecondEntry) -> list[Any]:
    """The second chart, as the first stands; its rows."""
    copies: dict[tuple[type[Recorded], int], Any] = {}
    for model, rows in chart_of(entry.patient).items():
        if model is Patient:
            names = [field.name for field in compared_fields(model)]
            values = {name: getattr(entry.patient, name) for name in names}
            Patient.objects.filter(pk=entry.chart_id).update(**values)
            copies[model, entry.patient_id] = Patient.objects.get(pk=entry.chart_id)
            continue
        new = [built(model, by=entry.abstractor, source=Source.CHART, **values_of(row, entry, copies)) for row in rows]
        add_many(new, by=entry.abstractor, source=Source.CHART)
        copies |= {(model, row.pk): copy for row, copy in zip(rows, new, strict=True)}
    return list(copies.values())


def values_of(row: Any, entry: SecondEntry, copies: dict[tuple[type[Recorded], int], Any]) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in copied_fields(type(row))}
    pointed = {name: copies[type(value), value.pk] for name, value in values.items() if isinstance(value, Recorded)}
    return values | pointed | ({} if parent_of(type(row)) else {"patient": entry.chart})


def wrong(field: Any, value: Any, draw: random.Random) -> Any:
    """Another value, such as a slip would give."""
    if isinstance(value, bool):
        return not value
    if isinstance(field, ForeignKey) or isinstance(value, list):
        return None
    if isinstance(field, PartialDateField):
        return (
            f"{value[:8]}{draw.choice([day for day in range(1, 29) if day != int(value[8:])]):02d}"
            if value[7:]
            else None
        )
    if field.choices:
        return draw.choice([code for code, _ in field.flatchoices if code != value])
    return value + 1 if isinstance(value, int | Decimal) else f"{value} or so"


def planted(rows: list[Any], draw: random.Random) -> set[Key]:
    """Errors in so many of the fields that are given; what the database refuses is left as it was."""
    fields = [(row, field) for row in rows for field in compared_fields(type(row))]
    given = [(row, field) for row, field in fields if getattr(row, field.attname) not in (None, "")]
    return {
        (row._meta.label_lower, row.pk, field.name)
        for row, field in draw.sample(given, round(SHARE * len(given)))
        if stored(row, {field.name: wrong(field, getattr(row, field.name), draw)})
    }


def stored(row: Any, values: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(**values)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (IntegrityError, DataError):
        return False
    return True


@pytest.mark.django_db
def test_the_comparison_finds_just_the_errors_that_were_planted() -> None:
    draw = random.Random(20260101)
    chosen = draw.sample(range(746), CHARTS)
    writer.write(charts_of(cohorts.records(1), set(chosen)), by=service_account(), reason="a test")
    manager = User.objects.create(username="second manager", is_superuser=True)
    abstractor = User.objects.create(username="second abstractor")
    for centre in Centre.objects.all():
        Membership.objects.create(user=abstractor, centre=centre, role="abstractor")
    fields = records = 0
    for patient in Patient.objects.order_by("pk"):
        entry = start_second_entry(patient, by=manager, abstractor=abstractor)
        rows = copied(entry)
        errors: set[Key] = planted(rows, draw)
        contacts = [row for row in rows if isinstance(row, FollowUp)]
        if len(contacts) > 2:
            missed = draw.choice(contacts)
            FollowUp.objects.filter(pk=missed.pk).update(
                voided_at="2020-01-01T00:00Z", voided_by=abstractor, void_reason="x"
            )
            errors = {key for key in errors if key[:2] != ("patients.followup", missed.pk)}
            records += 1
        entry = finish_second_entry(entry, by=abstractor, version=1)
        found = list(entry.discrepancies.all())
        assert {(row.table, row.second_row, row.field) for row in found if row.field} == errors
        alone = [(row.table, row.second_row) for row in found if not row.field]
        assert alone == [("patients.followup", None)] * (len(contacts) > 2)
        fields += len(errors)
    print(f"{CHARTS} charts, {fields} fields and {records} missed contacts planted, all of them found and nothing else")
    assert fields > 100
