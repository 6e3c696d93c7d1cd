"""A run that is parked for its chunks: who does them, what becomes of it when one is lost, fails, or is in vain."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from analyses import execution, tasks
from analyses.actions import cancel_run
from analyses.models import Artifact, Chunk, Result, Run, State
from analyses.pipeline.errors import StudyError
from analyses.store.chunks import held_chunk
from analyses.store.claims import RUNG_AHEAD, claim
from analyses.store.work import held
from records.models import Membership
from tests.analyses.studies import SIZE, QuickStudy, chunks_of, parked
from tests.analyses.test_claims import at_once
from tests.analyses.world import World, silence

on_several_connections = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> QuickStudy:
    study = QuickStudy()
    study.install(monkeypatch)
    return study


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Of which rows the broker heard."""
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks, "_ring", lambda task, pk: heard.append((task.name.removeprefix("analyses."), pk)))
    return heard


def fresh(run: Run) -> Run:
    run.refresh_from_db()
    return run


def states(run: Run) -> list[str]:
    return [chunk.state for chunk in chunks_of(run)]


@pytest.mark.usefixtures("study")
def test_a_run_with_chunks_is_parked_and_held_by_nobody(world: World) -> None:
    run = parked(world)
    assert (run.state, run.lease_expires, run.finished_at) == (State.WAITING, None, None)
    assert run.stage == "Resampling: 0 of 30 replicates"
    assert [(chunk.kind, chunk.number, chunk.start, chunk.size, chunk.state) for chunk in chunks_of(run)] == [
        ("bootstrap", number, SIZE * number, SIZE, State.QUEUED) for number in range(3)
    ]
    assert run.artifacts.get().name == "dataset.parquet"
    assert claim(Run, run.pk) is None


def test_the_result_is_that_of_one_process_whatever_the_order(world: World, study: QuickStudy) -> None:
    for order in ([0, 1, 2], [2, 0, 1]):
        run = parked(world)
        for number in order:
            execution.execute_chunk(chunks_of(run)[number].pk)
        assert (fresh(run).state, run.stage) == (State.QUEUED, "")
        execution.execute(run.pk)
        assert fresh(run).state == State.SUCCEEDED
        assert run.result.fingerprint == study.serial(run.plan.spec).fingerprint()
    assert Result.objects.count() == 2


def test_a_run_reads_the_records_once(world: World, study: QuickStudy) -> None:
    run = parked(world)
    for chunk in chunks_of(run):
        execution.execute_chunk(chunk.pk)
    execution.execute(run.pk)
    assert study.derived == 1
    assert fresh(run).data_sha256 == study.dataset.sha256()
    assert [centre.code for centre in run.centres.all()] == ["East"]


