"""What PostgreSQL itself refuses, whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from analyses.models import Chunk, Plan, Result, Run, State
from analyses.store.artifacts import keep
from analyses.store.claims import claim
from tests.analyses.world import World


@contextmanager
def committed() -> Iterator[None]:
    """The block as a transaction whose deferred constraints are checked at its end."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


REFUSED = {
    "running without a lease": {"state": State.RUNNING, "attempt": 1},
    "waiting with a lease": {"lease_expires": Now()},
    "failed without a reason": {"state": State.FAILED, "finished_at": Now()},
    "a reason without failure": {"error": "Something."},
    "cancelled by nobody": {"state": State.CANCELLED, "finished_at": Now()},
    "half a request to cancel": {"cancel_requested_at": Now()},
    "more than done": {"progress": 1.5},
    "an unknown state": {"state": "asleep"},
    "finished but still waiting": {"finished_at": Now()},
    "finished before it ran": {"state": State.SUCCEEDED, "finished_at": Now(), "data_sha256": "d" * 64},
    "waiting for chunks before it ran": {"state": State.WAITING, "data_sha256": "d" * 64},
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED.keys())
def test_states_that_contradict_themselves_are_refused(world: World, values: dict[str, object]) -> None:
    run = world.run()
    with pytest.raises(DatabaseError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**values)


def running(world: World) -> Run:
    run = world.run()
    assert claim(Run, run.pk)
    return run


def test_a_run_cannot_succeed_without_a_result(world: World) -> None:
    running(world)
    with pytest.raises(IntegrityError, match="without a result"), committed():
        Run.objects.update(state=State.SUCCEEDED, lease_expires=None, finished_at=Now(), data_sha256="d" * 64)


def test_a_run_that_did_not_succeed_has_no_result(world: World) -> None:
    run = running(world)
    document = keep(run, {"result.json": b"{}"})["result.json"]
    with pytest.raises(IntegrityError, match="did not end as finished"), committed():
        Result.objects.create(run=run, document=document, fingerprint="f" * 64, headline={})


def test_an_ended_run_stays_ended(world: World) -> None:
    run = running(world)
    Run.objects.update(state=State.FAILED, error="No.", lease_expires=None, finished_at=Now())
    for state in (State.QUEUED, State.RUNNING, State.CANCELLED):
        with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(state=state)


def chunk_of(run: Run, **values: Any) -> Chunk:
    return Chunk.objects.create(run=run, kind="bootstrap", number=0, start=0, size=10, **values)


def wait(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=State.WAITING, lease_expires=None, data_sha256="d" * 64)


def test_a_run_waits_exactly_as_long_as_it_has_unfinished_chunks(world: World) -> None:
    run = running(world)
    with pytest.raises(IntegrityError, match="unfinished chunks"), committed():
        wait(run)
    with pytest.raises(IntegrityError, match="unfinished chunk"), committed():
        chunk_of(run)
    with committed():
        wait(run)
        chunk_of(run)
    with pytest.raises(IntegrityError, match="unfinished chunks"), committed():
        Run.objects.update(state=State.QUEUED)


def test_a_run_waits_on_frozen_data(world: World) -> None:
    run = running(world)
    with pytest.raises(IntegrityError, match="run_on_frozen_data"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(state=State.WAITING, lease_expires=None)


@pytest.mark.parametrize(
    "values",
    [
        {"state": State.SUCCEEDED},
        {"outcome": "{}"},
        {"state": State.RUNNING, "attempt": 1},
        {"state": State.WAITING},
        {"number": 1},
        {"size": 20},
    ],
    ids=["done without outcome", "outcome before it is done", "unleased", "parked", "renumbered", "resized"],
)
def test_chunks_that_contradict_themselves_are_refused(world: World, values: dict[str, object]) -> None:
    run = running(world)
    wait(run)
    chunk_of(run)
    with pytest.raises(DatabaseError), transaction.atomic():
        Chunk.objects.update(**values)


def test_a_chunk_is_there_once_and_its_outcome_stays(world: World) -> None:
    run = running(world)
    wait(run)
    chunk = chunk_of(run)
    assert claim(Chunk, chunk.pk)
    Chunk.objects.update(state=State.SUCCEEDED, outcome="{}", lease_expires=None)
    for write in (
        lambda: chunk_of(run),
        lambda: Chunk.objects.update(outcome='{"forged": true}'),
        lambda: Chunk.objects.update(state=State.QUEUED, outcome=None),
        lambda: Chunk.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()
    Run.objects.update(state=State.QUEUED)


def test_saved_versions_and_runs_are_neither_changed_nor_deleted(world: World) -> None:
    world.run()
    for write in (
        lambda: Plan.objects.update(title="Another"),
        lambda: Plan.objects.all()._raw_delete("default"),
        lambda: Run.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_files_are_neither_changed_nor_deleted(world: World) -> None:
    run = world.run()
    artifact = keep(run, {"report.html": b"report"})["report.html"]
    for rows in (type(artifact).objects, type(artifact.blob).objects):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all()._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        type(artifact.blob).objects.update(content=b"forged")
