"""No run is lost or doubled when the whole worker is killed in mid-run, on the broker that needs no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.killing import (
    chunk_lost_and_done_by_another,
    chunks_survive_workers_that_come_and_go,
    killed_and_started_again,
    survives_a_forgetful_broker,
)
from tests.analyses.workers import Site
from tests.analyses.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_whose_worker_is_killed_ends_once(world: World, tmp_path: Path) -> None:
    killed_and_started_again(world, Site(tmp_path))


def test_a_run_survives_an_emptied_broker_and_duplicate_messages(world: World, tmp_path: Path) -> None:
    survives_a_forgetful_broker(world, Site(tmp_path))


def test_a_chunk_whose_worker_is_killed_is_done_by_another(world: World, tmp_path: Path) -> None:
    chunk_lost_and_done_by_another(world, Site(tmp_path))


@pytest.mark.services  # for its length; it needs no server
def test_chunks_survive_workers_that_come_and_go(world: World, tmp_path: Path) -> None:
    chunks_survive_workers_that_come_and_go(world, Site(tmp_path))
