"""Which data queries wait for whom, in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

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


def test_metrics_count_by_centre_and_severity_what_stands_and_for_how_long(world: World) -> None:
    for severity, state, days in (
        ("error", "open", 1),
        ("error", "open", 3),
        ("error", "answered", 50),
        ("missing", "accepted", 9),
        ("missing", "closed", 9),
        (None, "open", 8),
    ):
        query = asked(world.patient(), world, severity=severity, state=state)
        DataQuery.objects.filter(pk=query.pk).update(state_since=timezone.now() - timedelta(days=days, hours=1))
    asked(world.patient(world.there), world)
    rows = selectors.query_metrics(world.users["manager"])
    assert [(row.severity, row.open, row.answered, row.accepted) for row in rows] == [
        ("", 1, 0, 0),
        ("error", 2, 1, 0),
        ("missing", 0, 0, 1),
    ]
    assert [row.median_days_open and round(row.median_days_open) for row in rows] == [8, 2, None]
    assert {row.centre for row in rows} == {"This centre"}
    assert len(selectors.query_metrics(world.admin)) == 4
    assert selectors.query_metrics(world.users["abstractor"]) == []
