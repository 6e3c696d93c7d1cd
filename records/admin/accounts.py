"""Users, centres, registries and roles: an administrator's, and the roles at their own centres a data manager's too."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from records import access
from records.admin.fields import bare
from records.admin.rights import NothingHidden
from records.models import Centre, Exit, Membership, Registry, User
from records.roles import Act


def is_administrator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


class ForAdministrators(NothingHidden):
    """Mixin: data managers look, administrators change, nothing is deleted."""

    actions: Any = None
    actions_on_top = True
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return bare(super().formfield_for_dbfield(db_field, request, **kwargs))  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, Act.MANAGE)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return access.may(request.user, Act.MANAGE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RolesOfUser(ForAdministrators, admin.TabularInline):
    model = Membership
    template = "admin/records/lines.html"
    extra = 1
    verbose_name = "role at a centre"
    verbose_name_plural = "roles at centres"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request)


@admin.register(User)
class UserAdmin(ForAdministrators, DjangoUserAdmin):
    list_display = ("username", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "memberships__role", "memberships__centre")
    inlines: ClassVar[list[Any]] = [RolesOfUser]
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Account", {"fields": ("is_active", "is_superuser", "last_login", "date_joined")}),
    )


@admin.register(Centre)
class CentreAdmin(ForAdministrators, admin.ModelAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(Registry)
class RegistryAdmin(ForAdministrators, admin.ModelAdmin):
    list_display = ("code", "title", "number_prefix", "last_number", "is_invented")
    readonly_fields = ("last_number",)


@admin.register(Membership)
class MembershipAdmin(NothingHidden, admin.ModelAdmin):
    """A data manager gives and takes roles at the centres managed."""

    served_without = ()
    actions = None
    actions_on_top = True
    list_display = ("user", "role", "centre")
    list_filter = ("role", "centre")
    list_select_related = ("user", "centre")
    search_fields = ("user__username", "user__last_name")
    autocomplete_fields = ("user",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, Act.MANAGE)

    has_add_permission = has_module_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, Act.MANAGE, obj and obj.centre_id)

    has_change_permission = has_delete_permission = has_view_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows: QuerySet[Membership] = super().get_queryset(request)
        managed = access.centres_of(request.user, Act.MANAGE)
        return rows if managed is None else rows.filter(centre__in=managed)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return bare(super().formfield_for_dbfield(db_field, request, **kwargs))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        managed = access.centres_of(request.user, Act.MANAGE)
        if db_field.name == "centre" and managed is not None:
            kwargs["queryset"] = Centre.objects.filter(pk__in=managed)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Exit)
class ExitAdmin(NothingHidden, admin.ModelAdmin):
    """What left the registry: read by auditors, of the centres that they audit; written by the exit door alone."""

    actions: Any = None
    actions_on_top = True
    show_full_result_count = False
    list_display = ("at", "by", "what", "purpose", "of_centres")
    list_select_related = ("by",)
    search_fields = ("what", "purpose", "by__username")
    search_help_text = "File, purpose or user name"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, Act.AUDIT)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, Act.AUDIT)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exit]:
        rows: QuerySet[Exit] = super().get_queryset(request)
        audited = access.centres_of(request.user, Act.AUDIT)
        if audited is None:
            return rows
        return rows.filter(centres__overlap=list(Centre.objects.filter(pk__in=audited).values_list("code", flat=True)))

    @admin.display(description="centres")
    def of_centres(self, row: Exit) -> str:
        return ", ".join(row.centres)
