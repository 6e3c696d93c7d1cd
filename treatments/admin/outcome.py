"""Entry of response to treatment and adverse events."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from records import sections
from records.admin import ChildInline, OwnCentres, RecordAdmin, SiblingInline, State
from records.admin.fields import DIFFERS, compared
from treatments.admin import marks
from treatments.models import AdverseEvent, ResponseAssessment, ResponseCategory, SystemicCourse, TargetLesion
from treatments.recist import PARTIAL, PROGRESSION, PROGRESSION_MM, implied_category

RULE = {
    "partial": str(PARTIAL),
    "progression": str(PROGRESSION),
    "progression_mm": PROGRESSION_MM,
    "labels": dict(ResponseCategory.choices),
    "differs": DIFFERS,
}


class ResponseLines(SiblingInline):
    """Responses of the patient, beside the treatment that they followed."""

    model = ResponseAssessment
    verbose_name_plural = "responses to treatment"
    fields = ("timepoint", "date", "category")


class LesionLines(ChildInline):
    model = TargetLesion
    verbose_name_plural = "target lesions"
    fields = ("location", "baseline_mm", "smallest_mm", "current_mm")


@admin.register(ResponseAssessment)
class ResponseAssessmentAdmin(RecordAdmin):
    list_display = ("patient", "timepoint", "date", "category")
    list_filter = (State, "timepoint", "category", OwnCentres)
    inlines: ClassVar[list[Any]] = [LesionLines]
    readonly_fields = ("by_lesions",)
    fieldsets = (
        (None, {"fields": ("patient", ("timepoint", "date", "category", "by_lesions"))}),
        (None, {"fields": ("modalities", "note"), "classes": ["after-lines"]}),
    )

    @admin.display(description="by the target lesions")
    def by_lesions(self, assessment: ResponseAssessment) -> SafeString:
        """As stored; static/entry/recist.js goes on from there by the same rule while lesions are typed."""
        lesions = assessment.target_lesions.all() if assessment.pk else ()
        shown = compared(implied_category(lesions), assessment.category)
        return format_html('<output id="implied" data-recist="{}">{}</output>', json.dumps(RULE), shown)


@admin.register(TargetLesion)
class TargetLesionAdmin(RecordAdmin):
    list_display = ("patient", "location", "baseline_mm", "smallest_mm", "current_mm")
    list_filter = (State, OwnCentres)
    fields = ("assessment", "location", ("baseline_mm", "smallest_mm", "current_mm"), "note")


@admin.register(AdverseEvent)
class AdverseEventAdmin(RecordAdmin):
    list_display = ("patient", "term", "grade", "onset", "resolution", "phase")
    list_filter = (State, "grade", "phase", OwnCentres)
    fields = ("patient", ("term", "grade"), ("onset", "resolution"), ("phase", "related_to"), "note")


sections.register(
    sections.Section(
        ResponseAssessment,
        "Response",
        70,
        ("timepoint", "date", "category", "modalities"),
        lines_of=SystemicCourse,
        order_by=("date_first", "pk"),
        needed=True,
        marks=marks.of_response,
        expected=("date", "category", "modalities"),
    )
)
sections.register(
    sections.Section(
        AdverseEvent,
        "Adverse events",
        75,
        ("term", "grade", "phase", "onset", "resolution"),
        order_by=("onset_first", "pk"),
        expected=("term", "grade", "onset", "phase"),
    )
)
