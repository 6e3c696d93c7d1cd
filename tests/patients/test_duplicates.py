"""Likely duplicates: which evidence weighs what, who sees which, and how many of those planted are found."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from patients import duplicates
from patients.actions import judge_distinct, merge, record_identity, register
from patients.models import Diagnosis, MetastaticSite, Patient
from records.actions import void
from records.models import Membership, Registry

if TYPE_CHECKING:
    from records.models import User
    from tests.worlds import World

BORN, FOUND = "1960-05-17", "2012-03-05"


@pytest.fixture(autouse=True)
def nothing_kept(db: None) -> None:
    cache.clear()


def person(world: World, centre: Any = None, found: str | None = FOUND, **values: Any) -> Patient:
    stage = {name: values.pop(name) for name in ("t_category", "n_category") if name in values}
    patient = world.patient(centre, **{"sex": "male", "birth_date": BORN, **values})
    if found:
        world.add(Diagnosis, patient=patient, date=found, **{"t_category": "T3", "n_category": "N2", **stage})
    return patient


def score(world: World, one: Patient, other: Patient) -> int:
    pair = duplicates.compared(world.admin, one, other)
    assert pair is not None
    assert pair.score == sum(level.weight for level in pair.evidence)
    return pair.score


def proposed(user: User) -> list[tuple[str, str]]:
    return [(pair.patient.number, pair.other.number) for pair in duplicates.listed(user, again=True).pairs]


PROPOSED: list[tuple[str, dict[str, Any], bool]] = [
    ("the same in all", {}, True),
    ("diagnosed a week later", {"found": "2012-03-12"}, True),
    ("diagnosed in the month, as far as known", {"found": "2012-03"}, True),
    ("diagnosed two years later", {"found": "2014-03-05"}, False),
    ("born in the month, as far as known, found on one day", {"birth_date": "1960-05"}, True),
    ("born in the month, as far as known, found a week later", {"birth_date": "1960-05", "found": "2012-03-12"}, False),
    ("born in the year, as far as known, found on one day", {"birth_date": "1960"}, True),
    ("the year alone, and another stage", {"birth_date": "1960", "t_category": "T1"}, False),
    ("birth day mistyped", {"birth_date": "1960-05-11"}, True),
    ("birth day and month swapped", {"birth_date": "1960-05-08"}, True),
    ("another birth date", {"birth_date": "1960-07-22"}, False),
    ("another sex", {"sex": "female"}, True),
    ("another sex and stage", {"sex": "female", "t_category": "T1"}, False),
    ("no diagnosis entered", {"found": None}, False),
]


@pytest.mark.parametrize(("case", "changes", "expected"), PROPOSED, ids=[case for case, *_ in PROPOSED])
def test_what_is_proposed(world: World, case: str, changes: dict[str, Any], expected: bool) -> None:
    one = person(world, birth_date="1960-08-05" if "swapped" in case else BORN)
    other = person(world, world.there, **changes)
    assert proposed(world.admin) == ([(one.number, other.number)] if expected else [])


def test_sites_and_identifiers_weigh_and_what_is_unknown_does_not(world: World) -> None:
    one, other = person(world, found=None), person(world, found=None)
    before = score(world, one, other)
    for patient in (one, other):
        for organ in ("bone", "liver"):
            world.add(MetastaticSite, patient=patient, organ=organ)
    assert score(world, one, other) == before + 4
    third, fourth = (person(world, external_id=name) for name in ("RC-0001", "rc 0001"))
    assert "identifier in the source" in str(duplicates.compared(world.admin, third, fourth))
    blank = world.patient()
    assert score(world, one, blank) == 0


def test_identity_speaks_only_to_who_may_see_it(world: World) -> None:
    one, other = world.patient(), world.patient(world.there)
    for patient in (one, other):
        record_identity(patient, by=world.admin, national_id="N 1", hospital_number="H-1")
    pair = duplicates.listed(world.admin).pairs[0]
    assert [level.words for level in pair.evidence] == ["Same national ID", "Same hospital number, at two centres"]
    manager = world.users["manager"]
    assert proposed(manager) == []  # manages one of the two centres only
    assert duplicates.compared(manager, one, other) is None
    Membership.objects.create(user=manager, centre=world.there, role="manager")
    manager = type(manager).objects.get(pk=manager.pk)
    assert proposed(manager) == [(one.number, other.number)]


def test_different_national_ids_speak_against(world: World) -> None:
    one, other = person(world, found="2012"), person(world, found="2012-03-05")
    before = score(world, one, other)
    for patient, number in ((one, "N 1"), (other, "N 2")):
        record_identity(patient, by=world.admin, national_id=number)
    assert score(world, one, other) == before - 10


def test_who_was_judged_merged_voided_or_stands_elsewhere_is_not_proposed(world: World) -> None:
    one, other = person(world), person(world)
    elsewhere = Registry.objects.create(code="larynx", title="Larynx", number_prefix="LAR")
    register(by=world.admin, registry=elsewhere, centre=world.here, sex="male", birth_date=BORN)
    second = person(world)
    Patient.objects.filter(pk=second.pk).update(second_of=one)
    assert proposed(world.admin) == [(one.number, other.number)]
    judgement = judge_distinct(other, one, by=world.admin, reason="Twins")
    assert duplicates.listed(world.admin).pairs == []
    void(judgement, by=world.admin, version=1, reason="One card was read wrongly")
    assert proposed(world.admin) == [(one.number, other.number)]
    other.refresh_from_db()
    told = {"version_keep": 1, "version_drop": 1, "singles": {}, "rows": {}, "reason": "One person"}
    merge(by=world.admin, keep=one, drop=other, **told)  # type: ignore[arg-type]
    assert duplicates.listed(world.admin).pairs == []


def test_the_list_is_kept_until_looked_at_again(world: World) -> None:
    assert duplicates.listed(world.admin).pairs == []
    one, other = person(world), person(world)
    assert duplicates.listed(world.admin).pairs == []
    assert proposed(world.admin) == [(one.number, other.number)]


CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"days": 9},
    {"precision": 7},
    {"digit": True},
    {"t_category": "T1"},
)


def test_of_planted_duplicates_most_are_found_and_few_pairs_are_false(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty patients of the rebuilt cohort entered a second time, with small changes as abstractors make them."""
    from datetime import date, timedelta

    from exchange.study_cohort import writer
    from tests.exchange.cohorts import records

    Registry.objects.update(number_prefix="OTHER")
    registry = writer.write(records(1), by=world.admin, reason="the rebuilt cohort")
    rng = random.Random(20)
    people = Patient.objects.filter(registry=registry, birth_date__isnull=False).order_by("pk")
    chosen = rng.sample([row for row in people if len(row.birth_date or "") == 10], 20)
    before = {(pair.patient.pk, pair.other.pk) for pair in duplicates.listed(world.admin, again=True).pairs}
    planted = set()
    for place, row in enumerate(chosen):
        change, born = CHANGES[place % len(CHANGES)], str(row.birth_date)
        if "digit" in change:
            born = f"{born[:9]}{(int(born[9]) + 1) % 10 or 1}"
        values = {"sex": row.sex, "birth_date": born[: change.get("precision", 10)]}
        copy = register(by=world.admin, registry=registry, centre=world.there, **values)
        found = Diagnosis.objects.get(patient=row, voided_at=None)
        day = str(found.date)
        if "days" in change and len(day) == 10:
            day = str(date.fromisoformat(day) + timedelta(days=change["days"]))
        stage = {"t_category": change.get("t_category", found.t_category), "n_category": found.n_category}
        world.add(Diagnosis, patient=copy, date=day, **stage)
        for site in MetastaticSite.objects.filter(patient=row, voided_at=None):
            world.add(MetastaticSite, patient=copy, organ=site.organ, organ_text=site.organ_text)
        planted.add((row.pk, copy.pk))
    found_pairs = {(pair.patient.pk, pair.other.pk) for pair in duplicates.listed(world.admin, again=True).pairs}
    recall = len(planted & found_pairs) / len(planted)
    with capsys.disabled():
        print(
            f"\nplanted {len(planted)}, recall {recall:.2f}; pairs listed {len(found_pairs)}, of them false"
            f" {len(found_pairs - planted)}; before planting {len(before)}"
        )
    assert recall >= 0.9
    assert len(found_pairs - planted) <= 5
