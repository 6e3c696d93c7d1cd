"""Pages ask the database a number of questions that does not grow with what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


def fill(world: World, patients: int) -> Any:
    from patients.models import Diagnosis, FollowUp, MetastaticSite
    from treatments.models import ChemotherapyCycle, Regimen, SystemicCourse

    for _ in range(patients):
        patient = world.patient()
        world.add(Diagnosis, patient=patient)
        regimen = Regimen.objects.get(code="TPF")
        values = {"intent": "palliative", "agent_class": "chemotherapy", "regimen": regimen}
        course = world.add(SystemicCourse, patient=patient, **values)
        for number in range(1, patients + 1):
            world.add(FollowUp, patient=patient, date=f"{2010 + number}", status="alive")
            world.add(MetastaticSite, patient=patient, organ="bone", n_lesions=number)
            world.add(ChemotherapyCycle, course=course, number=number)
    return patient


def asked(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("page", "limit"),
    [
        ("home", 14),
        ("admin:patients_patient_changelist", 14),
        ("admin:patients_followup_changelist", 12),
        ("admin:treatments_systemiccourse_changelist", 14),
        ("chart", 27),
        ("admin:treatments_systemiccourse_change", 27),
        ("admin:patients_diagnosis_change", 20),
    ],
)
def test_questions_do_not_grow_with_what_is_shown(client: Client, world: World, page: str, limit: int) -> None:
    client.force_login(world.users["abstractor"])

    def url() -> str:
        patient = fill(world, 2 if not counts else 4)
        if page == "chart":
            return reverse(page, args=[patient.number])
        if page.endswith("_change"):
            rows = patient.systemiccourse_set if "course" in page else patient.diagnosis_set
            return reverse(page, args=[rows.get().pk])
        return reverse(page)

    counts: list[int] = []
    for _ in range(2):
        address = url()
        client.get(address)  # what is asked once per process is not counted
        counts.append(asked(client, address))
    assert counts[0] == counts[1]
    assert counts[1] <= limit
