"""Entry of performance status, laboratory results and quality of life."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from patients.models import Diagnosis, LabResult, PerformanceStatus, QualityOfLife
from patients.models.assessments import UNIT_OF
from records import sections
from records.admin import OwnCentres, RecordAdmin, State


@admin.register(PerformanceStatus)
class PerformanceStatusAdmin(RecordAdmin):
    list_display = ("patient", "timepoint", "date", "kps", "ecog")
    list_filter = (State, "timepoint", "kps", "ecog", OwnCentres)
    fields = ("patient", ("timepoint", "date"), ("kps", "ecog"), "note")


@admin.register(LabResult)
class LabResultAdmin(RecordAdmin):
    list_display = ("patient", "analyte", "date", "value", "unit", "below_limit")
    list_filter = (State, "analyte", "below_limit", OwnCentres)
    fields = ("patient", ("analyte", "date"), ("value", "unit"), ("below_limit", "detection_limit"), "assay", "note")

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_choice_field(db_field, request, **kwargs)
        if db_field.name == "analyte":
            field.widget.attrs["data-units"] = json.dumps(UNIT_OF)  # the one unit of each, chosen with it
        return field


@admin.register(QualityOfLife)
class QualityOfLifeAdmin(RecordAdmin):
    list_display = ("patient", "instrument", "scale", "score", "date")
    list_filter = (State, "instrument", OwnCentres)
    fields = ("patient", "date", ("instrument", "scale"), "score", "note")


def value(result: LabResult) -> str:
    if result.below_limit:
        return f"< {result.detection_limit.normalize():f}" if result.detection_limit is not None else "below limit"
    return f"{result.value.normalize():f}" if result.value is not None else ""


def measured(status: PerformanceStatus) -> bool:
    return status.kps is not None or status.ecog is not None


value.number = True  # type: ignore[attr-defined]

sections.register(
    sections.Section(
        PerformanceStatus,
        "Performance status",
        30,
        ("timepoint", "date", "kps", "ecog"),
        lines_of=Diagnosis,
        order_by=("date_first", "pk"),
        needed=True,
        expected=("date", measured),
    )
)
sections.register(
    sections.Section(
        LabResult,
        "Laboratory",
        80,
        ("analyte", "date", value, "unit"),
        order_by=("date_first", "pk"),
        needed=True,
        expected=("date", lambda result: result.value is not None or result.below_limit),
    )
)
sections.register(
    sections.Section(
        QualityOfLife, "Quality of life", 90, ("instrument", "scale", "date", "score"), order_by=("date_first", "pk")
    )
)
