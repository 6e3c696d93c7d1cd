"""Every number says its unit, in its name or in the help beside it."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import models

from records.models import Recorded

UNITS = re.compile(
    r"\b(cm|kg|mm|gy|days|years|mg/m²|mg m2|pack years|lesions|fractions|copies/ml|in the unit|0 to \d+|1 to \d+)\b"
)
# Numbers that count or name, and those whose unit is a field of its own.
BARE = {
    "dataquery.row", "discrepancy.row", "discrepancy.second_row", "diagnosis.staging_edition", "labresult.value",
    "systemiccourse.line", "chemotherapycycle.number",
}  # fmt: skip
MODELS = [model for app in ("patients", "treatments") for model in apps.get_app_config(app).get_models()]
CLINICAL = [model for model in MODELS if issubclass(model, Recorded)]


def numbers(model: type[models.Model]) -> list[models.Field[object, object]]:
    own = [field for field in model._meta.concrete_fields if field.editable and not field.is_relation]
    return [
        field for field in own if isinstance(field, models.IntegerField | models.DecimalField) and not field.primary_key
    ]


@pytest.mark.parametrize("model", CLINICAL, ids=lambda model: model.__name__)
def test_every_number_says_its_unit(model: type[models.Model]) -> None:
    without = [
        str(field)
        for field in numbers(model)
        if f"{model._meta.model_name}.{field.name}" not in BARE
        and not UNITS.search(f"{field.name.replace('_', ' ')} {field.verbose_name} {field.help_text}".lower())
    ]
    assert without == []
