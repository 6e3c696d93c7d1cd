"""What must hold on every broker when workers are killed and messages are lost or doubled."""

from __future__ import annotations

from dataclasses import replace

from analyses.actions import save_plan
from analyses.models import Result, Run, State
from analyses.pipeline.spec import Sensitivity
from tests.analyses.workers import Site, kill, wait_for
from tests.analyses.world import World

# Long enough to be hit in mid-run: the study repeats its matching over so many orders of equal scores.
LONG = 400


def long_plan(world: World, tie_orders: int = LONG) -> None:
    spec = replace(world.plan.spec, sensitivity=Sensitivity(tie_orders=tie_orders))
    world.plan = save_plan(by=world.eva, registry=world.registry, spec=spec)


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
