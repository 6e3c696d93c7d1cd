"""Recorded rows as JSON: one serializer per model, made from its fields."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db import models
from rest_framework import serializers

from records.models import Centre, Recorded, Registry
from records.partial_dates import PartialDateField

# What a record belongs to is settled when it is made; moving a patient is an action of its own.
BELONGING = {"patient", "registry", "centre", "course", "cycle", "assessment"}
READ_ONLY = ("id", "version", "created_at", "updated_at", "source", "voided_at", "void_reason")


class PartialDate(serializers.CharField):
    """A date as the chart gives it: 2012, 2012-05 or 2012-05-17."""


class StrictSerializer(serializers.ModelSerializer[Any]):
    """A serializer that refuses names it does not know, so that no client believes it wrote what was dropped."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {PartialDateField: PartialDate}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            refused = {name: ["This field does not exist or can not be written."] for name in set(data) - writable}
            if self.instance is not None:
                refused |= {name: ["A record stays where it was made."] for name in set(data) & BELONGING}
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)


class NaturalKeyField(serializers.SlugRelatedField[Any]):
    """A related row named by its natural key among those that the user may see."""

    def get_queryset(self) -> Any:
        visible = self.context.get("visible", {})
        return visible.get(self.source, super().get_queryset())


NATURAL_KEYS = {"patients.Patient": "number", "records.Registry": "code", "records.Centre": "code"}


def serializer_for(
    model: type[Recorded], natural_keys: dict[str, str] | None = None, read_only: Sequence[str] = ()
) -> type[StrictSerializer]:
    """The serializer of ``model``: recording columns and ``read_only`` ones are not written, relations go by natural
    key where they have one."""
    keys = NATURAL_KEYS | (natural_keys or {})
    fields = [field for field in model._meta.concrete_fields if _shown(field)]
    attributes: dict[str, Any] = {
        field.name: NaturalKeyField(
            slug_field=keys[field.related_model._meta.label],
            queryset=field.related_model._default_manager.all(),
            allow_null=field.null,
            required=not field.null,
        )
        for field in fields
        if isinstance(field, models.ForeignKey) and field.related_model._meta.label in keys and field.editable
    }
    attributes |= {
        field.name: serializers.SlugRelatedField(slug_field=keys[field.related_model._meta.label], read_only=True)
        for field in fields
        if isinstance(field, models.ForeignKey) and field.related_model._meta.label in keys and not field.editable
    }
    shown = [field.name for field in fields]
    # A child takes its parent's patient.
    if getattr(model, "parent_field", None):
        attributes["patient"] = serializers.SlugRelatedField(slug_field="number", read_only=True)
    meta = type(
        "Meta",
        (),
        {
            "model": model,
            "fields": [*READ_ONLY, *shown],
            "read_only_fields": [*READ_ONLY, *read_only, *(field.name for field in fields if not field.editable)],
            # The model's own checks run in the action; one place says what is wrong.
            "validators": [],
        },
    )
    return type(f"{model.__name__}Serializer", (StrictSerializer,), {**attributes, "Meta": meta})


def _shown(field: models.Field[Any, Any]) -> bool:
    recording = {field.name for field in Recorded._meta.fields} - {"note"}
    binary = isinstance(field, models.BinaryField)
    return field.name not in recording | {"id"} and not field.generated and not binary


class RegistrySerializer(serializers.ModelSerializer[Registry]):
    class Meta:
        model = Registry
        fields = ("code", "title", "number_prefix", "default_primary_site", "is_invented")


class CentreSerializer(serializers.ModelSerializer[Centre]):
    class Meta:
        model = Centre
        fields = ("code", "name")


class VoidSerializer(serializers.Serializer[Any]):
    """Why a record is voided."""

    reason = serializers.CharField(max_length=200)


def as_rest(error: Refused) -> serializers.ValidationError:
    """What an action refused, in the form of the API: messages by field."""
    if hasattr(error, "error_dict"):
        return serializers.ValidationError(error.message_dict)
    return serializers.ValidationError({"detail": error.messages})
