"""Thirty charts of the rebuilt cohort entered twice, with errors planted: these are found and nothing else."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey

from patients.abstraction import chart_of, compared_fields, copied_fields, parent_of
from patients.actions import finish_second_entry, start_second_entry
from patients.models import FollowUp, Patient, SecondEntry
from records.actions import add_many, built
from records.models import Centre, Membership, Recorded, Source, User
from records.partial_dates import PartialDateField

CHARTS, SHARE = 30, 0.05
Key = tuple[str, int, str]


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
    except IntegrityError:
        return False
    return True


@pytest.mark.django_db
def test_the_comparison_finds_just_the_errors_that_were_planted() -> None:
    call_command("build_study_cohort", seed=1, verbosity=0)
    manager = User.objects.create(username="second manager", is_superuser=True)
    abstractor = User.objects.create(username="second abstractor")
    for centre in Centre.objects.all():
        Membership.objects.create(user=abstractor, centre=centre, role="abstractor")
    draw = random.Random(20260101)
    fields = records = 0
    for patient in draw.sample(list(Patient.objects.order_by("pk")), CHARTS):
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
