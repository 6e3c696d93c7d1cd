"""Which data queries wait for whom, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from patients import selectors
from patients.models import DataQuery, Patient

if TYPE_CHECKING:
    from tests.worlds import World


def asked(patient: Patient, world: World, **values: Any) -> DataQuery:
    about = {"table": "patients.patient", "row": patient.pk, "text": "Sex is not known."}
    return world.add(DataQuery, patient=patient, **about | values)


def waiting(world: World, who: str) -> list[int]:
    return [query.pk for query in selectors.queries_waiting_for(world.users[who])]


def test_the_dearest_come_first_and_the_oldest_of_equals(world: World) -> None:
    patient = world.patient()
    cheap, older, dear = (asked(patient, world, rank=rank) for rank in (0, 0, 7))
    assert waiting(world, "abstractor") == [dear.pk, cheap.pk, older.pk]


@pytest.mark.parametrize(
    ("state", "table", "those"),
    [
        ("open", "patients.patient", {"administrator", "manager", "abstractor"}),
        ("open", "patients.followup", {"administrator", "manager", "abstractor", "coordinator"}),
        ("answered", "patients.patient", {"administrator", "manager"}),
        ("answered", "patients.followup", {"administrator", "manager"}),
        ("accepted", "patients.patient", set()),
        ("closed", "patients.patient", set()),
    ],
)
def test_who_is_waited_for(world: World, state: str, table: str, those: set[str]) -> None:
    query = asked(world.patient(), world, state=state, table=table)
    found = {who for who in world.users if waiting(world, who)}
    assert found == those, query


def test_another_centres_queries_wait_for_nobody_here(world: World) -> None:
    asked(world.patient(world.there), world)
    assert waiting(world, "manager") == []
