"""Every stored field says whether it identifies a person; a new one without a word about that fails here."""

from __future__ import annotations

from typing import Any

import pghistory.models
import pytest
from django.apps import apps
from django.db import models

from analyses.derivation.frames import SCHEMA
from records.classification import OWN_TABLES, RECORDED, Kind, kind_of, registered
from records.models import Recorded
from records.partial_dates import PartialDateField
from treatments import classification as of_treatments

FIELDS = registered()
OWN = {*OWN_TABLES, *of_treatments.OWN_TABLES}


def stored(app: str) -> list[type[models.Model]]:
    """The app's tables, without the trail: it copies their fields."""
    return [model for model in apps.get_app_config(app).get_models() if not issubclass(model, pghistory.models.Event)]


def kinds(model: type[models.Model]) -> dict[str, Kind | None]:
    return {field.name: kind_of(field) for field in model._meta.concrete_fields}


@pytest.mark.parametrize("app", ["records", "patients", "treatments"])
def test_every_field_of_every_table_is_classified(app: str) -> None:
    unknown = [model.__name__ for model in stored(app) if model not in FIELDS and model not in OWN]
    assert not unknown
    bare = [f"{m.__name__}.{name}" for m in stored(app) if m in FIELDS for name, kind in kinds(m).items() if not kind]
    assert not bare


@pytest.mark.parametrize("model", FIELDS, ids=lambda model: model.__name__)
def test_only_fields_that_exist_are_classified_and_each_once(model: type[models.Model]) -> None:
    assert set(FIELDS[model]) <= {field.name for field in model._meta.concrete_fields}
    assert not set(FIELDS[model]) & set(RECORDED) or not issubclass(model, Recorded)


def carelessly(field: models.Field[Any, Any], kind: Kind | None) -> bool:
    """Whether a field by its very type says more about a person than its classification admits."""
    if isinstance(field, models.BinaryField | models.TextField):
        return kind is not Kind.IDENTIFYING
    dated = isinstance(field, PartialDateField | models.DateField) and not isinstance(field, models.DateTimeField)
    return dated and kind not in (Kind.QUASI, Kind.IDENTIFYING)


@pytest.mark.parametrize("model", FIELDS, ids=lambda model: model.__name__)
def test_free_text_secrets_and_dates_are_never_plainly_clinical(model: type[models.Model]) -> None:
    careless = [f.name for f in model._meta.concrete_fields if carelessly(f, kind_of(f))]
    assert not careless


def test_no_dataset_holds_an_identifying_field() -> None:
    by_table = {model._meta.model_name: kinds(model) for model in FIELDS}
    held = [
        f"{table}.{name}"
        for table, columns in SCHEMA.items()
        for name in columns
        if by_table.get(table, {}).get(name) is Kind.IDENTIFYING
    ]
    assert not held
