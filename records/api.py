"""The API of recorded rows: list, read, add, amend, void; never delete.

Reads go through ``visible_to``: what a user may not see looks absent. Writes go through ``records.actions``. A row's
ETag is its version; who amends or voids sends it back as If-Match, and gets 412 with both versions when the row has
moved on.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote

from django.core.exceptions import ValidationError as Refused
from django.db.models import ForeignKey, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, pagination, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from records import access, actions
from records.access import of_patients, signed_in, visible_to
from records.models import Centre, Recorded, Registry, Source
from records.serializers import CentreSerializer, RegistrySerializer, VoidSerializer, as_rest, serializer_for

REASON_LENGTH = 200
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="The row's ETag.")


CHANGE_REASON = OpenApiParameter(
    "Change-Reason",
    str,
    OpenApiParameter.HEADER,
    description=(
        "Why, in at most 200 characters; what is not ASCII percent-encoded as UTF-8. Kept in the history. A chart that"
        " is signed off changes only with a reason, and its sign-off then ends."
    ),
)


class PreconditionRequired(APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Send the ETag under which you read the record as If-Match."
    default_code = "precondition_required"


class Pages(pagination.PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000


class RecordViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    viewsets.GenericViewSet[Any],
):
    """One model's rows. Subclasses are made by ``viewset_for``."""

    model: ClassVar[type[Recorded]]
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model._default_manager.order_by("pk")
        shown: Any = self.get_serializer_class()()
        forward = [f.name for f in self.model._meta.fields if isinstance(f, ForeignKey) and f.name in shown.fields]
        return of_patients(visible_to(self.request.user, rows)).select_related(*forward)

    def get_serializer_context(self) -> dict[str, Any]:
        """Rows that a written row may point to: those of patients whom the user may see."""
        if getattr(self, "swagger_fake_view", False):
            return dict(super().get_serializer_context())
        related = {
            field.name: field.related_model
            for field in self.model._meta.fields
            if isinstance(field, ForeignKey) and field.editable and issubclass(field.related_model, Recorded)
        }
        visible = {
            name: of_patients(visible_to(self.request.user, model._default_manager.filter(voided_at=None)))
            for name, model in related.items()
        }
        return {**super().get_serializer_context(), "visible": visible}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(parameters=[CHANGE_REASON])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            row = self.add(serializer.validated_data)
        except Refused as error:
            raise as_rest(error) from error
        return self._answer(row, status.HTTP_201_CREATED)

    def add(self, values: dict[str, Any]) -> Recorded:
        """Store a new row; overridden where the model has a named action of its own."""
        return actions.add(self.model, by=signed_in(self.request), source=Source.API, reason=self._reason(), **values)

    @extend_schema(parameters=[IF_MATCH, CHANGE_REASON])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row, version = self.get_object(), self._version()
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return self.written(actions.amend, row, version, reason=self._reason(), **serializer.validated_data)

    @extend_schema(parameters=[IF_MATCH], request=VoidSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row, version = self.get_object(), self._version()
        reason = VoidSerializer(data=request.data)
        reason.is_valid(raise_exception=True)
        return self.written(actions.void, row, version, reason=reason.validated_data["reason"])

    def written(self, write: Callable[..., Recorded], row: Recorded, version: int, /, **values: Any) -> Response:
        """The answer to a named action on the row that the client read at ``version``."""
        try:
            changed = write(row, by=signed_in(self.request), version=version, source=Source.API, **values)
        except actions.StaleVersion as error:
            return self._stale(error, dict(self.request.data))
        except Refused as error:
            raise as_rest(error) from error
        return self._answer(changed)

    def _version(self) -> int:
        tag = self.request.headers.get("If-Match", "").strip().strip('"')
        if not tag.isdecimal():
            raise PreconditionRequired
        return int(tag)

    def _reason(self) -> str:
        reason = unquote(self.request.headers.get("Change-Reason", "")).strip()
        if len(reason) > REASON_LENGTH:
            raise ValidationError({"Change-Reason": [f"Say it in at most {REASON_LENGTH} characters."]})
        return reason

    def _answer(self, row: Recorded, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(row).data, code, headers={"ETag": f'"{row.version}"'})

    def _stale(self, error: actions.StaleVersion, sent: dict[str, Any]) -> Response:
        body = {"detail": str(error), "sent": sent, "current": self.get_serializer(error.current).data}
        headers = {"ETag": f'"{error.current.version}"'}
        return Response(body, status.HTTP_412_PRECONDITION_FAILED, headers=headers)


class RecordFilter(filters.FilterSet):
    """Filters that every model has."""

    voided = filters.BooleanFilter(field_name="voided_at", lookup_expr="isnull", exclude=True)
    updated_after = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gt")


class PatientRowFilter(RecordFilter):
    patient = filters.CharFilter(field_name="patient__number")


def viewset_for(
    model: type[Recorded],
    natural_keys: dict[str, str] | None = None,
    read_only: Sequence[str] = (),
    **attributes: Any,
) -> type[RecordViewSet]:
    """The view set of a model that belongs to a patient; ``attributes`` override parts of it."""
    name = model._meta.verbose_name_plural
    tag = extend_schema(tags=[model._meta.app_label], summary=None)
    members = {
        "__doc__": f"{str(name).capitalize()}: {(model.__doc__ or '').splitlines()[0]}",
        "model": model,
        "queryset": model._default_manager.none(),
        "serializer_class": serializer_for(model, natural_keys, read_only),
        "filterset_class": PatientRowFilter,
        **attributes,
    }
    return extend_schema_view(list=tag, retrieve=tag, create=tag, partial_update=tag, void=tag)(
        type(f"{model.__name__}ViewSet", (RecordViewSet,), members)
    )


class RegistryViewSet(viewsets.ReadOnlyModelViewSet[Registry]):
    """The registries, for whoever may see a chart."""

    serializer_class = RegistrySerializer
    lookup_field = "code"
    queryset = Registry.objects.none()

    def get_queryset(self) -> QuerySet[Registry]:
        return Registry.objects.all() if access.may(self.request.user, access.Act.VIEW) else Registry.objects.none()


class CentreViewSet(viewsets.ReadOnlyModelViewSet[Centre]):
    """The centres at which the user may see charts."""

    serializer_class = CentreSerializer
    lookup_field = "code"
    queryset = Centre.objects.none()

    def get_queryset(self) -> QuerySet[Centre]:
        centres = access.centres_of(self.request.user)
        return Centre.objects.all() if centres is None else Centre.objects.filter(pk__in=centres)


ROUTES = (("registries", RegistryViewSet), ("centres", CentreViewSet))
