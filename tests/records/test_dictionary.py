"""The data dictionary says of every stored field what its model, its constraints and its classification say."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import models

from patients.models import Diagnosis, Identity, LabResult, MetastaticSite, PerformanceStatus
from records.classification import registered
from records.dictionary import EVERY_RECORD, SHARED, Field, Range, described, plain_type_of, tables
from records.models import Recorded


def field(table: str, name: str) -> Field:
    found = next(item for item in tables() if item.name.endswith(f".{table}"))
    return next(item for item in found.fields if item.name == name)


def test_every_stored_field_stands_in_it_exactly_once() -> None:
    listed = Counter((table.name, item.name) for table in tables() for item in table.fields)
    shared = {(EVERY_RECORD, name) for name in SHARED}
    own = {
        (model._meta.label_lower, item.name)
        for model in registered()
        for item in model._meta.concrete_fields
        if not (issubclass(model, Recorded) and item.name in SHARED)
    }
    assert set(listed) == shared | own
    assert set(listed.values()) == {1}


def test_columns_of_every_record_are_the_same_on_all() -> None:
    first, *rest = [
        [described(item) for item in model._meta.concrete_fields if item.name in SHARED]
        for model in registered()
        if issubclass(model, Recorded)
    ]
    assert all(other == first for other in rest)


@pytest.mark.parametrize(
    ("table", "name", "words", "unit", "limits"),
    [
        ("diagnosis", "height_cm", "number, 1 decimal", "cm", "40 to 250"),
        ("diagnosis", "pack_years", "number, 1 decimal", "pack-years", "0 to 400"),
        ("drugdose", "mg_m2", "number, 1 decimal", "mg/m² per day", "0 to 15000"),
        ("radiotherapycourse", "fractions_per_week", "whole number", "", "1 to 14"),
        ("performancestatus", "kps", "whole number", "", "0 to 100"),
        ("labresult", "value", "number, 3 decimals", "as in unit", "0 or more"),
        ("labresult", "detection_limit", "number, 3 decimals", "as in unit", "above 0"),
        ("systemiccourse", "line", "whole number", "", "1 to 20"),
        ("diagnosis", "date", "partial date", "", ""),
        ("diagnosis", "date_last", "date, the last possible day of date", "", ""),
        ("diagnosis", "comorbidities", "several of", "", ""),
        ("metastaticsite", "multiple_not_counted", "yes or no", "", ""),
        ("identity", "hospital_number", "encrypted text", "", ""),
        ("identity", "hospital_number_index", "text, keyed hash of hospital_number", "", ""),
        ("localtreatment", "site", "reference to metastatic site", "", ""),
    ],
)
def test_type_unit_and_range(table: str, name: str, words: str, unit: str, limits: str) -> None:
    found = field(table, name)
    assert (found.words, found.unit, str(found.range or "")) == (words, unit, limits)


def test_what_must_be_given_and_what_a_person_enters() -> None:
    def names(model: Any, what: str) -> set[str]:
        return {item.name for item in map(described, model._meta.concrete_fields) if getattr(item, what)}

    assert names(MetastaticSite, "required") - SHARED == {"patient", "organ"}
    assert names(LabResult, "required") - SHARED == {"patient", "date", "analyte", "unit"}
    assert names(PerformanceStatus, "entered") == {"patient", "date", "timepoint", "kps", "ecog", "note"}
    assert not {name for name in names(Identity, "entered") if name.endswith("_index")}
    assert not {name for name in names(Diagnosis, "entered") if name.endswith(("_first", "_last"))}


def test_it_says_of_what_a_patient_has_only_one() -> None:
    single = {table.name.rpartition(".")[2] for table in tables() if table.single}
    assert single == {"patient", "identity", "identitykey", "diagnosis", "death", "secondentry", "chartlock"}


def test_what_is_not_classified_or_of_an_unknown_class_cannot_be_described() -> None:
    stray = models.DurationField()
    stray.set_attributes_from_name("stray")
    stray.model = Diagnosis
    with pytest.raises(LookupError, match="not classified"):
        described(stray)
    with pytest.raises(LookupError, match="no words for"):
        plain_type_of(stray)


def test_a_range_prints_itself() -> None:
    assert [str(Range(0, 90)), str(Range(0)), str(Range(0, above=True))] == ["0 to 90", "0 or more", "above 0"]