@on_several_connections
def test_a_run_that_loses_its_worker_after_freezing_goes_on_with_what_was_frozen(
    world: World, study: QuickStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(work: object, tasks: object) -> None:
        raise OperationalError("as if the worker had died here")

    with monkeypatch.context() as patch:
        patch.setattr(execution, "park", die)
        run = parked(world)
    assert (run.state, run.data_sha256) == (State.RUNNING, study.dataset.sha256())
    silence(run)
    execution.execute(run.pk)
    assert (fresh(run).state, run.lost, study.derived) == (State.WAITING, 1, 1)


@pytest.mark.usefixtures("study")
def test_progress_counts_replicates(world: World) -> None:
    run = parked(world)
    begun = run.progress
    execution.execute_chunk(chunks_of(run)[1].pk)
    assert fresh(run).stage == "Resampling: 10 of 30 replicates"
    assert begun < run.progress < 0.5


@on_several_connections
def test_of_those_who_finish_the_last_chunks_at_once_one_queues_the_run(
    world: World, study: QuickStudy, rung: list[tuple[str, int]]
) -> None:
    for _ in range(5):
        run = parked(world)
        waiting = [chunk.pk for chunk in chunks_of(run)]
        at_once(3, lambda waiting=waiting: tasks.execute_chunk(waiting.pop()))
        assert fresh(run).state == State.QUEUED
        assert rung.count(("execute_run", run.pk)) == 1
    assert len(study.computed) == 15


@on_several_connections
def test_each_chunk_is_done_once_however_many_try(world: World, study: QuickStudy) -> None:
    study.chunks = 12
    run = parked(world)
    todo = [chunk.pk for chunk in chunks_of(run)]
    at_once(4, lambda: [execution.execute_chunk(pk) for pk in todo])
    assert fresh(run).state == State.QUEUED
    assert sorted(task.number for task in study.computed) == list(range(12))
    assert {chunk.attempt for chunk in chunks_of(run)} == {1}


@pytest.mark.usefixtures("study")
def test_a_worker_that_was_replaced_publishes_nothing(world: World) -> None:
    run = parked(world)
    chunk = chunks_of(run)[0]
    with held_chunk(chunk.pk) as slow:
        assert slow is not None
        silence(chunk)
        with held_chunk(chunk.pk) as quick:
            assert quick is not None
            quick.finish({"by": "the second"})
        slow.finish({"by": "the first"})
    chunk.refresh_from_db()
    assert (json.loads(chunk.outcome or ""), chunk.attempt, chunk.lost) == ({"by": "the second"}, 2, 1)
    assert fresh(run).stage == "Resampling: 10 of 30 replicates"


@on_several_connections
def test_a_lost_workers_chunk_is_rung_for_and_done_again(
    world: World, study: QuickStudy, rung: list[tuple[str, int]]
) -> None:
    run = parked(world)
    lost, *others = chunks_of(run)
    with held_chunk(lost.pk):
        raise OperationalError("as if the worker had died here")
    for chunk in others:
        tasks.execute_chunk(chunk.pk)
    assert fresh(run).state == State.WAITING
    silence(lost)
    rung.clear()
    tasks.ring_for_unheld()
    assert rung == [("execute_chunk", lost.pk)]
    tasks.execute_chunk(lost.pk)
    assert rung[1:] == [("execute_run", run.pk)]
    execution.execute(run.pk)
    assert fresh(run).result.fingerprint == study.serial(run.plan.spec).fingerprint()
    assert (run.lost, [chunk.lost for chunk in chunks_of(run)]) == (0, [1, 0, 0])


@on_several_connections
@pytest.mark.usefixtures("study")
def test_a_chunk_that_loses_its_worker_each_time_ends_the_run_at_last(world: World, settings: object) -> None:
    settings.RUN_ATTEMPTS = 2  # type: ignore[attr-defined]
    run = parked(world)
    chunk = chunks_of(run)[1]
    for _ in range(2):
        with held_chunk(chunk.pk):
            raise OperationalError("as if the worker had died here")
        silence(chunk)
    execution.execute_chunk(chunk.pk)
    assert fresh(run).state == State.FAILED
    assert "lost 2 times" in run.error
    assert states(run) == [State.CANCELLED, State.FAILED, State.CANCELLED]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StudyError("matching", "Nobody can be matched.", ["NPC-000007"]), "Nobody can be matched."),
        (ZeroDivisionError("internal detail"), "in the stage 'Resampling (bootstrap 1)'"),
    ],
)
def test_a_chunk_that_fails_fails_the_run_and_stops_the_others(
    world: World, study: QuickStudy, error: Exception, sentence: str
) -> None:
    run = parked(world)
    done, failing, held_elsewhere = chunks_of(run)
    execution.execute_chunk(done.pk)
    with held_chunk(held_elsewhere.pk) as slow:
        assert slow is not None
        with held_chunk(failing.pk):
            raise error
        slow.finish({"too": "late"})
    assert fresh(run).state == State.FAILED
    assert sentence in run.error
    assert "internal detail" not in run.error
    assert run.error_patients == ["NPC-000007"] * isinstance(error, StudyError)
    assert states(run) == [State.SUCCEEDED, State.FAILED, State.CANCELLED]
    execution.execute(run.pk)
    assert not Result.objects.exists()


