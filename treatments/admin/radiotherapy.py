"""Entry of radiotherapy with its volumes, and of local treatment of metastases."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from records import sections
from records.admin import ChildInline, OwnCentres, RecordAdmin, State
from treatments.admin import lines, marks
from treatments.admin.guided import CourseForm, VolumeForm
from treatments.admin.outcome import ResponseLines
from treatments.guideline import VOLUME_GY
from treatments.models import LocalTreatment, RadiotherapyCourse, RadiotherapyVolume


class VolumeLines(ChildInline):
    model = RadiotherapyVolume
    form = VolumeForm
    template = "admin/treatments/volume_lines.html"
    verbose_name = "volume"
    verbose_name_plural = "target volumes"
    fields = ("volume", "label", "prescribed_gy", "delivered_gy", "fractions")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 1 if obj and obj.pk else len(VOLUME_GY)

    def formset_kwargs(self, parent_admin: Any, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {} if obj and obj.pk else {"initial": [{"volume": volume} for volume in VOLUME_GY]}


@admin.register(RadiotherapyCourse)
class RadiotherapyCourseAdmin(RecordAdmin):
    list_display = ("patient", "intent", "technique", "planned_dose_gy", "delivered_dose_gy", "start", "end")
    list_filter = (State, "intent", "technique", OwnCentres)
    form = CourseForm
    inlines: ClassVar[list[Any]] = [VolumeLines, ResponseLines]
    fieldsets = (
        (None, {"fields": ("patient", ("intent", "technique"))}),
        ("Dose", {"fields": (("planned_dose_gy", "delivered_dose_gy"),)}),
        (
            "Fractions",
            {"fields": (("fractions_planned", "fractions_given", "fractions_per_week", "interruption_days"),)},
        ),
        ("Dates", {"fields": (("start", "end"),)}),
        (None, {"fields": ("note",), "classes": ["after-lines"]}),
    )


@admin.register(RadiotherapyVolume)
class RadiotherapyVolumeAdmin(RecordAdmin):
    form = VolumeForm
    list_display = ("patient", "volume", "label", "prescribed_gy", "delivered_gy", "fractions")
    list_filter = (State, "volume", OwnCentres)
    fields = ("course", ("volume", "label"), ("prescribed_gy", "delivered_gy"), "fractions", "note")


@admin.register(LocalTreatment)
class LocalTreatmentAdmin(RecordAdmin):
    list_display = ("patient", "modality", "site", "date")
    list_filter = (State, "modality", OwnCentres)
    list_select_related = ("patient", "site__patient")
    fields = ("patient", "site", ("modality", "date"), "note")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        patient = self.patient(request, obj)
        if "site" in form.base_fields:
            sites = form.base_fields["site"]
            sites.queryset = sites.queryset.filter(patient=patient) if patient else sites.queryset.none()
            sites.help_text = (
                "The metastatic site that was treated; save the patient first to choose one." if not patient else ""
            )
        return form


sections.register(
    sections.Section(
        RadiotherapyCourse, "Radiotherapy", 50,
        ("intent", "technique", "planned_dose_gy", "delivered_dose_gy", "fractions_given", "start", "end"),
        titles={"planned_dose_gy": "planned, Gy", "delivered_dose_gy": "given, Gy", "fractions_given": "fractions"},
        order_by=("start_first", "pk"), prefetch=("volumes",), below=lines.of_volumes,
        marks=marks.of_radiotherapy_course,
        expected=(
            "technique", "planned_dose_gy", "delivered_dose_gy", "start", "end", "fractions_given", lines.volumes_dosed,
        ),
    )
)  # fmt: skip
sections.register(
    sections.Section(
        LocalTreatment, "Local treatment of metastases", 60, ("modality", "site", "date"),
        order_by=("date_first", "pk"), select_related=("site__patient",), marks=marks.of_local_treatment,
        expected=("modality", "site", "date"),
    )
)  # fmt: skip
