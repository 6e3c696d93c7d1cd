"""Data queries and chart locks."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from patients.actions import reply
from patients.models import ChartLock, DataQuery
from records.access import signed_in
from records.admin import OwnCentres, RecordAdmin, State
from records.forms import RecordForm
from records.models import Recorded


class DataQueryForm(RecordForm):
    _reply = forms.CharField(label="Reply", required=False, widget=forms.Textarea(attrs={"rows": 2, "cols": 60}))


@admin.register(DataQuery)
class DataQueryAdmin(RecordAdmin):
    form = DataQueryForm
    list_display = ("text", "patient", "rule", "value", "state", "updated_at")
    list_filter = (State, "state", OwnCentres)
    fields = ("patient", "text", ("table", "row", "field"), "value", "state", "note")
    readonly_fields = ("conversation",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        *asked, state, note = self.fields
        replying = ("_reply",) if self.has_change_permission(request, obj) else ()
        return self.fields if obj is None else (*asked, "conversation", *replying, state, note)

    @admin.display(description="conversation")
    def conversation(self, query: DataQuery) -> SafeString:
        messages = query.messages.select_related("author")
        said = ((f"{message.written_at:%Y-%m-%d %H:%M}", message.author, message.text) for message in messages)
        return format_html_join("", "<p>{}, {}: {}</p>", said) or SafeString("Nobody has replied yet.")

    def amend(self, request: HttpRequest, row: Recorded, form: RecordForm) -> None:
        text = form.cleaned_data.get("_reply")
        if not text or not isinstance(row, DataQuery):
            return super().amend(request, row, form)
        version = form.cleaned_data["_version"]
        reply(row, by=signed_in(request), version=version, text=text, **form.changes)
        return None


@admin.register(ChartLock)
class ChartLockAdmin(RecordAdmin):
    """For reading: a chart is signed off and unlocked from its own page."""

    list_display = ("patient", "signed_off_at", "created_by")
    list_select_related = ("patient", "created_by")
    list_filter = (State, OwnCentres)
    fields = ("patient", "note")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
