"""The pages that are measured are there, in a registry whose copies are sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db.models import F

from bench import pages
from bench.pages import PAGES, REQUESTS, charts, measured
from bench.scratch import copied
from bench.table import OURS

if TYPE_CHECKING:
    from tests.worlds import World


@pytest.fixture
def world(db: None) -> World:
    """Two patients with a course of two cycles each."""
    from tests.worlds import build
    from treatments.models import ChemotherapyCycle, SystemicCourse

    world = build()
    for _ in range(2):
        values = {"intent": "palliative", "agent_class": "chemotherapy"}
        course = world.add(SystemicCourse, patient=world.patient(), **values)
        for number in (1, 2):
            world.add(ChemotherapyCycle, course=course, number=number)
    return world


def test_copies_hang_below_copies_and_leave_room_for_new_rows(world: World) -> None:
    from patients.models import Patient
    from treatments.models import ChemotherapyCycle, SystemicCourse

    assert copied(world.registry, 6) == 6 + 6 + 12
    assert Patient.objects.values("number").distinct().count() == 6
    assert SystemicCourse.objects.values("patient").distinct().count() == 6
    cycles = ChemotherapyCycle.objects.filter(patient=F("course__patient"))
    assert cycles.values("course", "number").distinct().count() == 12
    world.registry.refresh_from_db()
    later = world.patient()
    assert Patient.objects.order_by("-number").first() == later
    world.add(SystemicCourse, patient=later, intent="palliative", agent_class="chemotherapy")


def test_every_page_answers_and_every_save_saves(world: World) -> None:
    from patients.actions.queries import check_all
    from treatments.models import SystemicCourse

    check_all()
    asked = charts(world.registry, 2)
    timed = dict(measured(PAGES, asked))
    assert set(timed) == {page.what for page in PAGES}
    assert all(len(seconds) == len(python) == 1 for seconds, python in timed.values())
    assert set(SystemicCourse.objects.values_list("note", flat=True)) == {"Read once more."}


def test_pages_are_held_against_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "patients": 50_728,
        "pages": {"chart": ([0.1, 0.2, 0.9], [0.1, 0.1, 0.1]), "list": ([0.5] * REQUESTS, [0.1] * REQUESTS)},
        "rules": {"opening": 400.0, "again": 59.0, "opened": 27_000},
    }
    monkeypatch.setattr(pages, "apart", lambda module, patients: found)
    chart, listed, opening, rules = pages.pages(50_000).lines
    assert (chart.values[OURS], chart.values["worst"], chart.met) == (0.2, 0.9, True)
    assert (listed.met, opening.met, rules.met) == (False, None, True)
