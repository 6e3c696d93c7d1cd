"""Contacts, progressions, death."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from patients.models.base import ClinicalRow, one_live
from patients.models.diagnosis import MetastasisBasis, Organ
from records.audit import audited
from records.constraints import known_items, known_values
from records.matching import Match
from records.partial_dates import PartialDateField, first_day, last_day, well_formed
from records.roles import Act


class ContactMethod(models.TextChoices):
    CLINIC = "clinic", "Clinic"
    PHONE = "phone", "Phone"
    LINKAGE = "linkage", "Record linkage"


class ContactStatus(models.TextChoices):
    ALIVE = "alive", "Alive"
    DEAD = "dead", "Dead"
    LOST = "lost", "Lost to follow-up"


class DiseaseStatus(models.TextChoices):
    NO_EVIDENCE = "no_evidence", "No evidence of disease"
    STABLE = "stable", "With disease, stable"
    PROGRESSION = "progression", "Progression"
    NOT_ASSESSED = "not_assessed", "Not assessed"


@audited
class FollowUp(ClinicalRow):
    """One contact. 'Lost' means that the patient could not be reached on that day, and says nothing of being alive."""

    written_under = Act.FOLLOW_UP
    matched_by = Match(near="date")

    date = PartialDateField("contact date")
    date_first = first_day("date")
    date_last = last_day("date")
    method = models.CharField(max_length=7, choices=ContactMethod, null=True, blank=True)
    status = models.CharField("vital status", max_length=5, choices=ContactStatus)
    disease_status = models.CharField(max_length=12, choices=DiseaseStatus, null=True, blank=True)
    next_due = PartialDateField("next contact due", null=True, blank=True, future=True)
    next_due_first = first_day("next_due")
    next_due_last = last_day("next_due")

    class Meta(ClinicalRow.Meta):
        verbose_name = "follow-up contact"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("followup", "date", "next_due"),
            *known_values("followup", method=ContactMethod, status=ContactStatus, disease_status=DiseaseStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["patient", "-date_last", "-id"],
                include=["status"],
                condition=models.Q(voided_at=None),
                name="followup_latest_live",
            ),
            models.Index(
                fields=["status", "patient"],
                condition=models.Q(voided_at=None) & ~models.Q(status=ContactStatus.ALIVE),
                name="followup_not_alive",
            ),
        ]


class ProgressionKind(models.TextChoices):
    LOCOREGIONAL = "locoregional", "Locoregional"
    DISTANT = "distant", "Distant"
    BOTH = "both", "Locoregional and distant"


@audited
class Progression(ClinicalRow):
    """Progression of the disease, by site."""

    written_under = Act.FOLLOW_UP
    matched_by = Match(near="date", within=183)

    date = PartialDateField()
    date_first = first_day("date")
    date_last = last_day("date")
    kind = models.CharField(max_length=12, choices=ProgressionKind)
    sites = ArrayField(
        models.CharField(max_length=12, choices=Organ),
        null=True,
        blank=True,
        help_text="Organs of distant progression.",
    )
    basis = models.CharField("shown by", max_length=9, choices=MetastasisBasis, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("progression", "date"),
            *known_values("progression", kind=ProgressionKind, basis=MetastasisBasis),
            *known_items("progression", sites=Organ),
        ]


class CauseOfDeath(models.TextChoices):
    CANCER = "cancer", "The cancer"
    TREATMENT = "treatment", "Treatment"
    OTHER_CANCER = "other_cancer", "Other cancer"
    OTHER = "other", "Other cause"
    UNKNOWN = "unknown", "Unknown"


@audited
class Death(ClinicalRow):
    """The death of the patient: with the latest contact, the one truth about vital status."""

    written_under = Act.FOLLOW_UP

    date = PartialDateField()
    date_first = first_day("date")
    date_last = last_day("date")
    cause = models.CharField(max_length=12, choices=CauseOfDeath)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            one_live("death", "patient"),
            *well_formed("death", "date"),
            *known_values("death", cause=CauseOfDeath),
        ]
