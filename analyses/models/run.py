"""A run of a plan, and its one result."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from analyses.models.artifact import Artifact
from analyses.models.leased import ENDED, Leased, State
from analyses.models.plan import Plan


class Run(Leased):
    """One execution of a plan on the data that its requester may analyse.

    `centres` are those whose patients the run reads, set when it is asked for and again when it has read; who may see
    charts at all of them may see the run.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="runs", editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    centres = models.ManyToManyField("records.Centre", related_name="+", editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    stage = models.CharField(max_length=100, blank=True, default="", editable=False)
    progress = models.FloatField(default=0.0, editable=False, help_text="0 to 1.")
    cancel_requested_at = models.DateTimeField(null=True, editable=False)
    cancel_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    error = models.TextField(blank=True, default="", editable=False, help_text="Why the run failed, in plain words.")
    error_patients = ArrayField(models.CharField(max_length=30), default=list, editable=False)
    data_sha256 = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["state", "rung_at"], name="run_waiting", condition=~Q(state__in=ENDED)),
        ]
        constraints: ClassVar[list[Any]] = [
            *Leased.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state__in=ENDED, finished_at__isnull=False) | (~Q(state__in=ENDED) & Q(finished_at=None)),
                name="run_finished_when_ended",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.FAILED) & ~Q(error="")) | (~Q(state=State.FAILED) & Q(error="")),
                name="run_failed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(cancel_requested_at=None, cancel_requested_by=None)
                | Q(cancel_requested_at__isnull=False, cancel_requested_by__isnull=False),
                name="run_cancel_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CANCELLED) | Q(cancel_requested_at__isnull=False),
                name="run_cancelled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.WAITING, State.SUCCEEDED]) | ~Q(data_sha256=""), name="run_on_frozen_data"
            ),
            models.CheckConstraint(condition=Q(progress__gte=0, progress__lte=1), name="run_progress_is_a_share"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="run_never_deleted", operation=pgtrigger.Delete),
            # What has ended stays as it ended, whichever worker wakes up late.
            pgtrigger.FSM(
                name="run_state_moves",
                field="state",
                transitions=[
                    (State.QUEUED, State.RUNNING),
                    (State.QUEUED, State.CANCELLED),
                    (State.RUNNING, State.WAITING),
                    *((State.RUNNING, ended) for ended in ENDED),
                    (State.WAITING, State.QUEUED),
                    (State.WAITING, State.FAILED),
                    (State.WAITING, State.CANCELLED),
                ],
            ),
            pgtrigger.Trigger(
                # A run that waits for nothing would wait for ever, and nobody needs the chunks of one that goes on.
                name="run_waits_for_its_chunks",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (SELECT FROM analyses_run WHERE id = NEW.id AND state = 'waiting') <>
                       EXISTS (SELECT FROM analyses_chunk WHERE run_id = NEW.id AND state IN ('queued', 'running')) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'run_waits_for_its_chunks',
                            MESSAGE = format('Run %s waits exactly as long as it has unfinished chunks.', NEW.id);
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="run_succeeded_has_result",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func="""
                    IF NEW.state = 'succeeded' AND NOT EXISTS (SELECT FROM analyses_result WHERE run_id = NEW.id) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'run_succeeded_has_result',
                            MESSAGE = format('Run %s cannot end as finished without a result.', NEW.id);
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("analyses:run", args=[self.pk])

    @property
    def seconds(self) -> float | None:
        """From the first claim to the end, lost attempts included; None while it has not ended or never began."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class Result(models.Model):
    """The study's result; `document` is its JSON form, byte for byte as the run wrote it."""

    run = models.OneToOneField(Run, models.PROTECT, related_name="result", editable=False)
    document = models.ForeignKey(Artifact, models.PROTECT, related_name="+", editable=False)
    fingerprint = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the result without its timings: equal for equal runs."
    )
    headline = models.JSONField(editable=False, help_text="The few numbers that lists show.")

    class Meta:
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="result_stays", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="result_of_succeeded_run",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (SELECT FROM analyses_run WHERE id = NEW.run_id AND state = 'succeeded') THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'result_of_succeeded_run',
                            MESSAGE = format('Run %s has a result but did not end as finished.', NEW.run_id);
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"result of run {self.run_id}"
