"""Named writes about cohorts, plans and runs: save, request, cancel, take away.

Each checks the actor's right. `PermissionDenied` says what is missing, `ValidationError` what was wrong with the input.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models.functions import Now

from analyses import selectors, tasks
from analyses.models import Cohort, Plan, Run, State
from analyses.models.plan import SavedVersion
from analyses.pipeline import codec
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.spec import NamedCriterion, StudySpec
from analyses.store.chunks import drop_chunks
from analyses.store.frozen import DATASET_NAME, frozen_dataset
from analyses.store.publishing import RESULT_NAME
from patients.selectors import withdrawn_numbers
from records import access
from records.models import Registry, User
from records.roles import Act

Saved = TypeVar("Saved", bound=SavedVersion)
# Files of a run that say something of each patient: the dataset, and the result with who met which criterion.
BY_PATIENT = frozenset({DATASET_NAME, RESULT_NAME})


def save_plan(*, by: User, registry: Registry, spec: StudySpec) -> Plan:
    """Save the spec under its name: the next version, or the newest one where that says the same already.

    `ValidationError` names what the spec refers to and the dictionary does not have.
    """
    access.require(by, Act.ANALYSE)
    try:
        selectors.names_of(spec)
    except InvalidValueError as error:
        raise ValidationError(f"{error}.", code="reference") from error
    plan = _save_version(
        Plan,
        by=by,
        registry=registry,
        name=spec.name,
        fingerprint=spec.fingerprint(),
        title=spec.title,
        spec_json=spec.to_json(),
    )
    transaction.on_commit(partial(tasks.ring_to_rank, registry.pk))
    return plan


def save_cohort(*, by: User, registry: Registry, name: str, criteria: Sequence[NamedCriterion]) -> Cohort:
    """Save criteria, in the order of their attrition, under a name; versions as for plans."""
    access.require(by, Act.ANALYSE)
    if not name.strip():
        raise ValidationError({"name": "Give the cohort a name."})
    content = [codec.to_json(item) for item in criteria]
    return _save_version(
        Cohort,
        by=by,
        registry=registry,
        name=name.strip(),
        fingerprint=codec.fingerprint(content),
        criteria_json=content,
    )


def _save_version(
    model: type[Saved], *, by: User, registry: Registry, name: str, fingerprint: str, **content: Any
) -> Saved:
    with transaction.atomic():
        # Savers of one registry queue here, so that no two make the same version.
        Registry.objects.select_for_update().get(pk=registry.pk)
        newest = model._default_manager.filter(registry=registry, name=name).order_by("-version").first()
        if newest is not None and newest.fingerprint == fingerprint:
            return newest
        version = newest.version + 1 if newest else 1
        row = model(registry=registry, name=name, version=version, fingerprint=fingerprint, saved_by=by, **content)
        row.full_clean(exclude=["saved_at"])
        row.save(force_insert=True)
    return row


def request_run(*, by: User, plan: Plan) -> Run:
    """Queue a run of the plan on the patients whom `by` may analyse; the broker hears of it on commit."""
    access.require(by, Act.ANALYSE)
    centres = selectors.centres_read(by, plan.registry)
    if not centres:
        raise ValidationError(f"{plan.registry} has no patients whom you may analyse.", code="no_patients")
    with transaction.atomic():
        run = Run.objects.create(plan=plan, requested_by=by)
        run.centres.set(centres)
        transaction.on_commit(partial(tasks.ring, run.pk))
    run.refresh_from_db()
    return run


def refuse_withdrawn(run: Run, files: Collection[str]) -> None:
    """Rows of patients leave the registry only as long as all of these consent: `ValidationError` with the numbers of
    those who withdrew, before the data were frozen or since, where `files` of the run say something of each patient."""
    gone = withdrawn_numbers() if BY_PATIENT & set(files) else set[str]()
    if gone and (withdrawn := sorted(gone.intersection(frozen_dataset(run).frame.index))):
        raise ValidationError(
            f"{' and '.join(sorted(BY_PATIENT))} hold rows of patients who withdrew consent: {', '.join(withdrawn)}."
            " Leave them out by a criterion of the plan on 'consent withdrawn' and run it again; the other files may be"
            " taken one by one.",
            code="withdrawn",
        )


def cancel_run(run: Run, *, by: User) -> Run:
    """Stop a run: at once while it waits, for a worker or for its chunks; at its next stage while it works. Ended runs
    stay as they are."""
    if not selectors.runs(by).filter(pk=run.pk).exists():
        raise PermissionDenied("Your roles do not let you see this run.")
    if by.pk != run.requested_by_id:
        access.require(by, Act.ANALYSE)
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        rows = Run.objects.filter(pk=run.pk)
        if not locked.has_ended and locked.cancel_requested_at is None:
            rows.update(cancel_requested_at=Now(), cancel_requested_by=by)
        if locked.state in (State.QUEUED, State.WAITING):
            rows.update(state=State.CANCELLED, finished_at=Now())
            drop_chunks(run.pk)
    run.refresh_from_db()
    return run
