"""Data queries and chart locks."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from patients.models.base import ClinicalRow, one_live
from records.audit import audited, never_changed, never_deleted
from records.constraints import known_values


class QueryState(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed"


@audited
class DataQuery(ClinicalRow):
    """A discrepancy on one record: the rule or person that raised it, what was found, and its state."""

    rule = models.CharField(
        max_length=40, blank=True, default="", help_text="Identifier of the rule; empty where a person asks."
    )
    table = models.CharField(max_length=60, help_text="Model of the record, such as patients.diagnosis.")
    row = models.BigIntegerField(help_text="Primary key of the record.")
    field = models.CharField(max_length=60, blank=True, default="")
    text = models.TextField()
    value = models.CharField(max_length=200, blank=True, default="", help_text="The value found.")
    state = models.CharField(max_length=8, choices=QueryState, default=QueryState.OPEN)

    class Meta(ClinicalRow.Meta):
        verbose_name = "data query"
        verbose_name_plural = "data queries"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *known_values("dataquery", state=QueryState),
            models.UniqueConstraint(
                fields=["rule", "table", "row", "field"],
                condition=~models.Q(rule="") & models.Q(voided_at=None),
                name="dataquery_one_per_rule_and_record",
            ),
        ]


class DataQueryMessage(models.Model):
    """One turn of the conversation about a data query; what was said stays as it was said."""

    query = models.ForeignKey(DataQuery, models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)
    text = models.TextField()

    class Meta:
        ordering = ["written_at"]
        triggers: ClassVar[list[Any]] = [never_deleted(), never_changed()]

    def __str__(self) -> str:
        return f"{self.author}, {self.written_at:%Y-%m-%d}"


@audited
class ChartLock(ClinicalRow):
    """The sign-off of a chart. A live row locks it; a reasoned unlock voids the row."""

    signed_off_at = models.DateTimeField(auto_now_add=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [*ClinicalRow.Meta.constraints, one_live("chartlock", "patient")]
