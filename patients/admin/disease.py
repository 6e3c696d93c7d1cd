"""Entry of the diagnosis with its metastatic sites and the performance status of that time."""

from typing import Any, ClassVar

from django.contrib import admin

from patients.admin import marks
from patients.models import Diagnosis, MetastaticSite, Organ, PerformanceStatus
from patients.staging import derived_stage
from records import sections
from records.admin import OwnCentres, RecordAdmin, SiblingInline, State
from records.admin.fields import compared


class SiteLines(SiblingInline):
    model = MetastaticSite
    verbose_name_plural = "metastatic sites"
    fields = (
        "organ", "node_region", "organ_text", "n_lesions", "multiple_not_counted", "largest_mm", "date", "basis",
    )  # fmt: skip
    extra = 2
    applies: ClassVar[dict[str, str]] = {
        "node_region": "organ=distant_node",
        "organ_text": "organ=other",
        "multiple_not_counted": "n_lesions=",
    }


class PerformanceStatusLines(SiblingInline):
    model = PerformanceStatus
    verbose_name_plural = "performance status"
    fields = ("timepoint", "date", "kps", "ecog")
    extra = 1


@admin.register(Diagnosis)
class DiagnosisAdmin(RecordAdmin):
    single = True
    list_display = ("patient", "date", "t_category", "n_category", "m_category", "stage", "metastasis_date")
    list_filter = (State, "m_category", "stage", OwnCentres)
    none_labels: ClassVar[dict[str, str]] = {"comorbidities": "None of these"}
    inlines: ClassVar[list[Any]] = [SiteLines, PerformanceStatusLines]
    readonly_fields = ("by_categories",)
    fieldsets = (
        (None, {"fields": ("patient",)}),
        (
            "Primary tumour",
            {"fields": (("date", "biopsy_proven"), ("who_type", "primary_site", "morphology"))},
        ),
        (
            "Stage",
            {"fields": (("t_category", "n_category", "m_category"), ("staging_edition", "stage", "by_categories"))},
        ),
        ("Metastasis", {"fields": (("metastasis_date", "metastasis_basis"),)}),
        (
            "Patient at diagnosis",
            {
                "fields": (
                    ("height_cm", "weight_kg"),
                    ("smoking", "pack_years"),
                    ("family_history", "other_malignancy"),
                    "comorbidities",
                ),
                "classes": ["after-lines"],
            },
        ),
        (None, {"fields": ("note",), "classes": ["after-lines"]}),
    )

    @admin.display(description="stage by the categories")
    def by_categories(self, diagnosis: Diagnosis) -> str:
        return compared(derived_stage(diagnosis), diagnosis.stage)

    def get_changeform_initial_data(self, request: Any) -> dict[str, Any]:
        patient = self.patient(request)
        proposed = {"primary_site": patient.registry.default_primary_site} if patient else {}
        return proposed | super().get_changeform_initial_data(request)


@admin.register(MetastaticSite)
class MetastaticSiteAdmin(RecordAdmin):
    list_display = ("patient", "organ", "node_region", "n_lesions", "largest_mm", "date", "basis")
    list_filter = (State, "organ", "basis", OwnCentres)
    fieldsets = (
        (None, {"fields": ("patient", ("organ", "organ_text"), "node_region")}),
        ("Extent", {"fields": (("n_lesions", "multiple_not_counted"), "largest_mm")}),
        ("How shown", {"fields": (("date", "basis"),)}),
        (None, {"fields": ("note",)}),
    )


def who(diagnosis: Diagnosis) -> str:
    return diagnosis.who_type or ""


who.short_description = "WHO"  # type: ignore[attr-defined]


def lesions(site: MetastaticSite) -> str:
    return "multiple" if site.multiple_not_counted else str(site.n_lesions or "")


lesions.short_description = "lesions"  # type: ignore[attr-defined]
lesions.number = True  # type: ignore[attr-defined]


def counted(site: MetastaticSite) -> bool:
    return site.n_lesions is not None or site.multiple_not_counted


def region_given(site: MetastaticSite) -> bool | None:
    return site.node_region is not None if site.organ == Organ.DISTANT_NODE else None


sections.register(
    sections.Section(
        Diagnosis, "Diagnosis", 10,
        ("date", "primary_site", who, "t_category", "n_category", "m_category", "stage", "metastasis_date"),
        titles={
            "date": "diagnosed", "primary_site": "site", "t_category": "T", "n_category": "N", "m_category": "M",
            "stage": "stage", "metastasis_date": "metastasis",
        },
        single=True, needed=True, marks=marks.of_diagnosis,
        expected=(
            "date", "biopsy_proven", "who_type", "staging_edition", "t_category", "n_category", "m_category", "stage",
            "metastasis_date", "metastasis_basis", "smoking", "other_malignancy", "comorbidities",
        ),
    )
)  # fmt: skip
sections.register(
    sections.Section(
        MetastaticSite, "Metastatic sites", 20,
        ("organ", "node_region", lesions, "largest_mm", "basis", "date"),
        titles={"largest_mm": "largest, mm"}, lines_of=Diagnosis, order_by=("date_first", "pk"), needed=True,
        expected=("organ", counted, region_given, "date", "basis"),
    )
)  # fmt: skip
