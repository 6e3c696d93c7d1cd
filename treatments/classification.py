"""What the fields of treatments say about a person (``records.classification``)."""

from django.db import models

from records.classification import Fields, classified, register
from treatments.models import (
    AdverseEvent,
    ChemotherapyCycle,
    Drug,
    DrugDose,
    LocalTreatment,
    RadiotherapyCourse,
    RadiotherapyVolume,
    Regimen,
    RegimenDrug,
    ResponseAssessment,
    SystemicCourse,
    TargetLesion,
)

FIELDS: dict[type[models.Model], Fields] = {
    SystemicCourse: classified(quasi="patient start stop", clinical="intent line agent_class regimen stop_reason"),
    ChemotherapyCycle: classified(quasi="patient day_1", clinical="number as_planned delay_days", own="course"),
    DrugDose: classified(identifying="reduction_reason", quasi="patient", clinical="drug mg_m2 days", own="cycle"),
    RadiotherapyCourse: classified(
        quasi="patient start end",
        clinical="intent technique planned_dose_gy delivered_dose_gy fractions_planned fractions_given"
        " fractions_per_week interruption_days",
    ),
    RadiotherapyVolume: classified(
        quasi="patient", clinical="volume label prescribed_gy delivered_gy fractions", own="course"
    ),
    LocalTreatment: classified(quasi="patient date", clinical="modality", own="site"),
    ResponseAssessment: classified(quasi="patient date", clinical="timepoint modalities category"),
    TargetLesion: classified(quasi="patient", clinical="location baseline_mm smallest_mm current_mm", own="assessment"),
    AdverseEvent: classified(quasi="patient onset resolution", clinical="term grade phase related_to"),
}
OWN_TABLES: tuple[type[models.Model], ...] = (Drug, Regimen, RegimenDrug)


def declare() -> None:
    register(FIELDS)
