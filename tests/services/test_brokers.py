"""The same promises on Redis and on RabbitMQ as on the filesystem broker."""

from __future__ import annotations

import os
from collections.abc import Iterator
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

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
BROKERS = {
    "redis": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
    "rabbitmq": os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}


@pytest.fixture(params=BROKERS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path, BROKERS[request.param])
    yield found
    found.remove()


def test_a_run_whose_worker_is_killed_ends_once(world: World, site: Site) -> None:
    killed_and_started_again(world, site)


def test_a_run_survives_an_emptied_broker_and_duplicate_messages(world: World, site: Site) -> None:
    survives_a_forgetful_broker(world, site)


def test_a_chunk_whose_worker_is_killed_is_done_by_another(world: World, site: Site) -> None:
    chunk_lost_and_done_by_another(world, site)


def test_chunks_survive_workers_that_come_and_go(world: World, site: Site) -> None:
    chunks_survive_workers_that_come_and_go(world, site)
