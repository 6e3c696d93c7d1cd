"""The patient, and beside them, apart from everything else, who they are."""

from functools import partial
from typing import Any, ClassVar

from django.db import models

from patients.models.base import ClinicalRow, one_live
from records.audit import audited
from records.constraints import between, known_values
from records.matching import Match
from records.models import Centre, Recorded, Registry
from records.partial_dates import PartialDateField, first_day, last_day, not_before, well_formed
from records.roles import Act


class Sex(models.TextChoices):
    MALE = "male", "Male"
    FEMALE = "female", "Female"


class AgeReference(models.TextChoices):
    DIAGNOSIS = "diagnosis", "At diagnosis"
    RT_START = "rt_start", "At start of radiotherapy"


@audited
class Patient(Recorded):
    """A patient, known to all but ``Identity`` by registry number alone. Vital status is derived, never typed."""

    stays = ("registry", "centre", "number", "merged_into", "second_of")
    matched_by = Match(without=("external_id",))

    registry = models.ForeignKey(Registry, models.PROTECT, related_name="patients")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="patients")
    number = models.CharField("registry number", max_length=20, unique=True, editable=False)
    external_id = models.CharField(
        "identifier in the source",
        max_length=60,
        null=True,
        blank=True,
        help_text="Pseudonym that an imported table gives; never a hospital number.",
    )
    sex = models.CharField(max_length=6, choices=Sex, null=True, blank=True)
    birth_date = PartialDateField(null=True, blank=True)
    birth_date_first = first_day("birth_date")
    birth_date_last = last_day("birth_date")
    age_at_reference = models.DecimalField(
        max_digits=4, decimal_places=1, null=True, blank=True, help_text="Years, where the birth date is withheld."
    )
    age_reference = models.CharField(max_length=9, choices=AgeReference, null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    # A chart abstracted a second time stands under a patient of its own, whom no list, analysis or rule counts.
    second_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="second_charts"
    )

    class Meta(Recorded.Meta):
        ordering = ["number"]
        constraints: ClassVar[list[Any]] = [
            *Recorded.Meta.constraints,
            *well_formed("patient", "birth_date"),
            *known_values("patient", sex=Sex, age_reference=AgeReference),
            between("patient", "age_at_reference", 0, 120, "years"),
            models.CheckConstraint(
                condition=models.Q(age_at_reference=None, age_reference=None)
                | models.Q(age_at_reference__isnull=False, age_reference__isnull=False),
                name="patient_age_with_reference",
                violation_error_message="An age needs the date it refers to, and the other way round.",
            ),
            one_live("patient", "registry", "external_id", name="external_id_once"),
        ]

    def __str__(self) -> str:
        return self.number


# An index outlives the key of its person where a copy is kept, and a short number can be guessed from it.
@partial(audited, without=["hospital_number_index", "national_id_index"])
class Identity(ClinicalRow):
    """Who the patient is: every value encrypted under a key of this person (``patients.identity``).

    The blind index is a keyed hash of the normalised hospital number, so that one can be looked up exactly, and a
    second live one at the same centre refused, without decrypting anything.
    """

    written_under = Act.EDIT_IDENTITY
    of_chart = False
    stays = ("patient", "centre")

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    name = models.BinaryField(null=True, blank=True)
    hospital_number = models.BinaryField(null=True, blank=True)
    hospital_number_index = models.CharField(max_length=64, null=True, blank=True, db_index=True)
    national_id = models.BinaryField(null=True, blank=True)
    national_id_index = models.CharField(max_length=64, null=True, blank=True, db_index=True)
    phone = models.BinaryField(null=True, blank=True)
    address = models.BinaryField(null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        verbose_name_plural = "identities"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            one_live("identity", "patient"),
            models.UniqueConstraint(
                fields=["centre", "hospital_number_index"],
                condition=models.Q(voided_at=None),
                name="identity_hospital_number_once_per_centre",
                violation_error_message="This hospital number belongs to another patient of the centre.",
            ),
        ]


@partial(audited, without=["wrapped"], deletable=True)
class IdentityKey(models.Model):
    """The person's own key, wrapped by the field keys. Its deletion is the erasure of the identity, everywhere.

    The trail keeps that a key was made and destroyed, and never the key.
    """

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="identity_key")
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Identity key of {self.patient}"


class ConsentBasis(models.TextChoices):
    CONSENT = "consent", "Informed consent"
    WAIVER = "waiver", "Waiver of consent"


class ConsentScope(models.TextChoices):
    REGISTRY = "registry", "Registry only"
    RESEARCH = "research", "Registry and research"
    SHARING = "sharing", "Registry, research and data sharing"


@audited
class Consent(ClinicalRow):
    """On what basis the patient is in the registry, and whether that was withdrawn."""

    of_chart = False

    basis = models.CharField(max_length=7, choices=ConsentBasis)
    scope = models.CharField(max_length=8, choices=ConsentScope)
    date = PartialDateField()
    date_first = first_day("date")
    date_last = last_day("date")
    withdrawn_on = PartialDateField(null=True, blank=True)
    withdrawn_on_first = first_day("withdrawn_on")
    withdrawn_on_last = last_day("withdrawn_on")

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("consent", "date", "withdrawn_on"),
            *known_values("consent", basis=ConsentBasis, scope=ConsentScope),
            not_before("consent", "date", "withdrawn_on", "The consent is withdrawn before it was given."),
        ]
