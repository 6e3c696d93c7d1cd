"""Response to treatment and adverse events."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from patients.models import ClinicalRow
from records.audit import audited
from records.constraints import between, known_items, known_values
from records.matching import Match
from records.partial_dates import PartialDateField, first_day, last_day, not_before, well_formed


class ResponseTimepoint(models.TextChoices):
    AFTER_PCT = "after_pct", "After PCT"
    AFTER_RT = "after_rt", "After radiotherapy"
    FOLLOW_UP = "follow_up", "Follow-up"


class Modality(models.TextChoices):
    MRI_HEAD_NECK = "mri_head_neck", "Head and neck MRI"
    CHEST_XRAY = "chest_xray", "Chest X-ray"
    CHEST_CT = "chest_ct", "Chest CT"
    ABDOMINAL_US = "abdominal_us", "Abdominal ultrasound"
    ABDOMINAL_CT = "abdominal_ct", "Abdominal CT"
    BONE_SCAN = "bone_scan", "Bone scan"
    PET_CT = "pet_ct", "PET/CT"


class ResponseCategory(models.TextChoices):
    CR = "CR", "Complete response"
    PR = "PR", "Partial response"
    SD = "SD", "Stable disease"
    PD = "PD", "Progressive disease"


@audited
class ResponseAssessment(ClinicalRow):
    """A RECIST 1.1 assessment; an empty category means that none could be given."""

    matched_by = Match(same=("timepoint",), near="date")

    date = PartialDateField(null=True, blank=True)
    date_first = first_day("date")
    date_last = last_day("date")
    timepoint = models.CharField(max_length=9, choices=ResponseTimepoint)
    modalities = ArrayField(
        models.CharField(max_length=13, choices=Modality), null=True, blank=True, verbose_name="imaging used"
    )
    category = models.CharField("RECIST 1.1 category", max_length=2, choices=ResponseCategory, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("responseassessment", "date"),
            *known_values("responseassessment", timepoint=ResponseTimepoint, category=ResponseCategory),
            *known_items("responseassessment", modalities=Modality),
            models.UniqueConstraint(fields=["id", "patient"], name="responseassessment_of_patient"),
        ]


@audited
class TargetLesion(ClinicalRow):
    """A target lesion measured at an assessment."""

    parent_field = "assessment"
    matched_by = Match(same=("location",))

    assessment = models.ForeignKey(ResponseAssessment, models.PROTECT, related_name="target_lesions")
    location = models.CharField(max_length=100)
    baseline_mm = models.DecimalField("baseline, mm", max_digits=5, decimal_places=1)
    smallest_mm = models.DecimalField("smallest so far, mm", max_digits=5, decimal_places=1, null=True, blank=True)
    current_mm = models.DecimalField("current, mm", max_digits=5, decimal_places=1)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            between("targetlesion", "baseline_mm", 1, 400, "mm"),
            between("targetlesion", "smallest_mm", 0, 400, "mm"),
            between("targetlesion", "current_mm", 0, 400, "mm"),
        ]


class ToxicityPhase(models.TextChoices):
    PCT = "pct", "During PCT"
    RT = "rt", "During radiotherapy"
    LATE = "late", "Late"


class RelatedTo(models.TextChoices):
    CHEMOTHERAPY = "chemotherapy", "Chemotherapy"
    RADIOTHERAPY = "radiotherapy", "Radiotherapy"
    BOTH = "both", "Both"
    OTHER = "other", "Other"


@audited
class AdverseEvent(ClinicalRow):
    """An adverse event by CTCAE 5.0."""

    matched_by = Match(same=("term",), near="onset")

    term = models.CharField("CTCAE v5 term", max_length=100)
    grade = models.PositiveSmallIntegerField(help_text="1 to 5.")
    onset = PartialDateField(null=True, blank=True)
    onset_first = first_day("onset")
    onset_last = last_day("onset")
    resolution = PartialDateField(null=True, blank=True)
    resolution_first = first_day("resolution")
    resolution_last = last_day("resolution")
    phase = models.CharField(max_length=4, choices=ToxicityPhase, null=True, blank=True)
    related_to = models.CharField(max_length=12, choices=RelatedTo, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("adverseevent", "onset", "resolution"),
            *known_values("adverseevent", phase=ToxicityPhase, related_to=RelatedTo),
            between("adverseevent", "grade", 1, 5, ""),
            not_before("adverseevent", "onset", "resolution", "The event resolves before it begins."),
        ]
