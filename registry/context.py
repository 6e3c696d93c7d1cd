from typing import Any

from django.conf import settings
from django.http import HttpRequest

from records import access, navigation
from records.models import Registry
from records.roles import Role


def mode(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: demo mode, invented data, the task navigation and the user's roles.

    Lazy, since fragments and redirects need none of it.
    """
    return {
        "demo_mode": settings.DEMO,
        "invented_data": lambda: has_invented_data(request),
        "navigation": lambda: navigation.entries_for(request.user, request.path),
        "site_name": settings.SITE_NAME,
        "role_words": lambda: role_words(request),
    }


def has_invented_data(request: HttpRequest) -> bool:
    """Whether a registry of invented patients stands here; asked once per request."""
    if not hasattr(request, "_invented"):
        request._invented = Registry.objects.filter(is_invented=True).exists()  # type: ignore[attr-defined]
    return bool(request._invented)  # type: ignore[attr-defined]


def role_words(request: HttpRequest) -> str:
    """The user's roles, as the page's foot names them."""
    user = request.user
    if getattr(user, "is_superuser", False):
        return "Administrator"
    held = {role for _, role in access.roles_of(user)}
    return ", ".join(str(role.label) for role in Role if role in held)
