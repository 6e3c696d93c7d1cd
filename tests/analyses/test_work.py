"""How a run ends: published once, failed with a sentence, cancelled, or left to the next worker."""

from __future__ import annotations

import json
import logging

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from analyses.actions import cancel_run
from analyses.models import Artifact, Blob, Result, Run, State
from analyses.pipeline.errors import InvalidValueError, StudyError
from analyses.pipeline.results import StudyResult
from analyses.selectors import study_of
from analyses.store import artifacts
from analyses.store.frozen import freeze
from analyses.store.publishing import publish
from analyses.store.work import Work, held
from tests.analyses.world import World, bare_result, silence

# Trouble with the database closes the connection, which a test inside a transaction cannot survive.
reconnects = pytest.mark.django_db(transaction=True)
FILES = {"report.html": b"<p>report</p>", "figures/km.svg": b"<svg/>"}


def finish(work: Work, world: World, files: dict[str, bytes] | None = None) -> StudyResult:
    result = bare_result(work.run.plan.spec)
    made = {**(files or FILES), "result.json": json.dumps(result.to_json()).encode()}
    freeze(work, dataset=b"PAR1", sha256=result.manifest.dataset_sha256, centres=[world.east.pk])
    publish(work, result=result, files=made)
    return result


def test_a_published_run_has_its_result_and_files(world: World) -> None:
    run = world.run()
    with held(run.pk) as work:
        assert work is not None
        work.enter("Study", 0.5)
        result = finish(work, world)
    run.refresh_from_db()
    assert (run.state, run.progress, run.lease_expires, run.data_sha256) == (State.SUCCEEDED, 1.0, None, "d" * 64)
    assert study_of(run.result) == result
    assert run.result.fingerprint == result.fingerprint()
    assert {item.name: item.media_type for item in run.artifacts.all()} == {
        "dataset.parquet": "application/vnd.apache.parquet",
        "figures/km.svg": "image/svg+xml",
        "report.html": "text/html",
        "result.json": "application/json",
    }
    assert run.artifacts.get(name="report.html").blob.read() == FILES["report.html"]


def test_a_second_message_for_the_same_run_does_nothing(world: World) -> None:
    run = world.run()
    with held(run.pk) as work:
        assert work is not None
        with held(run.pk) as second:
            assert second is None
        finish(work, world)
    with held(run.pk) as third:
        assert third is None
    assert Result.objects.count() == 1


def test_a_worker_that_was_replaced_publishes_nothing(world: World) -> None:
    run = world.run()
    with held(run.pk) as slow:
        assert slow is not None
        slow.enter("Study", 0.5)
        silence(run)
        with held(run.pk) as quick:
            assert quick is not None
            finish(quick, world)
        finish(slow, world, {"late.html": b"late"})
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.SUCCEEDED, 2)
    assert not Artifact.objects.filter(name="late.html").exists()
    assert Result.objects.count() == 1


def test_a_worker_that_was_replaced_stops_at_its_next_stage(world: World) -> None:
    run = world.run()
    went_on = False
    with held(run.pk) as slow:
        assert slow is not None
        silence(run)
        with held(run.pk) as quick:
            assert quick is not None
            slow.enter("Report", 0.6)
            went_on = True
    run.refresh_from_db()
    assert not went_on
    assert (run.state, run.error) == (State.RUNNING, "")


def test_a_study_that_cannot_be_done_says_why_and_for_whom(world: World) -> None:
    run = world.run()
    with held(run.pk):
        raise StudyError("score", "Radiotherapy began before the diagnosis.", ["NPC-000007", "NPC-000009"])
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.error == "Radiotherapy began before the diagnosis."
    assert run.error_patients == ["NPC-000007", "NPC-000009"]


def test_a_plan_that_does_not_fit_says_where(world: World) -> None:
    run = world.run()
    with held(run.pk):
        raise InvalidValueError("exposure.variable", "arm", "one of treatment_group")
    run.refresh_from_db()
    assert run.error == (
        "The plan does not fit the data. exposure.variable: 'arm' is not allowed; expected one of treatment_group."
    )


def test_the_unforeseen_is_told_plainly_and_traced_in_the_log_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    run = world.run()
    with caplog.at_level(logging.ERROR), held(run.pk) as work:
        assert work is not None
        work.enter("Study", 0.2)
        raise ZeroDivisionError("internal detail")
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "internal detail" not in run.error
    assert f"run {run.pk}" in run.error
    assert "internal detail" in caplog.text


@reconnects
def test_trouble_with_the_database_leaves_the_run_to_the_next_worker(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    run = world.run()
    with held(run.pk):
        raise OperationalError("server closed the connection unexpectedly")
    run.refresh_from_db()
    assert run.state == State.RUNNING
    silence(run)
    with held(run.pk) as work:
        assert work is not None
        finish(work, world)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.SUCCEEDED, 2)


def test_cancel_is_honoured_at_the_next_stage(world: World) -> None:
    run = world.run()
    with held(run.pk) as work:
        assert work is not None
        work.enter("Reading the records", 0.0)
        cancel_run(run, by=world.eva)
        work.enter("Deriving variables and endpoints", 0.1)
        raise AssertionError("the work went on")
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_by, run.error) == (State.CANCELLED, world.eva, "")


def test_cancel_is_honoured_before_publishing(world: World) -> None:
    run = world.run()
    with held(run.pk) as work:
        assert work is not None
        cancel_run(run, by=world.eva)
        finish(work, world)
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert not Result.objects.exists()
    assert not Blob.objects.exists()


@reconnects
def test_a_cancelled_run_whose_worker_died_ends_with_the_next_claim(world: World) -> None:
    run = world.run()
    with held(run.pk):
        cancel_run(run, by=world.eva)
        raise OperationalError("as if the worker had died here")
    silence(run)
    with held(run.pk) as work:
        assert work is not None
        work.enter("Reading the records", 0.0)
    run.refresh_from_db()
    assert run.state == State.CANCELLED


@reconnects
def test_a_run_that_loses_its_worker_each_time_ends_at_last(world: World, settings: object) -> None:
    settings.RUN_ATTEMPTS = 2  # type: ignore[attr-defined]
    run = world.run()
    for _ in range(2):
        with held(run.pk):
            raise OperationalError("as if the worker had died here")
        silence(run)
    with held(run.pk) as work:
        assert work is None
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "lost 2 times" in run.error


def test_equal_bytes_are_kept_once(world: World) -> None:
    for _ in range(2):
        with held(world.run().pk) as work:
            assert work is not None
            finish(work, world)
    assert Artifact.objects.filter(name="report.html").count() == 2
    assert Blob.objects.filter(artifacts__name="report.html").distinct().count() == 1


def test_large_files_go_to_the_storage(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(artifacts, "DATABASE_LIMIT_BYTES", 100)
    for _ in range(2):
        with held(world.run().pk) as work:
            assert work is not None
            finish(work, world, {"big.bin": b"x" * 101})
    blob = Artifact.objects.filter(name="big.bin")[0].blob
    assert blob.content is None
    assert blob.read() == b"x" * 101
    assert default_storage.listdir(f"artifacts/{blob.sha256[:2]}")[1] == [blob.sha256]


def test_the_headline_serves_lists_without_the_document(world: World) -> None:
    run = world.run()
    with held(run.pk) as work:
        assert work is not None
        finish(work, world)
    with CaptureQueriesContext(connection) as queries:
        headline = Result.objects.get(run=run).headline
    assert headline["eligible"] == 2
    assert len(queries) == 1
    assert json.dumps(headline)
    assert Run.objects.get(pk=run.pk).has_ended
