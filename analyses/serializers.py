"""Cohorts, plans, runs and their files as JSON."""

from typing import Any

from rest_framework import serializers

from analyses.models import Artifact, Cohort, Plan, Run
from analyses.pipeline import codec
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.spec import NamedCriterion, StudySpec
from records.models import Registry


def _registry_field() -> Any:
    return serializers.SlugRelatedField(slug_field="code", queryset=Registry.objects.all())


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """A saved plan; `spec` is a StudySpec in its JSON form (docs/methods.md)."""

    registry = _registry_field()
    spec = serializers.JSONField(source="spec_json")
    saved_by = serializers.CharField(source="saved_by.username", read_only=True)

    class Meta:
        model = Plan
        fields = ("id", "registry", "name", "version", "title", "fingerprint", "saved_by", "saved_at", "spec")
        read_only_fields = ("name", "version", "title", "fingerprint", "saved_at")
        validators = ()

    def validate_spec(self, value: object) -> StudySpec:
        try:
            return StudySpec.from_json(value)
        except InvalidValueError as error:
            raise serializers.ValidationError(str(error)) from error


class CohortSerializer(serializers.ModelSerializer[Cohort]):
    """A saved cohort; `criteria` are named criteria in the order of their attrition."""

    registry = _registry_field()
    criteria = serializers.JSONField(source="criteria_json")
    saved_by = serializers.CharField(source="saved_by.username", read_only=True)

    class Meta:
        model = Cohort
        fields = ("id", "registry", "name", "version", "fingerprint", "saved_by", "saved_at", "criteria")
        read_only_fields = ("version", "fingerprint", "saved_at")
        validators = ()

    def validate_criteria(self, value: object) -> list[NamedCriterion]:
        if not isinstance(value, list):
            raise serializers.ValidationError("Send a list of named criteria.")
        try:
            return [codec.from_json(NamedCriterion, item, f"criteria[{i}]") for i, item in enumerate(value)]
        except InvalidValueError as error:
            raise serializers.ValidationError(str(error)) from error


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run with its progress (0 to 1) and, where it failed, why and for which patients."""

    plan = serializers.PrimaryKeyRelatedField(queryset=Plan.objects.all())
    requested_by = serializers.CharField(source="requested_by.username", read_only=True)
    data_sha256 = serializers.CharField(read_only=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "plan",
            "state",
            "stage",
            "progress",
            "attempt",
            "requested_by",
            "requested_at",
            "started_at",
            "finished_at",
            "error",
            "error_patients",
            "data_sha256",
        )
        read_only_fields = tuple(name for name in fields if name != "plan")


class ArtifactSerializer(serializers.ModelSerializer[Artifact]):
    """A file of a run."""

    sha256 = serializers.CharField(source="blob_id", read_only=True)
    size = serializers.IntegerField(source="blob.size", read_only=True, help_text="bytes")

    class Meta:
        model = Artifact
        fields = ("name", "media_type", "size", "sha256")
