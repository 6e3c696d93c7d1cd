"""Files that a run made, content-addressed: equal bytes are kept once."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q


class Blob(models.Model):
    """Bytes under their SHA-256: in the row, or in Django's storage under `stored_as` where they are large."""

    sha256 = models.CharField(max_length=64, primary_key=True, editable=False)
    size = models.BigIntegerField(editable=False, help_text="bytes")
    content = models.BinaryField(null=True, editable=False)
    stored_as = models.CharField(max_length=200, blank=True, default="", editable=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(content__isnull=False, stored_as="") | (Q(content=None) & ~Q(stored_as="")),
                name="blob_in_one_place",
            ),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="blob_sha256"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="blob_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.sha256

    def read(self) -> bytes:
        if self.content is not None:
            return bytes(self.content)
        with default_storage.open(self.stored_as) as file:
            return bytes(file.read())


class Artifact(models.Model):
    """A file of a run under its name ('tables/table1.csv')."""

    run = models.ForeignKey("analyses.Run", models.PROTECT, related_name="artifacts", editable=False)
    name = models.CharField(max_length=200, editable=False)
    media_type = models.CharField(max_length=100, editable=False)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="artifacts", editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "name"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "name"], name="artifact_name_once"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="artifact_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} of run {self.run_id}"
