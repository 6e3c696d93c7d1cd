"""The catalogue of drugs and regimens, looked after by data managers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from records import access
from records.admin.fields import bare
from records.admin.rights import NothingHidden
from records.roles import Act
from treatments.models import Drug, Regimen, RegimenDrug


class ByManagers(NothingHidden):
    """Mixin: everybody with a role reads the catalogue, data managers change it, nothing is deleted."""

    actions: Any = None
    actions_on_top = True
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return bare(super().formfield_for_dbfield(db_field, request, **kwargs))  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, Act.VIEW)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, Act.VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, Act.MANAGE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, Act.MANAGE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Drug)
class DrugAdmin(ByManagers, admin.ModelAdmin):
    list_display = ("name", "code", "agent_class", "is_platinum")
    list_filter = ("agent_class", "is_platinum")
    search_fields = ("name", "code")


class RegimenDrugs(ByManagers, admin.TabularInline):
    model = RegimenDrug
    template = "admin/records/lines.html"
    extra = 1


@admin.register(Regimen)
class RegimenAdmin(ByManagers, admin.ModelAdmin):
    list_display = ("code", "name", "cycle_days", "with_platinum")
    search_fields = ("code", "name")
    inlines = (RegimenDrugs,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Regimen]:
        rows: QuerySet[Regimen] = super().get_queryset(request).prefetch_related("drugs__drug")
        return rows

    @admin.display(description="platinum", empty_value="–")
    def with_platinum(self, regimen: Regimen) -> str | None:
        return regimen.platinum or None
