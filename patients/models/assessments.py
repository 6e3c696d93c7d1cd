"""Performance status, laboratory results, quality of life."""

from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db import models

from patients.models.base import AsWritten, ClinicalRow
from records.audit import audited
from records.constraints import between, known_values
from records.matching import Match
from records.partial_dates import PartialDateField, first_day, last_day, well_formed


class Timepoint(models.TextChoices):
    BASELINE = "baseline", "Baseline"
    BEFORE_RT = "before_rt", "Before radiotherapy"
    FOLLOW_UP = "follow_up", "Follow-up"


@audited
class PerformanceStatus(ClinicalRow):
    """Karnofsky and/or ECOG performance status on one day."""

    matched_by = Match(same=("timepoint",), near="date")

    date = PartialDateField(null=True, blank=True)
    date_first = first_day("date")
    date_last = last_day("date")
    timepoint = models.CharField(max_length=9, choices=Timepoint)
    kps = models.PositiveSmallIntegerField("KPS", null=True, blank=True, help_text="0 to 100 in steps of 10.")
    ecog = models.PositiveSmallIntegerField("ECOG", null=True, blank=True, help_text="0 to 4.")

    class Meta(ClinicalRow.Meta):
        verbose_name_plural = "performance status"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("performancestatus", "date"),
            *known_values("performancestatus", timepoint=Timepoint),
            models.CheckConstraint(
                condition=models.Q(kps=None) | models.Q(kps__in=list(range(0, 101, 10))),
                name="performancestatus_kps_by_tens",
                violation_error_message="KPS is 0 to 100 in steps of 10.",
            ),
            between("performancestatus", "ecog", 0, 4, ""),
            models.CheckConstraint(
                condition=~models.Q(kps=None, ecog=None),
                name="performancestatus_one_given",
                violation_error_message="Give KPS, ECOG or both.",
            ),
        ]


class Analyte(models.TextChoices):
    EBV_DNA = "ebv_dna", "EBV DNA"
    LDH = "ldh", "LDH"
    ALP = "alp", "ALP"
    ALBUMIN = "albumin", "Albumin"
    HAEMOGLOBIN = "haemoglobin", "Haemoglobin"
    LYMPHOCYTES = "lymphocytes", "Lymphocytes"
    CRP = "crp", "CRP"


class LabUnit(AsWritten):
    COPIES_PER_ML = "copies/mL"
    UNITS_PER_L = "U/L"
    GRAMS_PER_L = "g/L"
    GIGA_PER_L = "10^9/L"
    MG_PER_L = "mg/L"


UNIT_OF: dict[str, str] = {
    Analyte.EBV_DNA: LabUnit.COPIES_PER_ML,
    Analyte.LDH: LabUnit.UNITS_PER_L,
    Analyte.ALP: LabUnit.UNITS_PER_L,
    Analyte.ALBUMIN: LabUnit.GRAMS_PER_L,
    Analyte.HAEMOGLOBIN: LabUnit.GRAMS_PER_L,
    Analyte.LYMPHOCYTES: LabUnit.GIGA_PER_L,
    Analyte.CRP: LabUnit.MG_PER_L,
}


def in_its_unit() -> models.CheckConstraint:
    """CHECK constraint that each analyte is given in its one unit, so that values of it can be compared."""
    pairs = [models.Q(analyte=analyte, unit=unit) for analyte, unit in UNIT_OF.items()]
    return models.CheckConstraint(
        condition=reduce(or_, pairs),
        name="labresult_in_its_unit",
        violation_error_message="EBV DNA is given in copies/mL, LDH and ALP in U/L, albumin and haemoglobin in g/L,"
        " lymphocytes in 10^9/L, CRP in mg/L.",
    )


@audited
class LabResult(ClinicalRow):
    """One analyte on one day."""

    matched_by = Match(same=("analyte",), near="date", without=("unit",))

    date = PartialDateField()
    date_first = first_day("date")
    date_last = last_day("date")
    analyte = models.CharField(max_length=11, choices=Analyte)
    value = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=9, choices=LabUnit)
    below_limit = models.BooleanField("below detection limit", default=False)
    detection_limit = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, blank=True, help_text="In the unit."
    )
    assay = models.CharField(max_length=100, blank=True, default="")

    class Meta(ClinicalRow.Meta):
        verbose_name = "laboratory result"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("labresult", "date"),
            *known_values("labresult", analyte=Analyte),
            in_its_unit(),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False, below_limit=False) | models.Q(value=None, below_limit=True),
                name="labresult_value_or_below_limit",
                violation_error_message="Give a value, or 'below detection limit'.",
            ),
            models.CheckConstraint(
                condition=models.Q(value=None) | models.Q(value__gte=0), name="labresult_value_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(detection_limit=None) | models.Q(detection_limit__gt=0),
                name="labresult_detection_limit_positive",
            ),
        ]


class Instrument(models.TextChoices):
    QLQ_C30 = "qlq_c30", "EORTC QLQ-C30"
    QLQ_HN35 = "qlq_hn35", "EORTC QLQ-H&N35"
    QLQ_HN43 = "qlq_hn43", "EORTC QLQ-H&N43"


@audited
class QualityOfLife(ClinicalRow):
    """One scale score of one questionnaire on one day."""

    matched_by = Match(same=("instrument", "scale"), near="date")

    date = PartialDateField()
    date_first = first_day("date")
    date_last = last_day("date")
    instrument = models.CharField(max_length=8, choices=Instrument)
    scale = models.CharField(
        max_length=60, help_text="Scale name as in the scoring manual, such as Global health status."
    )
    score = models.DecimalField(max_digits=5, decimal_places=2, help_text="0 to 100.")

    class Meta(ClinicalRow.Meta):
        verbose_name_plural = "quality of life"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("qualityoflife", "date"),
            *known_values("qualityoflife", instrument=Instrument),
            between("qualityoflife", "score", 0, 100, ""),
        ]
