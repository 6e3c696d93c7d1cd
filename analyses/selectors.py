"""Reads about cohorts, plans, runs and what they made. Each takes the user and returns what that user may see.

A run shows patients of every centre whose data it read, so it is visible to those who may see charts at all of these
centres. Plans and cohorts hold no patient data: whoever may see charts anywhere may read them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Now

from analyses.derivation import dictionary
from analyses.models import Artifact, Blob, Chunk, Cohort, Plan, Result, Run, State
from analyses.models.leased import ENDED
from analyses.pipeline import references
from analyses.pipeline.dataset import Endpoint, Variable
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.parameters import DerivationParameters
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from patients.models import Patient
from records import access
from records.access import Actor
from records.models import Registry, User
from records.roles import Act


def plans(user: Actor) -> QuerySet[Plan]:
    return Plan.objects.select_related("registry", "saved_by") if access.may(user, Act.VIEW) else Plan.objects.none()


def latest_plans(user: Actor) -> QuerySet[Plan]:
    """The newest version of each plan, with the number of the user's visible runs of it and the last of them."""
    newer = Plan.objects.filter(registry=OuterRef("registry"), name=OuterRef("name"), version__gt=OuterRef("version"))
    of_name = runs(user).filter(plan__registry=OuterRef("registry"), plan__name=OuterRef("name"))
    counted = of_name.order_by().values("plan__name").annotate(n=Count("pk")).values("n")
    return (
        plans(user)
        .filter(~Exists(newer))
        .annotate(run_count=Subquery(counted), last_run_id=Subquery(of_name.order_by("-pk").values("pk")[:1]))
        .order_by("registry__code", "name")
    )


def latest_cutoff(user: Actor, registry: Registry | int) -> date | None:
    """The latest data cut-off that a plan of the registry names."""
    of_registry = plans(user).filter(registry=registry)
    text = of_registry.aggregate(latest=Max(KeyTextTransform("data_cutoff", KeyTransform("derivation", "spec_json"))))
    return date.fromisoformat(text["latest"]) if text["latest"] else None


def cohorts(user: Actor) -> QuerySet[Cohort]:
    if not access.may(user, Act.VIEW):
        return Cohort.objects.none()
    return Cohort.objects.select_related("registry", "saved_by")


def runs(user: Actor) -> QuerySet[Run]:
    """Newest first, with plan, registry and requester at hand."""
    found = Run.objects.select_related("plan__registry", "requested_by", "cancel_requested_by")
    mine = access.centres_of(user, Act.VIEW)
    if mine is None:
        return found
    elsewhere = Run.centres.through.objects.filter(run=OuterRef("pk")).exclude(centre__in=mine)
    reads_something = Exists(Run.centres.through.objects.filter(run=OuterRef("pk")))
    requester = Q(requested_by=user) if isinstance(user, User) and mine else Q(pk__in=[])
    return found.filter(~Exists(elsewhere)).filter(reads_something | requester)


def with_results(found: QuerySet[Run]) -> QuerySet[Run]:
    """The headline of each result at hand, without its document."""
    return found.select_related("result")


def result(user: Actor, run_id: int) -> Result | None:
    """The result of a visible run; `study_of` reads its document."""
    return Result.objects.filter(run__in=runs(user).filter(pk=run_id)).select_related("document").first()


def study_of(result: Result) -> StudyResult:
    """The study result of a run, as it was written."""
    return _study(result.document.blob_id)


@lru_cache(maxsize=16)
def _study(sha256: str) -> StudyResult:
    """Equal documents are equal results for good, so the last few are kept at hand."""
    return StudyResult.from_json(json.loads(Blob.objects.get(pk=sha256).read()))


def artifacts(user: Actor, run_id: int) -> QuerySet[Artifact]:
    """The files that a visible run published, with their sizes, without their bytes; those outside folders first."""
    return (
        Artifact.objects.filter(run__in=runs(user).filter(pk=run_id, state=State.SUCCEEDED))
        .select_related("blob", "run__plan__registry")
        .defer("blob__content")
        .order_by(Case(When(name__contains="/", then=1), default=0), "name")
    )


def unfinished(user: Actor) -> int:
    """How many visible runs wait or work."""
    return runs(user).exclude(state__in=ENDED).count()


def runs_ahead(run: Run) -> int:
    """How many runs were asked for earlier and still wait or work."""
    return Run.objects.exclude(state__in=ENDED).filter(pk__lt=run.pk).count()


def is_silent(run: Run) -> bool:
    """Whether a worker of the run has let its lease run out, so that another will take over."""
    silent = Q(state=State.RUNNING, lease_expires__lt=Now())
    return Run.objects.filter(silent, pk=run.pk).exists() or Chunk.objects.filter(silent, run=run).exists()


def derivation_of(spec: StudySpec) -> DerivationParameters:
    """The parameters by which the plan's dataset is derived; `InvalidValueError` for a plan that reads a flat table."""
    if spec.derivation is None:
        raise InvalidValueError("table", spec.table and spec.table.title, "null: a registry's plan reads its records")
    return spec.derivation


def names_of(spec: StudySpec) -> tuple[Mapping[str, Variable], Mapping[str, Endpoint]]:
    """The variables (recodes included) and endpoints that the spec may name; `InvalidValueError` when it names
    others, with the JSON path."""
    parameters = derivation_of(spec)
    variables = {variable.name: variable for variable in dictionary.variables(parameters)}
    endpoints = {endpoint.name: endpoint for endpoint in dictionary.endpoints(parameters)}
    moments = {moment.name: moment for moment in dictionary.moments()}
    return references.check_references(spec, variables, endpoints, moments), endpoints


def registries(user: Actor) -> QuerySet[Registry]:
    """Registries with patients whom the user may analyse."""
    patients = access.visible_to(user, Patient.objects.filter(registry=OuterRef("pk"), voided_at=None), Act.ANALYSE)
    return Registry.objects.filter(Exists(patients))


def centres_read(user: Actor, registry: Registry) -> list[int]:
    """Centres of the registry's patients whom the user may analyse: those whose data a run of theirs reads."""
    patients = Patient.objects.filter(registry=registry, voided_at=None)
    found = access.visible_to(user, patients, Act.ANALYSE).order_by().values_list("centre_id", flat=True).distinct()
    return list(found)
