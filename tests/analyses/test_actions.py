"""Saving, requesting and cancelling; who sees which run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from analyses import actions, selectors, tasks
from analyses.models import Run, State
from analyses.pipeline.criteria import Compare
from analyses.pipeline.spec import NamedCriterion, Table1
from analyses.store.work import held
from records.models import Centre, Membership, Registry, User
from records.roles import Role
from tests.analyses.world import World


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs of which the broker heard."""
    heard: list[int] = []
    monkeypatch.setattr(tasks.execute_run, "apply_async", lambda args, retry: heard.append(args[0]))
    return heard


def test_saving_the_same_plan_again_keeps_its_version(world: World) -> None:
    same = actions.save_plan(by=world.ines, registry=world.registry, spec=world.plan.spec)
    assert same == world.plan
    other = actions.save_plan(by=world.ines, registry=world.registry, spec=replace(world.plan.spec, seed=1))
    assert (other.version, other.saved_by) == (2, world.ines)
    back = actions.save_plan(by=world.eva, registry=world.registry, spec=world.plan.spec)
    assert back.version == 3


def test_a_saved_plan_is_the_value_that_was_saved(world: World) -> None:
    world.plan.refresh_from_db()
    assert world.plan.spec.fingerprint() == world.plan.fingerprint


def test_a_plan_that_names_what_is_not_derived_is_refused(world: World) -> None:
    spec = replace(world.plan.spec, table1=Table1(variables=("shoe_size",)))
    with pytest.raises(ValidationError, match=r"table1.variables\[0\]: 'shoe_size' is not allowed"):
        actions.save_plan(by=world.eva, registry=world.registry, spec=spec)


def test_a_cohort_is_saved_in_the_order_of_its_criteria(world: World) -> None:
    criteria = [
        NamedCriterion(name=name, label=name, criterion=Compare(variable="sex", comparison="=", value=name))
        for name in ("Male", "Female")
    ]
    saved = actions.save_cohort(by=world.eva, registry=world.registry, name="Both", criteria=criteria)
    saved.refresh_from_db()
    assert list(saved.criteria) == criteria
    again = actions.save_cohort(by=world.eva, registry=world.registry, name="Both", criteria=criteria[::-1])
    assert again.version == 2
    with pytest.raises(ValidationError):
        actions.save_cohort(by=world.eva, registry=world.registry, name=" ", criteria=criteria)


@pytest.mark.django_db(transaction=True)
def test_the_broker_hears_of_a_run_on_commit(world: World, rung: list[int]) -> None:
    run = actions.request_run(by=world.eva, plan=world.plan)
    assert rung == [run.pk]
    assert run.state == State.QUEUED


def test_a_deaf_broker_does_not_fail_the_request(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(**_options: object) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(tasks.execute_run, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        run = actions.request_run(by=world.eva, plan=world.plan)
    assert run.state == State.QUEUED


def test_the_watch_rings_for_what_nobody_holds(world: World, rung: list[int]) -> None:
    run = world.run()
    tasks.ring_for_unheld()
    assert rung == [run.pk]
    tasks.ring_for_unheld()
    assert rung == [run.pk]


def test_only_those_who_may_analyse_save_request_and_cancel(world: World) -> None:
    run = world.run()
    for act in (
        lambda: actions.save_plan(by=world.abe, registry=world.registry, spec=world.plan.spec),
        lambda: actions.save_cohort(by=world.abe, registry=world.registry, name="x", criteria=[]),
        lambda: actions.request_run(by=world.abe, plan=world.plan),
        lambda: actions.cancel_run(run, by=world.abe),
        lambda: actions.cancel_run(run, by=world.wim),
    ):
        with pytest.raises(PermissionDenied):
            act()
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at) == (State.QUEUED, None)


def test_a_registry_without_patients_of_mine_is_not_run(world: World) -> None:
    empty = Registry.objects.create(code="empty", title="Empty registry", number_prefix="E")
    plan = actions.save_plan(by=world.eva, registry=empty, spec=world.plan.spec)
    with pytest.raises(ValidationError, match="no patients whom you may analyse"):
        actions.request_run(by=world.eva, plan=plan)


def test_cancelling_twice_or_too_late_changes_nothing(world: World) -> None:
    run = actions.cancel_run(world.run(), by=world.eva)
    assert run.state == State.CANCELLED
    again = actions.cancel_run(run, by=world.ines)
    assert (again.cancel_requested_by, again.finished_at) == (world.eva, run.finished_at)
    failed = world.run()
    with held(failed.pk) as work:
        assert work is not None
        work.fail("No.")
    assert actions.cancel_run(failed, by=world.eva).cancel_requested_at is None


def seen(user: User) -> set[int]:
    return set(selectors.runs(user).values_list("pk", flat=True))


def test_a_run_is_visible_to_those_who_may_see_all_that_it_read(world: World) -> None:
    east, both, unread = (world.run() for _ in range(3))
    both.centres.set([world.east, world.west])
    unread.centres.clear()
    stranger = User.objects.create_user("stranger")
    assert seen(world.eva) == {east.pk, unread.pk}
    assert seen(world.abe) == {east.pk}
    assert seen(world.wim) == set()
    assert seen(world.ines) == {east.pk, both.pk}
    assert seen(world.admin) == {east.pk, both.pk, unread.pk}
    assert seen(stranger) == set()


def test_who_loses_a_centre_loses_sight_of_its_runs(world: World) -> None:
    run = world.run()
    Membership.objects.filter(user=world.eva).delete()
    assert seen(User.objects.get(pk=world.eva.pk)) == set()
    Membership.objects.create(user=world.eva, centre=world.west, role=Role.INVESTIGATOR)
    assert run.pk not in seen(User.objects.get(pk=world.eva.pk))


def test_a_run_reads_the_centres_where_its_requester_analyses(world: World) -> None:
    north = Centre.objects.create(code="North", name="North hospital")
    Membership.objects.create(user=world.ines, centre=north, role=Role.ABSTRACTOR)
    run = actions.request_run(by=world.ines, plan=world.plan)
    assert set(run.centres.all()) == {world.east, world.west}
    assert Run.objects.get(pk=run.pk).requested_by == world.ines
