"""Filters and pages that the lists of records share."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from records import access
from records.models import Centre


class FirstPages(Paginator[Any]):
    """Counts and pages no further than anybody reads: in a large table, what lies beyond would cost more than the page
    that is shown. ``more`` says that something does."""

    MOST = 10_000

    @cached_property
    def found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.found, self.MOST)

    @property
    def more(self) -> bool:
        return self.found > self.MOST


class RecordList(ChangeList):
    """A list of the patients' records."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        return access.of_patients(super().get_queryset(request, exclude_parameters))


class State(admin.SimpleListFilter):
    """Live rows unless others are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("void", "Voided"), ("any", "Live and voided")]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = "Live"
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "any":
            return queryset
        return queryset.filter(voided_at__isnull=self.value() != "void")


class OwnCentres(admin.SimpleListFilter):
    """The centres of the user's roles; no filter where there is one only."""

    title = "centre"
    parameter_name = "centre"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        own = access.centres_of(request.user, model_admin.viewed_under)
        centres = Centre.objects.all() if own is None else Centre.objects.filter(pk__in=own)
        rows = [(str(centre.pk), centre.name) for centre in centres]
        return rows if len(rows) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not (self.value() or "").isdecimal():
            return queryset
        path = "patient__centre" if hasattr(queryset.model, "patient") else "centre"
        return queryset.filter(**{path: self.value()})
