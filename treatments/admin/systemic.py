"""Entry of systemic courses with their cycles, and of what single cycles and doses say besides."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from patients.body import FORMULA, body_surface
from patients.models import Diagnosis
from records import sections
from records.admin import ChildInline, OwnCentres, RecordAdmin, State
from treatments.admin import lines, marks
from treatments.admin.cycle_lines import CycleFormSet, line_form, posted_drugs
from treatments.admin.outcome import ResponseLines
from treatments.admin.regimens import proposals
from treatments.models import ChemotherapyCycle, Drug, DrugDose, RegimenDrug, SystemicCourse

PROPOSED_LINES = 6


class CycleLines(ChildInline):
    """One line per cycle, with a dose column for each drug of the course's regimen."""

    model = ChemotherapyCycle
    formset = CycleFormSet
    template = "admin/treatments/cycle_lines.html"
    verbose_name = "cycle"
    verbose_name_plural = "cycles"
    fields = ("number", "day_1", "as_planned", "delay_days")
    readonly_fields = ()
    columns: list[Drug] | None = None

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 1 if obj and obj.pk else PROPOSED_LINES

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChemotherapyCycle]:
        rows: QuerySet[ChemotherapyCycle] = super().get_queryset(request).select_related("patient", "course")
        return rows.order_by("number").prefetch_related("doses__drug")

    def parts(self, request: HttpRequest, course: Any) -> list[RegimenDrug]:
        """The drugs of the regimen that the form was sent with, else of the one that is stored."""
        stored = getattr(course, "regimen_id", None) if course and course.pk else None
        chosen: Any = request.POST.get("regimen") or stored or request.GET.get("regimen") or ""
        if not str(chosen).isdecimal():
            return []
        return list(RegimenDrug.objects.filter(regimen=chosen).select_related("drug").order_by("pk"))

    def drugs(self, request: HttpRequest, course: Any) -> list[Drug]:
        """The dose columns, looked up once: an inline is made anew for each showing of a form."""
        if self.columns is None:
            self.columns = self.found_drugs(request, course)
        return self.columns

    def found_drugs(self, request: HttpRequest, course: Any) -> list[Drug]:
        """Drugs of the regimen, then others of which a dose is stored or was typed."""
        found = [part.drug for part in self.parts(request, course)]
        found += Drug.objects.filter(pk__in=posted_drugs(request.POST))
        if course and course.pk:
            given = DrugDose.objects.filter(cycle__course=course, voided_at=None).values("drug")
            found += Drug.objects.filter(pk__in=given)
        return list(dict.fromkeys(found))

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = line_form(self.drugs(request, obj)) if self.has_change_permission(request, obj) else self.form
        return super().get_formset(request, obj, form=form, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return (*self.fields, "given")
        number, day_1, *rest = self.fields
        doses = [f"dose_{drug.pk}" for drug in self.drugs(request, obj)]
        return [number, day_1, *doses, *rest, "_doses", "_version"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if self.has_change_permission(request, obj) else ("given",)

    def formset_kwargs(self, parent_admin: Any, request: HttpRequest, obj: Any) -> dict[str, Any]:
        last = max((c.number for c in obj.cycles.filter(voided_at=None)), default=0) if obj and obj.pk else 0
        # An unsent form gets the doses of its regimen in the browser, where they are seen before anything is stored.
        doses = {f"dose_{part.drug_id}": part.mg_m2 for part in self.parts(request, obj)} if request.POST else {}
        return {"initial": [{"number": last + n, **doses} for n in range(1, self.get_extra(request, obj) + 1)]}

    @admin.display(description="doses, mg/m² per day")
    def given(self, cycle: ChemotherapyCycle) -> str:
        return doses(cycle)


@admin.register(SystemicCourse)
class SystemicCourseAdmin(RecordAdmin):
    list_display = ("patient", "intent", "agent_class", "regimen", "start", "stop")
    list_filter = (State, "intent", "agent_class", "regimen", OwnCentres)
    list_select_related = ("patient", "regimen")
    inlines: ClassVar[list[Any]] = [CycleLines, ResponseLines]
    fieldsets = (
        (None, {"fields": ("patient", ("intent", "regimen", "agent_class", "line"))}),
        ("Dates", {"fields": (("start", "stop", "stop_reason"),)}),
        (None, {"fields": ("note",), "classes": ["after-lines"]}),
    )

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Besides, what the cycles are proposed and reckoned from: the regimens, and the patient's body surface."""
        page = super().page(request, row)
        known = Diagnosis.objects.filter(patient=page["patient"], voided_at=None).first() if page["patient"] else None
        surface = known and body_surface(known.height_cm, known.weight_kg)
        return page | {
            "regimens": json.dumps(proposals()),
            "proposing": request.method == "GET",
            "body": known and {"height": known.height_cm, "weight": known.weight_kg, "surface": surface},
            "formula": FORMULA,
        }


class DoseLines(ChildInline):
    model = DrugDose
    verbose_name_plural = "doses"
    fields = ("drug", "mg_m2", "days", "reduction_reason")


@admin.register(ChemotherapyCycle)
class ChemotherapyCycleAdmin(RecordAdmin):
    list_display = ("patient", "number", "day_1", "as_planned", "delay_days")
    list_filter = (State, OwnCentres)
    inlines: ClassVar[list[Any]] = [DoseLines]
    fields = ("course", ("number", "day_1"), ("as_planned", "delay_days"), "note")


@admin.register(DrugDose)
class DrugDoseAdmin(RecordAdmin):
    list_display = ("patient", "cycle", "drug", "mg_m2", "days")
    sortable_by = ("patient",)  # sorting the largest table by anything else takes half a second
    list_filter = (State, "drug", OwnCentres)
    list_select_related = ("patient", "drug", "cycle__patient")
    fields = ("cycle", "drug", ("mg_m2", "days"), "reduction_reason", "note")


def doses(cycle: ChemotherapyCycle) -> str:
    """Drugs with their doses, in mg/m² per day."""
    return ", ".join(
        f"{dose.drug} {dose.mg_m2.normalize():f}" if dose.mg_m2 is not None else f"{dose.drug}, dose not known"
        for dose in cycle.doses.all()
        if not dose.is_void
    )


def cycles(course: SystemicCourse) -> str:
    return str(len([cycle for cycle in course.cycles.all() if not cycle.is_void]) or "")


cycles.number = True  # type: ignore[attr-defined]

sections.register(
    sections.Section(
        SystemicCourse, "Systemic treatment", 40,
        ("intent", "regimen", "agent_class", "start", "stop", cycles, "stop_reason"),
        titles={"stop_reason": "stopped because"},
        order_by=("start_first", "pk"), select_related=("regimen",), prefetch=("cycles__doses__drug",),
        below=lines.of_cycles, marks=marks.of_systemic_course, needed=True,
        expected=("regimen", "start", "stop", "stop_reason", lines.cycles_dated, lines.doses_given),
    )
)  # fmt: skip
