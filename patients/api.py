"""The API of patients and what belongs to them. Identity has no part in it."""

from typing import Any

from django_filters import rest_framework as filters

from patients.actions import register
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
from records.api import RecordFilter, RecordViewSet, viewset_for
from records.models import Source


class PatientFilter(RecordFilter):
    registry = filters.CharFilter(field_name="registry__code")
    centre = filters.CharFilter(field_name="centre__code")
    number = filters.CharFilter()
    external_id = filters.CharFilter()


def _register(view: RecordViewSet, values: dict[str, Any]) -> Patient:
    return register(by=signed_in(view.request), source=Source.API, **values)


PatientViewSet = viewset_for(Patient, lookup_field="number", filterset_class=PatientFilter, add=_register)

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
    ("data-queries", viewset_for(DataQuery)),
)
