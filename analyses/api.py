"""The API of cohorts, plans and runs."""

import json
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from analyses import actions, selectors
from analyses.models import Artifact, Cohort, Plan, Run
from analyses.serializers import ArtifactSerializer, CohortSerializer, PlanSerializer, RunSerializer
from records.access import signed_in
from records.api import Pages
from records.serializers import as_rest


class SavedFilter(filters.FilterSet):
    registry = filters.CharFilter(field_name="registry__code")
    name = filters.CharFilter()


class SavedViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Any]
):
    """Saved versions: a new content under an old name makes the next version; none is ever changed."""

    pagination_class = Pages
    filterset_class = SavedFilter

    def save_version(self, values: dict[str, Any]) -> Any:
        raise TypeError(f"{type(self).__name__} does not say how it is saved")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            saved = self.save_version(serializer.validated_data)
        except Refused as error:
            raise as_rest(error) from error
        return Response(self.get_serializer(saved).data, status.HTTP_201_CREATED)


class PlanViewSet(SavedViewSet):
    """Saved plans, newest version first within a name."""

    serializer_class = PlanSerializer
    queryset = Plan.objects.none()

    def get_queryset(self) -> QuerySet[Plan]:
        return selectors.plans(self.request.user).order_by("registry", "name", "-version")

    def save_version(self, values: dict[str, Any]) -> Plan:
        return actions.save_plan(by=signed_in(self.request), registry=values["registry"], spec=values["spec_json"])


class CohortViewSet(SavedViewSet):
    """Saved cohorts, newest version first within a name."""

    serializer_class = CohortSerializer
    queryset = Cohort.objects.none()

    def get_queryset(self) -> QuerySet[Cohort]:
        return selectors.cohorts(self.request.user).order_by("registry", "name", "-version")

    def save_version(self, values: dict[str, Any]) -> Cohort:
        return actions.save_cohort(
            by=signed_in(self.request),
            registry=values["registry"],
            name=values["name"],
            criteria=values["criteria_json"],
        )


class RunFilter(filters.FilterSet):
    state = filters.CharFilter()
    plan = filters.NumberFilter(field_name="plan_id")


class RunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Any]
):
    """Runs of plans: ask for one, watch its progress, cancel it, read its result."""

    serializer_class = RunSerializer
    pagination_class = Pages
    filterset_class = RunFilter
    queryset = Run.objects.none()

    def get_queryset(self) -> QuerySet[Run]:
        return selectors.runs(self.request.user)

    @extend_schema(responses={202: RunSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            run = actions.request_run(by=signed_in(request), plan=serializer.validated_data["plan"])
        except Refused as error:
            raise as_rest(error) from error
        return Response(self.get_serializer(run).data, status.HTTP_202_ACCEPTED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.get_serializer(actions.cancel_run(self.get_object(), by=signed_in(request))).data)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def result(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The StudyResult in its JSON form; 404 while there is none."""
        found = selectors.result(request.user, self.get_object().pk)
        if found is None:
            raise Http404
        return Response(json.loads(found.document.blob.read()), headers={"ETag": f'"{found.fingerprint}"'})

    @extend_schema(responses=ArtifactSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def files(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The files that the run made; they are taken away from the result page, by the exit door."""
        files: QuerySet[Artifact] = selectors.artifacts(request.user, self.get_object().pk)
        return Response(ArtifactSerializer(files, many=True).data)


ROUTES = (("cohorts", CohortViewSet), ("plans", PlanViewSet), ("runs", RunViewSet))
