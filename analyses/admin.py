"""Plans, cohorts and runs in the admin: to look at, for administrators. They are made and run on their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from analyses.models import Chunk, Cohort, Plan, Run
from records.admin import NothingHidden


class LookedAt(NothingHidden, admin.ModelAdmin[Any]):
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    has_module_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Plan, Cohort)
class SavedVersionAdmin(LookedAt):
    list_display = ("name", "version", "registry", "saved_by", "saved_at")
    list_filter = ("registry",)
    list_select_related = ("registry", "saved_by")
    search_fields = ("name",)


class ChunkInline(admin.TabularInline[Chunk, Run]):
    model = Chunk
    fields = readonly_fields = ("kind", "number", "size", "state", "attempt", "lost", "heartbeat")
    can_delete = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # to whoever sees the run

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(LookedAt):
    list_display = ("pk", "plan", "state", "lost", "stage", "requested_by", "requested_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("plan", "requested_by")
    inlines = (ChunkInline,)
