"""Claim, lease and fencing token of leased rows, by compare-and-set against PostgreSQL's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from analyses.models import Leased, State

# So many rows of a query are rung for ahead of the workers: enough to keep them busy, few enough that what another
# person asks for never stands in the broker's queue behind all the chunks of a large run.
RUNG_AHEAD = 32


class LostLeaseError(Exception):
    """Another worker holds the row, or it has ended: whoever meets this stops and writes nothing more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one row, good for as long as nobody claims it anew."""

    model: type[Leased]
    pk: int
    token: int
    lost: int

    def __str__(self) -> str:
        return f"{self.model._meta.verbose_name} {self.pk}, attempt {self.token}"

    def held(self) -> QuerySet[Any]:
        """The row while this claim is current; nothing afterwards."""
        return self.model._default_manager.filter(pk=self.pk, attempt=self.token, state=State.RUNNING)

    def write(self, **values: Any) -> None:
        """Update the row; `LostLeaseError` when the claim is no longer current."""
        if not self.held().update(**values):
            raise LostLeaseError(str(self))

    @contextmanager
    def locked(self) -> Iterator[Any]:
        """A transaction with the row locked, so that the claim stays current to its end; `LostLeaseError` when it no
        longer is."""
        with transaction.atomic():
            row = self.held().select_for_update().first()
            if row is None:
                raise LostLeaseError(str(self))
            yield row

    def renew(self) -> None:
        self.write(heartbeat=Now(), lease_expires=Now() + lease())


def lease() -> timedelta:
    return timedelta(seconds=settings.RUN_LEASE_SECONDS)


def claim(model: type[Leased], pk: int) -> Claim | None:
    """Take a row that waits or whose holder fell silent; None when somebody has it or it has ended.

    Of two workers who read the same attempt number only one finds it unchanged, so a row has one holder at a time.
    """
    rows = model._default_manager.filter(_nobody_holds(), pk=pk)
    seen = rows.first()
    if seen is None:
        return None
    taken = Claim(model, pk, token=seen.attempt + 1, lost=seen.lost + (seen.state == State.RUNNING))
    found = rows.filter(attempt=seen.attempt, state=seen.state).update(
        state=State.RUNNING, attempt=taken.token, lost=taken.lost, heartbeat=Now(), lease_expires=Now() + lease()
    )
    return taken if found else None


def due_for_ringing(rows: QuerySet[Any], *, again_after: timedelta) -> list[int]:
    """Primary keys of the oldest rows that nobody holds and the broker was not told of within `again_after`; each is
    marked as rung, so that one of many workers rings."""
    unheld = rows.filter(_nobody_holds())
    due = Q(rung_at=None) | Q(rung_at__lt=Now() - again_after)
    ahead = unheld.order_by("pk").values("pk")[:RUNG_AHEAD]
    found = unheld.filter(due, pk__in=ahead).order_by("pk").values_list("pk", flat=True)
    return [pk for pk in found if unheld.filter(due, pk=pk).update(rung_at=Now())]


def _nobody_holds() -> Q:
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_expires__lt=Now())
