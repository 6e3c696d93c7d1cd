"""Data queries and chart locks."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from patients.models import ChartLock, DataQuery, DataQueryMessage
from records.admin import OwnCentres, RecordAdmin, State


class Conversation(admin.TabularInline):
    model = DataQueryMessage
    template = "admin/records/lines.html"
    extra = 0
    can_delete = False
    fields = ("written_at", "author", "text")
    readonly_fields: ClassVar[list[str]] = ["written_at", "author", "text"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the query

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_add_permission


@admin.register(DataQuery)
class DataQueryAdmin(RecordAdmin):
    list_display = ("text", "patient", "rule", "value", "state", "updated_at")
    list_filter = (State, "state", OwnCentres)
    fields = ("patient", "text", ("table", "row", "field"), "value", "state", "note")


@admin.register(ChartLock)
class ChartLockAdmin(RecordAdmin):
    single = True
    list_display = ("patient", "signed_off_at", "created_by")
    list_select_related = ("patient", "created_by")
    list_filter = (State, OwnCentres)
    fields = ("patient", "note")
