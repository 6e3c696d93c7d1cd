"""Entry of response to treatment and adverse events."""

from typing import Any, ClassVar

from django.contrib import admin

from records import sections
from records.admin import ChildInline, OwnCentres, RecordAdmin, SiblingInline, State
from records.admin.fields import compared
from treatments.admin import marks
from treatments.models import AdverseEvent, ResponseAssessment, TargetLesion
from treatments.recist import implied_category


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
    fields = ("patient", ("timepoint", "date"), ("category", "by_lesions"), "modalities", "note")

    @admin.display(description="by the target lesions")
    def by_lesions(self, assessment: ResponseAssessment) -> str:
        lesions = assessment.target_lesions.all() if assessment.pk else ()
        return compared(implied_category(lesions), assessment.category)


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
