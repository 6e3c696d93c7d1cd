"""Entry of contacts, progressions and death."""

from django.contrib import admin

from patients.admin import marks
from patients.models import Death, FollowUp, Progression
from records import sections
from records.admin import OwnCentres, RecordAdmin, State


@admin.register(FollowUp)
class FollowUpAdmin(RecordAdmin):
    list_display = ("patient", "date", "status", "method", "disease_status", "next_due")
    list_filter = (State, "status", "disease_status", "method", OwnCentres)
    fields = ("patient", ("date", "method"), ("status", "disease_status"), "next_due", "note")


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
        order_by=("date_first", "pk"),
        marks=marks.of_progression,
        expected=("date", "kind", "basis"),
    )
)
sections.register(
    sections.Section(
        Death, "Death", 120, ("date", "cause"), single=True, marks=marks.of_death, expected=("date", "cause")
    )
)
