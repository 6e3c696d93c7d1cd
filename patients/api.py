"""The API of patients and what belongs to them. Identity has no part in it.

A patient who was merged into another stays to be read, with ``merged_into``, so that whoever keeps a copy learns of it;
every write is refused.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from patients import actions, selectors
from patients.actions.conversation import TURNS
from patients.models import (
    Consent,
    DataQuery,
    Death,
    Diagnosis,
    FollowUp,
    LabResult,
    MetastaticSite,
    Patient,
    PerformanceStatus,
    Progression,
    QualityOfLife,
)
from records.access import signed_in
from records.api import IF_MATCH, PatientRowFilter, RecordFilter, RecordViewSet, viewset_for
from records.models import Source


class PatientFilter(RecordFilter):
    registry = filters.CharFilter(field_name="registry__code")
    centre = filters.CharFilter(field_name="centre__code")
    number = filters.CharFilter()
    external_id = filters.CharFilter()
    merged = filters.BooleanFilter(field_name="merged_into", lookup_expr="isnull", exclude=True)


def _register(view: RecordViewSet, values: dict[str, Any]) -> Patient:
    return actions.register(by=signed_in(view.request), source=Source.API, **values)


PatientViewSet = viewset_for(Patient, lookup_field="number", filterset_class=PatientFilter, add=_register)


class TurnSerializer(serializers.Serializer[Any]):
    """What is said; needed wherever it is no mere agreement."""

    text = serializers.CharField(required=False, allow_blank=True, default="")


class DataQueryFilter(PatientRowFilter):
    rule = filters.CharFilter()
    severity = filters.CharFilter()
    state = filters.CharFilter()


def _ask(view: RecordViewSet, values: dict[str, Any]) -> DataQuery:
    by, patient = signed_in(view.request), values["patient"]
    record = selectors.record(by, values["table"], values["row"])
    if record is None or getattr(record, "patient_id", record.pk) != patient.pk:
        raise ValidationError({"row": "The patient has no such record."}, code="row")
    return actions.ask(record, by=by, field=values.get("field", ""), text=values["text"], source=Source.API)


def _turn(name: str) -> Any:
    """The address at which one turn of the conversation about a query is taken."""

    def taken(view: RecordViewSet, request: Request, *args: Any, **kwargs: Any) -> Response:
        query, version = view.get_object(), view._version()
        said = TurnSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        return view.written(getattr(actions, name), query, version, text=said.validated_data["text"])

    taken.__name__ = name
    taken.__doc__ = getattr(actions, name).__doc__
    described = extend_schema(tags=["patients"], parameters=[IF_MATCH], request=TurnSerializer)(taken)
    return action(detail=True, methods=["post"], url_path=name.replace("_", "-"))(described)


# Who asked, what was found and how it stands follow from the actions; a query is never written over.
DataQueryViewSet = viewset_for(
    DataQuery,
    read_only=("rule", "severity", "value", "state"),
    filterset_class=DataQueryFilter,
    add=_ask,
    **{name: _turn(name) for name in TURNS},
)

ROUTES = (
    ("patients", PatientViewSet),
    ("consents", viewset_for(Consent)),
    ("diagnoses", viewset_for(Diagnosis)),
    ("metastatic-sites", viewset_for(MetastaticSite)),
    ("performance-status", viewset_for(PerformanceStatus)),
    ("laboratory-results", viewset_for(LabResult)),
    ("quality-of-life", viewset_for(QualityOfLife)),
    ("follow-up", viewset_for(FollowUp)),
    ("progressions", viewset_for(Progression)),
    ("deaths", viewset_for(Death)),
    ("data-queries", DataQueryViewSet),
)
