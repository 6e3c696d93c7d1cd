"""What every clinical row of a patient shares."""

import enum
from typing import Any, ClassVar

from django.db import models

from records.models import Recorded


class AsWritten(models.TextChoices):
    """Categories and units that are shown as they are stored (T4a, IVC, 10^9/L), not as their names in the code."""

    @enum.property
    def label(self) -> str:
        return str(self.value)


class ClinicalRow(Recorded):
    """A recorded row that belongs to one patient."""

    # The foreign key to the row it hangs below (a cycle below its course), which then gives the patient.
    parent_field: ClassVar[str | None] = None
    stays: ClassVar[tuple[str, ...]] = ("patient",)

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="%(class)s_set")

    class Meta(Recorded.Meta):
        abstract = True
        constraints: ClassVar[list[Any]] = [*Recorded.Meta.constraints]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} of {self.patient}"


def one_live(model: str, *fields: str, name: str = "once") -> models.UniqueConstraint:
    """At most one row that is not void per value of ``fields``."""
    return models.UniqueConstraint(
        fields=fields,
        condition=models.Q(voided_at=None),
        name=f"{model}_{name}",
        violation_error_message="Stands already.",
    )
