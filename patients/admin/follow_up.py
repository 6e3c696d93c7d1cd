"""Entry of contacts, progressions and death, on one page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from patients.admin import marks
from patients.models import Death, FollowUp, Progression
from records import sections
from records.admin import OwnCentres, RecordAdmin, SiblingInline, State


class ContactLines(SiblingInline):
    """The patient's other contacts."""

    model = FollowUp
    verbose_name = "contact"
    verbose_name_plural = "other contacts"
    fields = ("date", "status", "disease_status", "method", "next_due")
    extra = 2

    def formset_kwargs(self, parent_admin: Any, request: HttpRequest, obj: Any) -> dict[str, Any]:
        others = self.get_queryset(request).exclude(pk=obj.pk).order_by("date_last", "pk")
        return super().formset_kwargs(parent_admin, request, obj) | {"queryset": others}


class ProgressionLines(SiblingInline):
    model = Progression
    fields = ("date", "kind", "basis", "sites")


class DeathLine(SiblingInline):
    model = Death
    verbose_name_plural = "death"
    fields = ("date", "cause")
    max_num = 1


@admin.register(FollowUp)
class FollowUpAdmin(RecordAdmin):
    list_display = ("patient", "date", "status", "method", "disease_status", "next_due")
    list_filter = (State, "status", "disease_status", "method", OwnCentres)
    inlines: ClassVar[list[Any]] = [ContactLines, ProgressionLines, DeathLine]
    fieldsets = (
        (None, {"fields": ("patient", ("date", "status", "disease_status", "method", "next_due"))}),
        (None, {"fields": ("note",), "classes": ["after-lines"]}),
    )


@admin.register(Progression)
class ProgressionAdmin(RecordAdmin):
    list_display = ("patient", "date", "kind", "basis")
    list_filter = (State, "kind", OwnCentres)
    fields = ("patient", ("date", "kind"), "sites", "basis", "note")


@admin.register(Death)
class DeathAdmin(RecordAdmin):
    single = True
    list_display = ("patient", "date", "cause")
    list_filter = (State, "cause", OwnCentres)
    fields = ("patient", ("date", "cause"), "note")


sections.register(
    sections.Section(
        FollowUp, "Follow-up contacts", 100, ("date", "status", "method", "disease_status", "next_due"),
        order_by=("-date_last", "-pk"), needed=True, marks=marks.of_contact,
        expected=("date", "status", "method", "disease_status"),
    )
)  # fmt: skip
sections.register(
    sections.Section(
        Progression,
        "Progressions",
        110,
        ("date", "kind", "sites", "basis"),
        lines_of=FollowUp,
        order_by=("date_first", "pk"),
        marks=marks.of_progression,
        expected=("date", "kind", "basis"),
    )
)
sections.register(
    sections.Section(
        Death, "Death", 120, ("date", "cause"),
        single=True, lines_of=FollowUp, marks=marks.of_death, expected=("date", "cause"),
    )
)  # fmt: skip
