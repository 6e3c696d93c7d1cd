"""Radiotherapy courses and volumes, and local treatment of metastases."""

from typing import Any, ClassVar

from django.db import models

from patients.models import ClinicalRow, MetastaticSite
from patients.models.base import one_live
from records.audit import audited
from records.constraints import between, known_values
from records.matching import Match
from records.partial_dates import PartialDateField, first_day, last_day, not_before, well_formed


class RadiotherapyIntent(models.TextChoices):
    LOCOREGIONAL = "locoregional", "Locoregional"
    METASTASIS = "metastasis", "To metastasis"


class Technique(models.TextChoices):
    TWO_D = "2d", "2D conventional"
    CONFORMAL = "3d", "3D conformal"
    IMRT = "imrt", "IMRT"
    VMAT = "vmat", "VMAT"
    PROTON = "proton", "Proton therapy"


@audited
class RadiotherapyCourse(ClinicalRow):
    """A course of radiotherapy; its volumes hang below it. An empty technique means that the chart does not give it."""

    matched_by = Match(same=("intent",), near="start", within=183)

    intent = models.CharField(max_length=12, choices=RadiotherapyIntent)
    technique = models.CharField(max_length=6, choices=Technique, null=True, blank=True)
    planned_dose_gy = models.DecimalField("planned dose, Gy", max_digits=5, decimal_places=2, null=True, blank=True)
    delivered_dose_gy = models.DecimalField("delivered dose, Gy", max_digits=5, decimal_places=2, null=True, blank=True)
    start = PartialDateField(null=True, blank=True)
    start_first = first_day("start")
    start_last = last_day("start")
    end = PartialDateField(null=True, blank=True)
    end_first = first_day("end")
    end_last = last_day("end")
    fractions_planned = models.PositiveSmallIntegerField(null=True, blank=True)
    fractions_given = models.PositiveSmallIntegerField(null=True, blank=True)
    fractions_per_week = models.PositiveSmallIntegerField(null=True, blank=True)
    interruption_days = models.PositiveSmallIntegerField("interruption, days", null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("radiotherapycourse", "start", "end"),
            *known_values("radiotherapycourse", intent=RadiotherapyIntent, technique=Technique),
            not_before("radiotherapycourse", "start", "end", "Radiotherapy ends before it starts."),
            between("radiotherapycourse", "planned_dose_gy", 0, 90, "Gy"),
            between("radiotherapycourse", "delivered_dose_gy", 0, 90, "Gy"),
            between("radiotherapycourse", "fractions_planned", 1, 60, "fractions"),
            between("radiotherapycourse", "fractions_given", 0, 60, "fractions"),
            between("radiotherapycourse", "fractions_per_week", 1, 14, ""),
            between("radiotherapycourse", "interruption_days", 0, 365, "days"),
            models.UniqueConstraint(fields=["id", "patient"], name="radiotherapycourse_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_intent_display()} radiotherapy of {self.patient}"


class VolumeKind(models.TextChoices):
    GTVNX = "gtvnx", "GTVnx"
    GTVND = "gtvnd", "GTVnd"
    CTV1 = "ctv1", "CTV1"
    CTV2 = "ctv2", "CTV2"
    OTHER = "other", "Other"


@audited
class RadiotherapyVolume(ClinicalRow):
    """A target volume of a course with its prescribed dose."""

    parent_field = "course"
    matched_by = Match(same=("volume", "label"))

    course = models.ForeignKey(RadiotherapyCourse, models.PROTECT, related_name="volumes")
    volume = models.CharField(max_length=5, choices=VolumeKind)
    label = models.CharField(max_length=60, blank=True, default="", help_text="Name in the plan, where it is 'other'.")
    prescribed_gy = models.DecimalField("prescribed dose, Gy", max_digits=5, decimal_places=2, null=True, blank=True)
    delivered_gy = models.DecimalField("delivered dose, Gy", max_digits=5, decimal_places=2, null=True, blank=True)
    fractions = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *known_values("radiotherapyvolume", volume=VolumeKind),
            one_live("radiotherapyvolume", "course", "volume", "label"),
            between("radiotherapyvolume", "prescribed_gy", 0, 90, "Gy"),
            between("radiotherapyvolume", "delivered_gy", 0, 90, "Gy"),
            between("radiotherapyvolume", "fractions", 1, 60, "fractions"),
        ]

    def __str__(self) -> str:
        return f"{self.get_volume_display()} of {self.patient}"


class LocalModality(models.TextChoices):
    RADIOTHERAPY = "radiotherapy", "Radiotherapy"
    SURGERY = "surgery", "Surgery"
    TACE = "tace", "Transcatheter arterial chemoembolisation"
    RADIOFREQUENCY = "radiofrequency", "Radiofrequency ablation"
    MICROWAVE = "microwave", "Microwave ablation"
    OTHER = "other", "Other"


@audited
class LocalTreatment(ClinicalRow):
    """Local treatment of a metastasis."""

    matched_by = Match(same=("modality",), near="date", within=183)

    site = models.ForeignKey(
        MetastaticSite,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="local_treatments",
        verbose_name="metastatic site",
    )
    modality = models.CharField(max_length=14, choices=LocalModality)
    date = PartialDateField(null=True, blank=True)
    date_first = first_day("date")
    date_last = last_day("date")

    class Meta(ClinicalRow.Meta):
        verbose_name = "local treatment of metastasis"
        verbose_name_plural = "local treatments of metastases"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("localtreatment", "date"),
            *known_values("localtreatment", modality=LocalModality),
        ]
