"""What must hold on every broker when workers are killed and messages are lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models.functions import Now

from analyses.actions import save_plan
from analyses.models import Result, Run, State
from analyses.pipeline.spec import Resampling, Sensitivity, StudySpec
from analyses.pipeline.study import run_study
from tests.analyses.workers import Site, kill, wait_for
from tests.analyses.world import World
from tests.pipeline.factories import synthetic_dataset

# Long enough to be hit in mid-run: the study repeats its matching over so many orders of equal scores.
LONG = 400


def long_plan(world: World, tie_orders: int = LONG) -> None:
    planned(world, tie_orders, resampling=None, imputation=None)


def planned(world: World, tie_orders: int, **parts: Any) -> StudySpec:
    """From here on the world runs its plan with so many orders and these parts."""
    spec = replace(world.plan.spec, sensitivity=Sensitivity(tie_orders=tie_orders), **parts)
    world.plan = save_plan(by=world.eva, registry=world.registry, spec=spec)
    return spec


def killed_and_started_again(world: World, site: Site) -> None:
    long_plan(world)
    run = world.run()
    site.send(run)
    with site.working() as worker:
        wait_for(run, lambda run: run.stage == "sensitivity", log=site.log)
        kill(worker)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.RUNNING, 1)
    with site.working():
        wait_for(run, lambda run: run.has_ended, log=site.log)
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    assert run.attempt == 2
    assert Result.objects.filter(run=run).count() == 1


def resampled_plan(world: World, replicates: int) -> StudySpec:
    """Chunks of two replicates: of patients, of pairs, and for the stepwise model."""
    resampling = Resampling(replicates=replicates, stability=replicates, chunk=2)
    return planned(world, 0, resampling=resampling, imputation=None)


def ended_like_one_process(run: Run, spec: StudySpec) -> None:
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    assert Result.objects.filter(run=run).count() == 1
    assert run.result.fingerprint == run_study(synthetic_dataset(300, seed=1), spec).fingerprint()


def in_hand(run: Run) -> int:
    """How many chunks a living worker holds."""
    return run.chunks.filter(state=State.RUNNING, lease_expires__gt=Now()).count()


def chunk_lost_and_done_by_another(world: World, site: Site) -> None:
    """Of two workers one is killed in the midst of a chunk."""
    spec = resampled_plan(world, replicates=4)
    run = world.run()
    site.send(run)
    with site.working() as killed, site.working():
        wait_for(run, lambda run: in_hand(run) == 2, log=site.log)
        kill(killed)
        wait_for(run, lambda run: run.has_ended, log=site.log)
    ended_like_one_process(run, spec)
    assert run.chunks.filter(lost__gte=1).exists()


def chunks_survive_workers_that_come_and_go(world: World, site: Site, kills: int = 4) -> None:
    """Each of several workers in turn is killed in the midst of a chunk, and the broker forgets everything twice."""
    spec = resampled_plan(world, replicates=20)
    run = world.run()
    site.send(run)
    for number in range(kills):
        done = run.chunks.filter(state=State.SUCCEEDED).count()
        with site.working() as killed:
            wait_for(run, lambda run, done=done: run.chunks.filter(state=State.SUCCEEDED).count() > done, log=site.log)
            wait_for(run, lambda run: in_hand(run) > 0, log=site.log)
            kill(killed)
        if number % 2:
            site.empty()
    with site.working(), site.working():
        wait_for(run, lambda run: run.has_ended, log=site.log)
    ended_like_one_process(run, spec)
    assert sum(run.chunks.values_list("lost", flat=True)) >= kills - 1


def survives_a_forgetful_broker(world: World, site: Site) -> None:
    long_plan(world, tie_orders=0)
    runs = [world.run() for _ in range(3)]
    for run in runs:
        site.send(run, times=3)
    site.empty()
    site.send(runs[1], times=5)
    with site.working():
        for run in runs:
            wait_for(run, lambda run: run.has_ended, log=site.log)
    assert [run.state for run in runs] == [State.SUCCEEDED] * 3
    assert [run.attempt for run in runs] == [1, 1, 1]
    assert Result.objects.count() == Run.objects.count() == 3
