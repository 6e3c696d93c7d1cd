"""Saved questions: a cohort's criterion and a plan's study specification. A saved version never changes."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from analyses.pipeline import codec
from analyses.pipeline.spec import NamedCriterion, StudySpec


class SavedVersion(models.Model):
    """A named value of a registry; saving another content under the same name makes the next version."""

    registry = models.ForeignKey("records.Registry", models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the content in its canonical JSON form.")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["name", "-version"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["registry", "name", "version"], name="%(class)s_version_once"),
        ]
        triggers: ClassVar[list[Any]] = [
            # A result names the version it was made with; that version must still say the same tomorrow.
            pgtrigger.Protect(name="saved_version_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class Cohort(SavedVersion):
    """Patients of a registry who meet criteria, each a typed tree over the declared variables, in the order of the
    attrition."""

    criteria_json = models.JSONField("criteria")

    class Meta(SavedVersion.Meta):
        pass

    @property
    def criteria(self) -> tuple[NamedCriterion, ...]:
        return tuple(codec.from_json(NamedCriterion, item, f"[{i}]") for i, item in enumerate(self.criteria_json))


class Plan(SavedVersion):
    """A study as a value (`StudySpec`), for the patients of one registry."""

    title = models.CharField(max_length=300)
    spec_json = models.JSONField("specification")

    class Meta(SavedVersion.Meta):
        pass

    def get_absolute_url(self) -> str:
        return reverse("analyses:plan", args=[self.pk])

    @property
    def spec(self) -> StudySpec:
        return StudySpec.from_json(self.spec_json)
