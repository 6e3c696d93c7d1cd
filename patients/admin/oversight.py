"""Chart locks."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from patients.models import ChartLock
from records.admin import OwnCentres, RecordAdmin, State


@admin.register(ChartLock)
class ChartLockAdmin(RecordAdmin):
    """For reading: a chart is signed off and unlocked from its own page."""

    list_display = ("patient", "signed_off_at", "created_by")
    list_select_related = ("patient", "created_by")
    list_filter = (State, OwnCentres)
    fields = ("patient", "note")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
