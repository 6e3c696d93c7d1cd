"""The one place where the apps' addresses meet.

An app lists its pages in `urlpatterns` of its `urls.py`, and its part of the API in `ROUTES` of its `api.py`.
"""

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from health_check.views import HealthCheckView

_APPS = ("records", "patients", "treatments", "analyses", "exchange")
_app_urls = [import_module(f"{app}.urls") for app in _APPS if find_spec(f"{app}.urls")]

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("health/", HealthCheckView.as_view(checks=["health_check.checks.Database"]), name="health"),
    path("api/v1/", include("registry.api")),
    path("", include("registry.pages.urls")),
    *[path("", include(module)) for module in _app_urls],
]
