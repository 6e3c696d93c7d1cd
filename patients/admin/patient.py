"""Entry and list of patients."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from patients import selectors
from patients.actions import register
from patients.models import Consent, Diagnosis, Patient
from records import access, links, sections
from records.access import signed_in
from records.admin import OwnCentres, RecordAdmin, RecordList, State
from records.forms import RecordForm
from records.models import Centre, Registry

STATUS_CLASS = {"alive": "ok", "dead": "", "lost": "warn", "unknown": "warn"}
STATUS_WORD = {"alive": "Alive", "dead": "Dead", "lost": "Lost", "unknown": "Not known"}


def status_pill(status: str) -> SafeString:
    """Vital status as word plus colour."""
    return format_html('<span class="pill {}">{}</span>', STATUS_CLASS[status], STATUS_WORD[status])


class VitalStatus(admin.SimpleListFilter):
    title = "vital status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(STATUS_WORD.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        chosen = self.value() or ""
        return selectors.of_vital_status(queryset, chosen) if chosen in STATUS_WORD else queryset


class HasDiagnosis(admin.SimpleListFilter):
    title = "diagnosis"
    parameter_name = "diagnosis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Entered"), ("no", "Not entered yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        diagnosis = Exists(Diagnosis.objects.filter(patient=OuterRef("pk"), voided_at=None))
        return {"yes": queryset.filter(diagnosis), "no": queryset.filter(~diagnosis)}.get(self.value() or "", queryset)


class RegistryFilter(admin.RelatedFieldListFilter):
    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1


class PatientList(RecordList):
    """Derives the vital status of the page's rows alone: derived for all, it would be derived for every row skipped."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        shown = list(self.result_list)
        derived = selectors.with_vital_status(Patient.objects.filter(pk__in=[row.pk for row in shown]))
        status: dict[int, Any] = {row.pk: row for row in derived}
        for row in shown:
            known = status[row.pk]
            row.vital_status, row.died_on, row.last_contact = known.vital_status, known.died_on, known.last_contact
        self.result_list = shown


@admin.register(Patient)
class PatientAdmin(RecordAdmin):
    list_display = ("registry_number", "centre", "sex", "born", "vital_status", "last_contact", "in_the_source")
    list_display_links = None
    list_filter = (State, VitalStatus, HasDiagnosis, ("registry", RegistryFilter), OwnCentres, "sex")
    list_select_related = ("centre",)
    paginator = Paginator  # how many patients there are is worth counting
    search_fields: ClassVar[list[str]] = ["number", "external_id"]
    search_help_text = "Registry number, or identifier in the source"
    fieldsets = (
        (None, {"fields": (("registry", "centre"),)}),
        ("Person", {"fields": (("sex", "birth_date"),)}),
        (
            "Where the birth date is withheld",
            {
                "fields": (("age_at_reference", "age_reference"),),
                "description": "Give an age instead, and what it refers to.",
            },
        ),
        (None, {"fields": ("external_id", "note")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        rows: QuerySet[Patient] = super().get_queryset(request).filter(merged_into=None)
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return PatientList

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("registry", "centre") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "centre":
            own = access.centres_of(request.user, self.model.written_under)
            field.queryset = Centre.objects.all() if own is None else Centre.objects.filter(pk__in=own)
        if len(only := list(field.queryset[:2])) == 1:
            field.initial = only[0].pk
        return field

    def patient(self, request: HttpRequest, obj: Any = None) -> Any:
        return obj

    def add(self, request: HttpRequest, form: RecordForm) -> Patient:
        values = form.values
        registry: Registry = values.pop("registry")
        return register(by=signed_in(request), registry=registry, centre=values.pop("centre"), **values)

    @admin.display(description="number", ordering="number")
    def registry_number(self, patient: Patient) -> SafeString:
        return format_html('<a href="{}">{}</a>', links.chart(patient), patient.number)

    @admin.display(description="born", ordering="birth_date_first")
    def born(self, patient: Patient) -> str:
        if patient.birth_date or patient.age_at_reference is None:
            return patient.birth_date or "–"
        return f"{patient.age_at_reference.normalize():f} y {patient.get_age_reference_display().lower()}"

    @admin.display(description="vital status")
    def vital_status(self, patient: Any) -> SafeString:
        return status_pill(patient.vital_status)

    @admin.display(description="last contact", empty_value="–")
    def last_contact(self, patient: Any) -> str | None:
        last: str | None = patient.died_on or patient.last_contact
        return last

    @admin.display(description="in the source", ordering="external_id", empty_value="–")
    def in_the_source(self, patient: Patient) -> str | None:
        return patient.external_id


@admin.register(Consent)
class ConsentAdmin(RecordAdmin):
    list_display = ("patient", "basis", "scope", "date", "withdrawn_on")
    list_filter = (State, "basis", "scope", OwnCentres)
    fields = ("patient", "basis", "scope", "date", "withdrawn_on", "note")


sections.register(
    sections.Section(Consent, "Consent", 95, ("basis", "scope", "date", "withdrawn_on"), order_by=("date_first",))
)
