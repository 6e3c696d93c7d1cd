"""The admin site of the registry: entry forms of its own apps, reached through the registry's login."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.views.decorators.cache import never_cache

from registry import paths

# Pages of Django's admin that are served under accounts/ or not at all.
LEFT_OUT = {"login", "logout", "password_change", "password_change_done", "view_on_site"}


class RegistrySite(AdminSite):
    site_header = site_title = "Registry"
    index_title = "All records"
    final_catch_all_view = False
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, *args: Any, **kwargs: Any) -> None:
        """Only the project's own tables; those of libraries have no entry forms here."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple | set) else [model_or_iterable]
        if own := [model for model in models if is_own(model)]:
            super().register(own, *args, **kwargs)

    def has_permission(self, request: HttpRequest) -> bool:
        """Every account; what it may do is asked of each table and row."""
        return request.user.is_active

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, without the list of all tables, which costs more than most pages."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": self.site_url,
            "has_permission": self.has_permission(request),
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
        }

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        guarded: Callable[..., Any] = login_required(view)
        return guarded if cacheable else never_cache(guarded)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in LEFT_OUT]


def is_own(model: Any) -> bool:
    return Path(apps.get_app_config(model._meta.app_label).path).parent == paths.BASE_DIR
