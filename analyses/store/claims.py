"""Claim, lease and fencing token of leased rows, by compare-and-set against PostgreSQL's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from analyses.models import Leased, State

# A row that nobody took within this time of its last ring is rung again.
RING_AGAIN_AFTER = timedelta(seconds=5)


class LostLeaseError(Exception):
    """Another worker holds the row, or it has ended: whoever meets this stops and writes nothing more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one row, good for as long as nobody claims it anew."""

    model: type[Leased]
    pk: int
    token: int

    def held(self) -> QuerySet[Any]:
        """The row while this claim is current; nothing afterwards."""
        return self.model._default_manager.filter(pk=self.pk, attempt=self.token, state=State.RUNNING)

    def write(self, **values: Any) -> None:
        """Update the row; `LostLeaseError` when the claim is no longer current."""
        if not self.held().update(**values):
            raise LostLeaseError(f"{self.model._meta.verbose_name} {self.pk}, attempt {self.token}")

    def renew(self) -> None:
        self.write(heartbeat=Now(), lease_expires=Now() + lease())


def lease() -> timedelta:
    return timedelta(seconds=settings.RUN_LEASE_SECONDS)


def claim(model: type[Leased], pk: int) -> Claim | None:
    """Take a row that waits or whose holder fell silent; None when somebody has it or it has ended.

    Of two workers who read the same attempt number only one finds it unchanged, so a row has one holder at a time.
    """
    seen = model._default_manager.filter(_nobody_holds(), pk=pk).values_list("attempt", flat=True).first()
    if seen is None:
        return None
    taken = model._default_manager.filter(_nobody_holds(), pk=pk, attempt=seen).update(
        state=State.RUNNING, attempt=F("attempt") + 1, heartbeat=Now(), lease_expires=Now() + lease()
    )
    return Claim(model, pk, seen + 1) if taken else None


def due_for_ringing(model: type[Leased]) -> list[int]:
    """Primary keys of rows that nobody holds, oldest first, each marked as rung so that one of many workers rings."""
    waiting = Q(rung_at=None) | Q(rung_at__lt=Now() - RING_AGAIN_AFTER)
    found = model._default_manager.filter(_nobody_holds(), waiting).order_by("pk").values_list("pk", flat=True)
    return [pk for pk in found if model._default_manager.filter(_nobody_holds(), waiting, pk=pk).update(rung_at=Now())]


def _nobody_holds() -> Q:
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_expires__lt=Now())
