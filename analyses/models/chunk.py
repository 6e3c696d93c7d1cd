"""A chunk of a run: replicates or completed datasets that any worker may compute."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from analyses.models.leased import ENDED, Leased, State


class Chunk(Leased):
    """Chunk `number` of a kind: `size` replicates from the one numbered `start`. What they give depends on the run's
    frozen dataset, its plan and these numbers alone.

    `outcome` is a JSON text and no JSON column: PostgreSQL's own would turn -0.0 into 0.0 and 1e22 into a whole number,
    and the run needs every bit.
    """

    run = models.ForeignKey("analyses.Run", models.PROTECT, related_name="chunks", editable=False)
    kind = models.CharField(max_length=30, editable=False)
    number = models.PositiveIntegerField(editable=False)
    start = models.PositiveIntegerField(editable=False)
    size = models.PositiveIntegerField(editable=False)
    outcome = models.TextField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[Any]] = [
            *Leased.Meta.constraints,
            models.UniqueConstraint(fields=["run", "kind", "number"], name="chunk_once"),
            models.CheckConstraint(
                condition=Q(state=State.SUCCEEDED, outcome__isnull=False)
                | (~Q(state=State.SUCCEEDED) & Q(outcome=None)),
                name="chunk_done_with_outcome",
            ),
            models.CheckConstraint(condition=~Q(state=State.WAITING), name="chunk_has_no_parts"),
            models.CheckConstraint(condition=Q(size__gte=1), name="chunk_not_empty"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="chunk_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="chunk_stays_that_chunk", fields=["run", "kind", "number", "start", "size"]),
            # An outcome never changes, and what its run has dropped stays dropped, whichever worker wakes up late.
            pgtrigger.Protect(
                name="chunk_ended_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__state__in=ENDED)
            ),
            pgtrigger.FSM(
                name="chunk_state_moves",
                field="state",
                transitions=[
                    (State.QUEUED, State.RUNNING),
                    (State.QUEUED, State.CANCELLED),
                    *((State.RUNNING, ended) for ended in ENDED),
                ],
            ),
            pgtrigger.Trigger(
                name="chunk_of_waiting_run",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (SELECT FROM analyses_chunk WHERE id = NEW.id AND state IN ('queued', 'running')) AND
                       NOT EXISTS (SELECT FROM analyses_run WHERE id = NEW.run_id AND state = 'waiting') THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'chunk_of_waiting_run',
                            MESSAGE = format('Run %s has an unfinished chunk but does not wait for it.', NEW.run_id);
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"chunk {self.number} ({self.kind}) of run {self.run_id}"
