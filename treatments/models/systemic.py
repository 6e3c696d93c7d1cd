"""Systemic treatment: the catalogue of drugs and regimens, courses, cycles and doses."""

from functools import partial
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from patients.models import ClinicalRow
from patients.models.base import one_live
from records.audit import audited
from records.constraints import between, known_values
from records.matching import Match
from records.partial_dates import PartialDateField, first_day, last_day, not_before, well_formed


class AgentClass(models.TextChoices):
    CHEMOTHERAPY = "chemotherapy", "Chemotherapy"
    CHECKPOINT_INHIBITOR = "checkpoint_inhibitor", "Immune checkpoint inhibitor"
    ANTI_EGFR = "anti_egfr", "Anti-EGFR antibody"
    OTHER = "other", "Other"


class Route(models.TextChoices):
    INTRAVENOUS = "iv", "Intravenous"
    CONTINUOUS = "civ", "Continuous infusion"
    ORAL = "po", "By mouth"


@audited
class Drug(models.Model):
    """A drug of the catalogue."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    agent_class = models.CharField(max_length=20, choices=AgentClass)
    is_platinum = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints: ClassVar[list[Any]] = known_values("drug", agent_class=AgentClass)

    def __str__(self) -> str:
        return self.name


@audited
class Regimen(models.Model):
    """A regimen of the catalogue, such as TPF. Single agent or combination follows from its drugs."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=100)
    cycle_days = models.PositiveSmallIntegerField("cycle length, days", null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints: ClassVar[list[Any]] = [between("regimen", "cycle_days", 1, 90, "days", "Cycle length")]

    def __str__(self) -> str:
        return self.code

    @property
    def platinum(self) -> str:
        """'single agent' or 'combination' where a drug of the regimen is a platinum, else empty."""
        drugs = [part.drug for part in self.drugs.all()]
        if not any(drug.is_platinum for drug in drugs):
            return ""
        return "single agent" if len(drugs) == 1 else "combination"


@partial(audited, deletable=True)
class RegimenDrug(models.Model):
    """A drug of a regimen with its standard dose."""

    regimen = models.ForeignKey(Regimen, models.CASCADE, related_name="drugs")
    drug = models.ForeignKey(Drug, models.PROTECT, related_name="+")
    mg_m2 = models.DecimalField(
        "dose, mg/m² per day",
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="Empty where not standard.",
    )
    days = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Days of the cycle on which it is given."
    )
    route = models.CharField(max_length=3, choices=Route)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["regimen", "drug"], name="regimendrug_once"),
            *known_values("regimendrug", route=Route),
            between("regimendrug", "mg_m2", 0, 15000, "mg/m²", "Dose"),
        ]

    def __str__(self) -> str:
        return f"{self.drug} in {self.regimen}"


class CourseIntent(models.TextChoices):
    PALLIATIVE = "palliative", "Palliative first line (PCT)"
    CONCURRENT = "concurrent", "Concurrent with radiotherapy"
    ADJUVANT = "adjuvant", "Adjuvant or maintenance"
    LATER_LINE = "later_line", "Later line"


class StopReason(models.TextChoices):
    COMPLETED = "completed", "Completed as planned"
    PROGRESSION = "progression", "Progression"
    TOXICITY = "toxicity", "Toxicity"
    REFUSAL = "refusal", "Patient's wish"
    DEATH = "death", "Death"
    OTHER = "other", "Other"


@audited
class SystemicCourse(ClinicalRow):
    """A course of systemic treatment; its cycles hang below it."""

    matched_by = Match(same=("intent",), near="start", within=183)

    intent = models.CharField(max_length=10, choices=CourseIntent)
    line = models.PositiveSmallIntegerField("line of treatment", null=True, blank=True)
    agent_class = models.CharField("class", max_length=20, choices=AgentClass)
    regimen = models.ForeignKey(Regimen, models.PROTECT, null=True, blank=True, help_text="Empty where not known.")
    start = PartialDateField(null=True, blank=True)
    start_first = first_day("start")
    start_last = last_day("start")
    stop = PartialDateField(null=True, blank=True)
    stop_first = first_day("stop")
    stop_last = last_day("stop")
    stop_reason = models.CharField(max_length=11, choices=StopReason, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("systemiccourse", "start", "stop"),
            *known_values("systemiccourse", intent=CourseIntent, agent_class=AgentClass, stop_reason=StopReason),
            not_before("systemiccourse", "start", "stop", "The course stops before it starts."),
            between("systemiccourse", "line", 1, 20, ""),
            models.CheckConstraint(
                condition=models.Q(line=None)
                | ~models.Q(intent=CourseIntent.PALLIATIVE, line__gt=1)
                & ~models.Q(intent=CourseIntent.LATER_LINE, line=1),
                name="systemiccourse_line_of_intent",
                violation_error_message="PCT is the first line, a later line the second or a further one.",
            ),
            models.UniqueConstraint(fields=["id", "patient"], name="systemiccourse_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_intent_display()} of {self.patient}"


@audited
class ChemotherapyCycle(ClinicalRow):
    """One cycle of a course."""

    parent_field = "course"
    matched_by = Match(same=("number",))

    course = models.ForeignKey(SystemicCourse, models.PROTECT, related_name="cycles")
    number = models.PositiveSmallIntegerField("cycle")
    day_1 = PartialDateField("day 1", null=True, blank=True)
    day_1_first = first_day("day_1")
    day_1_last = last_day("day_1")
    as_planned = models.BooleanField("given as planned", null=True, blank=True)
    delay_days = models.PositiveSmallIntegerField("delay, days", null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        ordering = ["course", "number"]
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("chemotherapycycle", "day_1"),
            one_live("chemotherapycycle", "course", "number"),
            between("chemotherapycycle", "number", 1, 60, ""),
            between("chemotherapycycle", "delay_days", 0, 365, "days"),
            models.UniqueConstraint(fields=["id", "patient"], name="chemotherapycycle_of_patient"),
        ]

    def __str__(self) -> str:
        return f"Cycle {self.number} of {self.patient}"


@audited
class DrugDose(ClinicalRow):
    """What was given of one drug in one cycle."""

    parent_field = "cycle"
    matched_by = Match(same=("drug",))

    cycle = models.ForeignKey(ChemotherapyCycle, models.PROTECT, related_name="doses")
    drug = models.ForeignKey(Drug, models.PROTECT, related_name="+")
    mg_m2 = models.DecimalField("dose given, mg/m² per day", max_digits=7, decimal_places=1, null=True, blank=True)
    days = models.PositiveSmallIntegerField("days given", null=True, blank=True)
    reduction_reason = models.CharField("reason for reduction", max_length=200, blank=True, default="")

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            one_live("drugdose", "cycle", "drug"),
            between("drugdose", "mg_m2", 0, 15000, "mg/m²", "Dose"),
            between("drugdose", "days", 1, 42, "days"),
        ]

    def __str__(self) -> str:
        return f"{self.drug}, {self.cycle}"
