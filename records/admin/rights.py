"""Django's four admin permissions, answered by role and centre alone; nothing is ever deleted."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.urls import URLPattern

from records import access
from records.models import Recorded
from records.roles import Act


def centre_of(row: Model | None) -> int | None:
    """Primary key of the centre a row belongs to; None for no row, and for one whose patient is not chosen yet."""
    if row is None or (hasattr(row, "patient_id") and row.patient_id is None):
        return None
    owner: Any = getattr(row, "patient", row)
    centre: int | None = owner.centre_id
    return centre


class NothingHidden:
    """Mixin: an object that is absent and one that may not be seen look alike; pages that nobody needs are left out."""

    view_on_site: Any = False
    served_without: tuple[str, ...] = ("_delete",)

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        kept = [url for url in urls if url.name and not url.name.endswith(self.served_without)]
        for url in kept:
            if keys := set(url.pattern.converters) & {"object_id", "id"}:
                url.callback = self.unless_absent(url.callback, keys.pop())
        return kept

    def unless_absent(self, view: Callable[..., Any], key: str) -> Callable[..., Any]:
        """The view of one object, with 404 for whoever may not see it; who is not logged in is asked to."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.is_seen(request, kwargs[key]):
                raise Http404("No such object.")
            return view(request, *args, **kwargs)

        return guarded

    def is_seen(self, request: HttpRequest, object_id: str) -> bool:
        this: Any = self
        found = this.get_object(request, unquote(object_id)) if this.has_view_permission(request) else None
        return found is not None and this.has_view_permission(request, found)


class ByRole(NothingHidden):
    """Mixin for admin classes and inlines of recorded rows; for an inline, ``obj`` is the row of the whole form."""

    model: type[Recorded]
    viewed_under = Act.VIEW

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.viewed_under)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return access.may(request.user, self.viewed_under, centre_of(obj))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if getattr(obj, "second_of_id", None) and not self.model.of_chart:
            return False  # a second abstraction has the records of a chart, and none about it
        return access.may(request.user, self.model.written_under, centre_of(obj)) and not getattr(obj, "is_void", False)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return access.visible_to(request.user, super().get_queryset(request), self.viewed_under)  # type: ignore[misc]
