"""Claim, lease and token against real PostgreSQL, with several connections at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from analyses.models import Run, State
from analyses.store.claims import LostLeaseError, claim, due_for_ringing
from analyses.store.heartbeat import beating
from tests.analyses.world import World, silence

Found = TypeVar("Found")


def at_once(threads: int, job: Callable[[], Found]) -> list[Found]:
    """Run `job` in several threads that start together, each on a connection of its own."""
    start = threading.Barrier(threads)

    def one() -> Found:
        try:
            connection.ensure_connection()
            start.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(threads)]]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_one_gets_the_run(world: World) -> None:
    runs = [world.run() for _ in range(5)]
    for run in runs:
        claims = [found for found in at_once(6, lambda run=run: claim(Run, run.pk)) if found]
        assert [found.token for found in claims] == [1]
        silence(run)
        claims = [found for found in at_once(6, lambda run=run: claim(Run, run.pk)) if found]
        assert [found.token for found in claims] == [2]


def test_a_held_run_is_not_claimed_until_its_lease_has_run_out(world: World) -> None:
    run = world.run()
    first = claim(Run, run.pk)
    assert first is not None
    assert claim(Run, run.pk) is None
    silence(run)
    second = claim(Run, run.pk)
    assert second is not None
    assert second.token == first.token + 1
    with pytest.raises(LostLeaseError):
        first.write(stage="late")
    with pytest.raises(LostLeaseError):
        first.renew()
    second.write(stage="in time")
    run.refresh_from_db()
    assert (run.stage, run.attempt, run.lost) == ("in time", 2, second.lost) == ("in time", 2, 1)


def test_a_silent_holder_that_nobody_replaced_may_go_on(world: World) -> None:
    run = world.run()
    holder = claim(Run, run.pk)
    assert holder is not None
    silence(run)
    holder.renew()
    assert claim(Run, run.pk) is None


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_an_ended_run_is_never_claimed(world: World, state: State) -> None:
    run = world.run()
    holder = claim(Run, run.pk)
    assert holder is not None
    Run.objects.update(cancel_requested_at=Now(), cancel_requested_by=world.eva)
    holder.write(
        state=state, lease_expires=None, finished_at=Now(), error="It failed." if state == State.FAILED else ""
    )
    assert claim(Run, run.pk) is None
    with pytest.raises(LostLeaseError):
        holder.write(stage="afterwards")


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_a_claim_beyond_its_first_lease(world: World, settings: object) -> None:
    settings.RUN_LEASE_SECONDS = 0.6  # type: ignore[attr-defined]
    run = world.run()
    holder = claim(Run, run.pk)
    assert holder is not None
    with beating(holder):
        time.sleep(1.5)
        assert claim(Run, run.pk) is None
    time.sleep(0.7)
    assert claim(Run, run.pk) is not None


@pytest.mark.django_db(transaction=True)
def test_what_nobody_holds_is_rung_by_one_of_many_workers(world: World) -> None:
    queued, silent, held, just_rung = (world.run() for _ in range(4))
    for run in (silent, held):
        assert claim(Run, run.pk)
    silence(silent)
    Run.objects.filter(pk=just_rung.pk).update(rung_at=Now())

    def due() -> list[int]:
        return due_for_ringing(Run.objects.all(), again_after=timedelta(seconds=5))

    rung = sorted(pk for found in at_once(4, due) for pk in found)
    assert rung == [queued.pk, silent.pk]
    assert due() == []
    Run.objects.update(rung_at=Now() - timedelta(minutes=1))
    assert due() == [queued.pk, silent.pk, just_rung.pk]


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_nobody_who_merely_reads(world: World) -> None:
    run = world.run()
    with transaction.atomic():
        Run.objects.get(pk=run.pk)
        assert [found.token for found in at_once(1, lambda: claim(Run, run.pk)) if found] == [1]
