"""Work that one worker at a time does under a lease: the row is the truth, the broker only a doorbell."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting for its parts"
    SUCCEEDED = "succeeded", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


class Leased(models.Model):
    """`attempt` is the fencing token: it grows with each claim, and whoever holds an older one may write nothing."""

    state = models.CharField(max_length=9, choices=State, default=State.QUEUED, editable=False)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    lost = models.PositiveIntegerField(default=0, editable=False, help_text="How many workers fell silent holding it.")
    lease_expires = models.DateTimeField(null=True, editable=False)
    heartbeat = models.DateTimeField(null=True, editable=False)
    rung_at = models.DateTimeField(null=True, editable=False, help_text="When the broker was last told of this row.")

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="%(class)s_state_known"),
            models.CheckConstraint(
                # A running row without a lease could never be taken over; an idle one with a lease would look held.
                condition=Q(state=State.RUNNING, lease_expires__isnull=False, heartbeat__isnull=False, attempt__gte=1)
                | (~Q(state=State.RUNNING) & Q(lease_expires=None)),
                name="%(class)s_leased_while_running",
            ),
        ]

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED
