"""What is said about a chart: data queries, sign-off, second entry, and which patients are not the same person."""

from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from patients.models.base import ClinicalRow, one_live
from patients.models.patient import Patient
from records.audit import audited, never_changed, never_deleted
from records.constraints import known_values
from records.quality import Severity
from records.roles import Act


class QueryState(models.TextChoices):
    """Open: waits for whoever enters the chart. Answered: waits for a data manager. Accepted: the value stays as it is.
    Closed: the data are right."""

    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    ACCEPTED = "accepted", "Accepted as it is"
    CLOSED = "closed", "Closed"


# Queries in these states wait for somebody.
UNSETTLED = (QueryState.OPEN, QueryState.ANSWERED)


# What a query costs follows from the saved plans and runs; a change of it alone is no change of the query.
@partial(audited, without=["rank", "cost"])
class DataQuery(ClinicalRow):
    """A discrepancy on one record: the rule or person that raised it, what was found, and its state."""

    of_chart = False
    # Rules and people raise, answer and close queries by actions of their own; anything else is a data manager's.
    written_under = Act.MANAGE
    stays = ("patient", "rule", "severity", "table", "row", "field", "text", "value", "state")

    rule = models.CharField(
        max_length=40, blank=True, default="", help_text="Identifier of the rule; empty where a person asks."
    )
    severity = models.CharField(
        max_length=7, choices=Severity, null=True, blank=True, help_text="Of the rule; empty where a person asks."
    )
    table = models.CharField(max_length=60, help_text="Model of the record, such as patients.diagnosis.")
    row = models.BigIntegerField(help_text="Primary key of the record.")
    field = models.CharField(max_length=60, blank=True, default="")
    text = models.TextField()
    value = models.CharField(max_length=200, blank=True, default="", help_text="The value found.")
    state = models.CharField(max_length=8, choices=QueryState, default=QueryState.OPEN)
    state_since = models.DateTimeField(db_default=Now(), editable=False)
    rank = models.PositiveIntegerField(
        default=0, editable=False, help_text="What it costs the saved analyses; the dearest come first."
    )
    cost = models.CharField(max_length=300, blank=True, default="", editable=False, help_text="The same in words.")

    class Meta(ClinicalRow.Meta):
        verbose_name = "data query"
        verbose_name_plural = "data queries"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *known_values("dataquery", state=QueryState, severity=Severity),
            models.UniqueConstraint(
                fields=["rule", "table", "row", "field"],
                condition=~models.Q(rule="") & models.Q(voided_at=None),
                name="dataquery_one_per_rule_and_record",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["state", "-rank", "id"], condition=models.Q(voided_at=None), name="dataquery_by_rank"),
        ]


class DataQueryMessage(models.Model):
    """One turn of the conversation about a data query; what was said stays as it was said."""

    query = models.ForeignKey(DataQuery, models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)
    text = models.TextField()
    state = models.CharField(
        max_length=8, choices=QueryState, null=True, help_text="The state into which it moved the query, if it did."
    )

    class Meta:
        ordering = ["written_at", "pk"]
        triggers: ClassVar[list[Any]] = [never_deleted(), never_changed()]

    def __str__(self) -> str:
        return f"{self.author}, {self.written_at:%Y-%m-%d}"


@audited
class ChartLock(ClinicalRow):
    """The sign-off of a chart. A live row locks it; a reasoned unlock voids the row."""

    of_chart = False

    signed_off_at = models.DateTimeField(auto_now_add=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [*ClinicalRow.Meta.constraints, one_live("chartlock", "patient")]


class ChartInHand(models.Model):
    """When a person last saved something in a chart, which 'my work' goes on with. No part of chart or trail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "patient"], name="chartinhand_once")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["user", "-saved_at"], name="chartinhand_latest")]

    def __str__(self) -> str:
        return f"{self.patient}, {self.user}"


@audited
class DistinctPair(ClinicalRow):
    """Two patients who look alike and were found to be two persons; the note says by what."""

    of_chart = False
    stays = ("patient", "other")

    other = models.ForeignKey(Patient, models.PROTECT, related_name="+")

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            one_live("distinctpair", "patient", "other"),
            models.CheckConstraint(condition=models.Q(patient__lt=models.F("other")), name="distinctpair_in_one_order"),
        ]


class EntryState(models.TextChoices):
    """Entering: the second chart is being filled. Finished: compared, with discrepancies left. Settled: none left."""

    ENTERING = "entering", "Being entered"
    FINISHED = "finished", "To be settled"
    SETTLED = "settled", "Settled"


@audited
class SecondEntry(ClinicalRow):
    """A second abstraction of a patient's chart, blind to the first, under a patient of its own (``chart``)."""

    written_under = Act.MANAGE
    of_chart = False
    stays = ("patient", "chart", "abstractor")

    chart = models.OneToOneField(Patient, models.PROTECT, related_name="second_entry")
    abstractor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="second_entries")
    state = models.CharField(max_length=8, choices=EntryState, default=EntryState.ENTERING, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    compared = models.JSONField(
        null=True,
        editable=False,
        help_text="Every field compared, as both charts had it when the second was finished: agreement counts from it.",
    )

    class Meta(ClinicalRow.Meta):
        verbose_name_plural = "second entries"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *known_values("secondentry", state=EntryState),
            one_live("secondentry", "patient"),
            models.UniqueConstraint(fields=["id", "patient"], name="secondentry_of_patient"),
            models.CheckConstraint(
                condition=models.Q(state=EntryState.ENTERING, finished_at=None, compared=None)
                | (~models.Q(state=EntryState.ENTERING) & models.Q(finished_at__isnull=False, compared__isnull=False)),
                name="secondentry_compared_when_finished",
            ),
        ]


class Decision(models.TextChoices):
    FIRST = "first", "The first entry holds"
    SECOND = "second", "The second entry holds"
    NEITHER = "neither", "Neither; corrected by hand"


@audited
class Discrepancy(ClinicalRow):
    """A field in which two entries of a chart differ, and which of them was found to hold."""

    of_chart = False
    parent_field = "entry"
    stays = ("patient", "entry", "table", "row", "second_row", "field", "first", "second")

    entry = models.ForeignKey(SecondEntry, models.PROTECT, related_name="discrepancies")
    table = models.CharField(max_length=60, help_text="Model of the record, such as patients.diagnosis.")
    row = models.BigIntegerField(null=True, help_text="Primary key of the first entry's record, where it has one.")
    second_row = models.BigIntegerField(null=True, help_text="Primary key of the second entry's record, likewise.")
    field = models.CharField(max_length=60, blank=True, default="", help_text="Empty where one lacks the record.")
    first = models.TextField(blank=True, default="")
    second = models.TextField(blank=True, default="")
    decision = models.CharField(max_length=7, choices=Decision, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        verbose_name_plural = "discrepancies"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *known_values("discrepancy", decision=Decision),
            models.CheckConstraint(
                condition=models.Q(row__isnull=False) | models.Q(second_row__isnull=False),
                name="discrepancy_of_a_record",
            ),
        ]
