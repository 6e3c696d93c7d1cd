"""What `make verify` prints, for those who sign the software off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from threading import Lock

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analyses.verification import Check, Kind, Verification, brief, r_versions, software, verify
from analyses.views.requests import SignedInRequest
from records import access
from records.access import Actor
from records.roles import Act

SIGNING = ("Principal investigator", "Statistician", "Data manager", "Administrator", "Auditor")
_once = Lock()


@dataclass(frozen=True)
class Method:
    """The numbers of one function: by data set and source, and what they come to."""

    name: str
    checks: Sequence[Check]
    data_sets: int

    @property
    def anchor(self) -> str:
        return self.name.replace(".", "-")

    @property
    def sources(self) -> list[tuple[str, str, bool, list[Check]]]:
        """Data set, R call or publication, whether it is a publication, numbers."""
        grouped = groupby(self.checks, key=lambda check: (check.data, check.source, check.kind == Kind.PUBLICATION))
        return [(*source, list(checks)) for source, checks in grouped]

    @property
    def missed(self) -> int:
        return sum(not check.passed for check in self.checks)

    @property
    def largest_relative(self) -> str:
        """Of the numbers that are known to all their digits; empty where there are none."""
        exact = [check.relative for check in self.checks if check.kind == Kind.SOFTWARE]
        return brief(max(exact)) if exact else ""


def may_see(user: Actor) -> bool:
    """Those who answer for the numbers or look after those who do."""
    return access.may(user, Act.ANALYSE) or access.may(user, Act.AUDIT)


@login_required
@require_safe
def verification(request: SignedInRequest) -> HttpResponse:
    """The table, computed once in each process: neither the software nor the shipped data can change in it."""
    if not may_see(request.user):
        raise PermissionDenied("Your roles do not allow you to see the verification of the software.")
    with _once:
        found, checked_at = _verified()
    by_method, sets = found.by_method(), found.functions
    context = {
        "title": "Verification",
        "found": found,
        "checked_at": checked_at,
        "methods": [Method(name, checks, len(sets[name])) for name, checks in by_method.items()],
        "together": {name: sorted(sets[name]) for name in sets if name not in by_method},
        "software": software(),
        "r_versions": r_versions(),
        "signing": SIGNING,
    }
    return render(request, "analyses/verification.html", context)


@cache
def _verified() -> tuple[Verification, datetime]:
    return verify(), timezone.now()
