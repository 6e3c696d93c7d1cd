"""The idle timeout: a session ends so long after the last thing that its user did (``SESSION_COOKIE_AGE``)."""

import time
from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

# Addresses that open pages ask by themselves: no sign that anybody sits before them.
ASKED_BY_PAGES = {"session", "analyses:progress"}
# So many seconds may lie between the last request and the last one that was written down.
GRAIN = 60


class IdleTimeout:
    """Renews the session of whoever did something, at most once in ``GRAIN``: not every request shall cost a write."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if SESSION_KEY in request.session and not asked_by_page(request):
            now = int(time.time())
            if now - request.session.get("seen", 0) >= GRAIN:
                request.session["seen"] = now
        return response


def asked_by_page(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.view_name in ASKED_BY_PAGES