def test_a_requester_who_lost_the_right_gets_no_chunk(world: World, study: QuickStudy) -> None:
    run = parked(world)
    Membership.objects.filter(user=world.eva).delete()
    execution.execute_chunk(chunks_of(run)[0].pk)
    assert "do not allow you to define cohorts and run analyses" in fresh(run).error
    assert (run.state, study.computed) == (State.FAILED, [])


def test_cancel_stops_a_parked_run_and_its_chunks_at_once(world: World, study: QuickStudy) -> None:
    run = parked(world)
    working, *others = chunks_of(run)
    with held_chunk(working.pk) as work:
        assert work is not None
        assert cancel_run(run, by=world.eva).state == State.CANCELLED
        work.finish({"too": "late"})
    for chunk in others:
        execution.execute_chunk(chunk.pk)
    assert states(run) == [State.CANCELLED] * 3
    assert study.computed == []
    assert Chunk.objects.filter(outcome=None).count() == 3


@pytest.mark.usefixtures("study")
def test_cancel_is_honoured_before_parking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = world.run()

    def asked_late(work: object, tasks: object, park: Callable[..., None] = execution.park) -> None:
        cancel_run(run, by=world.eva)
        park(work, tasks)

    monkeypatch.setattr(execution, "park", asked_late)
    execution.execute(run.pk)
    assert fresh(run).state == State.CANCELLED
    assert not Chunk.objects.exists()


def test_the_broker_is_told_of_some_chunks_ahead_and_of_one_more_for_each_that_is_done(
    world: World, study: QuickStudy, rung: list[tuple[str, int]]
) -> None:
    study.chunks = RUNG_AHEAD + 8
    run = world.run()
    tasks.execute_run(run.pk)
    chunks = [("execute_chunk", chunk.pk) for chunk in chunks_of(run)]
    assert rung == chunks[:RUNG_AHEAD]
    tasks.execute_run(run.pk)
    tasks.ring_for_unheld()
    assert len(rung) == RUNG_AHEAD
    for _ in range(3):
        tasks.execute_chunk(chunks[0][1])
    assert rung == chunks[: RUNG_AHEAD + 1]


@pytest.mark.usefixtures("study")
def test_a_run_that_waits_for_its_chunks_keeps_no_other_run_waiting(world: World) -> None:
    first, second = parked(world), parked(world)
    for chunk in chunks_of(second):
        execution.execute_chunk(chunk.pk)
    execution.execute(second.pk)
    assert (fresh(first).state, fresh(second).state) == (State.WAITING, State.SUCCEEDED)


def test_what_was_frozen_is_published_with_the_result_alone(world: World, study: QuickStudy) -> None:
    client = Client()
    client.force_login(world.eva)
    run = parked(world)
    assert client.get(reverse("runs-files", args=[run.pk])).json() == []
    study.chunks = 0
    done = parked(world)
    names = [file["name"] for file in client.get(reverse("runs-files", args=[done.pk])).json()]
    assert names == ["dataset.parquet", "result.json"]
    assert Artifact.objects.filter(run=run).count() == 1


@pytest.mark.usefixtures("study")
def test_page_list_and_api_tell_how_far_the_chunks_are(world: World) -> None:
    client = Client()
    client.force_login(world.eva)
    run = parked(world)
    execution.execute_chunk(chunks_of(run)[0].pk)
    for url in (run.get_absolute_url(), reverse("analyses:index"), reverse("analyses:progress", args=[run.pk])):
        assert "Resampling: 10 of 30 replicates" in client.get(url).content.decode()
    told = client.get(reverse("runs-detail", args=[run.pk])).json()
    assert (told["state"], told["stage"]) == ("waiting", "Resampling: 10 of 30 replicates")
    with held_chunk(chunks_of(run)[1].pk) as work:
        assert work is not None
        silence(work.chunk)
        assert "has fallen silent" in client.get(run.get_absolute_url()).content.decode()
    with held(run.pk) as nothing:
        assert nothing is None
