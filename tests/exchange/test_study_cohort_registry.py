"""The rebuilt cohort in the database: written once, without a broken rule, and read back as it was drawn."""

import io

import pytest
from django.core.management import CommandError, call_command

from analyses.derivation.derive import derive
from analyses.tables import read_frames
from exchange.study_cohort import writer
from patients.models import ConsentBasis, Identity, Patient
from records.accounts import service_account
from records.models import Registry
from tests.exchange import cohorts


def build(seed: int) -> str:
    said = io.StringIO()
    call_command("build_study_cohort", seed=seed, stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_the_registry_holds_what_was_drawn_and_is_made_once() -> None:
    assert "746 invented patients" in build(1)
    registry = Registry.objects.get(code="mnpc")
    assert registry.is_invented
    first = Patient.objects.filter(registry=registry).first()
    assert first is not None
    assert (first.number, first.source) == ("NPC-000001", "import")
    assert not Identity.objects.exists()
    assert {consent.basis for consent in first.consent_set.all()} == {ConsentBasis.WAIVER}
    for table, rows in cohorts.records(1).tables.items():
        assert writer.MODELS[table]._default_manager.count() == len(rows), table

    stored = derive(read_frames(service_account(), registry), cohorts.plan().derivation)
    drawn = cohorts.dataset(1)
    assert stored.frame.equals(drawn.frame)
    assert stored.toxicity.equals(drawn.toxicity)

    assert "stands already" in build(2)
    assert Patient.objects.filter(registry=registry).count() == 746


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(CommandError, match="whole number from 0 up"):
        call_command("build_study_cohort", seed=-1)


def test_nothing_is_recorded_after_the_last_day() -> None:
    """The last day is that of death, or of the last contact alive."""
    tables = cohorts.records(1).tables
    died = {row["patient"]: row["date"] for row in tables["death"]}
    last = dict(died)
    for row in tables["followup"]:
        if row["status"] == "alive":
            last[row["patient"]] = max(row["date"], last.get(row["patient"], ""))
    assert len(last) == 746
    for table, field in (
        ("progression", "date"),
        ("systemiccourse", "stop"),
        ("chemotherapycycle", "day_1"),
        ("radiotherapycourse", "end"),
        ("localtreatment", "date"),
        ("responseassessment", "date"),
        ("performancestatus", "date"),
        ("labresult", "date"),
        ("adverseevent", "onset"),
        ("adverseevent", "resolution"),
    ):
        for row in tables[table]:
            if row.get(field) is not None:
                until = last[row["patient"]]
                assert row[field] <= until[: len(row[field])], (table, row, until)
    assert all(date <= "2019-12-31" for date in last.values())
    assert all(last[patient] == date for patient, date in died.items())


def test_patients_without_rt_live_shorter_than_those_with_it() -> None:
    """What the second saved plan looks at: PCT alone against PCT then RT, two years on."""
    frame = cohorts.dataset(1).frame
    dead_by_24 = (frame["os_event"] == 1) & (frame["os_months"] <= 24)
    share = dead_by_24.groupby(frame["treatment_group"], observed=True).mean()
    assert share["PCT alone"] > 0.5
    assert share["PCT+RT"] < 0.35
    assert share["PCT+CCRT"] < share["PCT+RT"]
