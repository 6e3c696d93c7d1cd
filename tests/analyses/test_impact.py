"""What a query costs: by the roles in which the saved plans use what it harms, and by what became of the patient."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analyses import execution, impact
from analyses.actions import save_plan
from analyses.models import Run, State
from analyses.pipeline import references
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.spec import Sensitivity
from patients.actions import answer, ask, check_patients, rank_all, rank_new
from patients.actions.ranks import Asked
from patients.models import DataQuery, Patient
from records import quality
from records.actions import add_many, built
from records.models import Source
from records.quality import Severity
from tests.pipeline.factories import plan as shipped
from tests.pipeline.factories import synthetic_dataset

if TYPE_CHECKING:
    from tests.analyses.world import World


@pytest.fixture(autouse=True)
def unread() -> None:
    """A run's number comes again in the next test, for another run."""
    impact.made.cache_clear()


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that harm this and that, known by their names alone."""
    sex = quality.rule("PT-01")
    assert sex is not None
    harms = {
        "T-ENDPOINT": ("os", "pfs"),
        "T-ROW": ("response_to_pct",),
        "T-NONE": ("ecog",),
        "T-ARM": ("treatment_group",),
    }
    made = {name: replace(sex, id=name, harms=names) for name, names in harms.items()}
    monkeypatch.setattr(quality, "_rules", quality._rules | made)


def asked(world: World, patient: str, rule: str, **values: Any) -> Asked:
    told = {"table": "patients.followup", "field": "date", "severity": "missing", "rank": 0, "cost": ""} | values
    return Asked(pk=1, version=1, rule=rule, patient=patient, registry=world.registry.pk, **told)


def cost(world: World, patient: str, rule: str, **values: Any) -> tuple[int, str]:
    (found,) = impact.costs([asked(world, patient, rule, **values)])
    return found.points, found.sentence


@pytest.fixture
def dataset(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    found = synthetic_dataset(300, seed=1)
    monkeypatch.setattr(execution, "derive", lambda frames, parameters: found)
    monkeypatch.setattr(
        execution, "render_report", lambda result, **options: {"result.json": json.dumps(result.to_json()).encode()}
    )
    return found


def run(world: World) -> Run:
    spec = replace(world.plan.spec, sensitivity=Sensitivity(tie_orders=3), resampling=None, imputation=None)
    world.plan = save_plan(by=world.eva, registry=world.registry, spec=spec)
    queued = world.run()
    execution.execute(queued.pk)
    queued.refresh_from_db()
    assert queued.state == State.SUCCEEDED, queued.error
    return queued


def test_a_spec_names_its_variables_in_roles_and_recodes_as_what_they_are_made_from() -> None:
    roles = references.roles(shipped("rt_vs_no_rt_after_pct"))
    assert roles["treatment_group"] == {"eligibility", "exposure"}
    assert roles["t_category"] == {"eligibility", "covariate", "baseline"}
    assert roles["response_to_pct"] == {"baseline"}
    assert (roles["os"], roles["rt_start"]) == ({"endpoint"}, {"exposure"})
    assert "t_category_2" not in roles


@pytest.mark.usefixtures("rules")
def test_before_a_run_a_query_costs_what_the_plans_say(world: World) -> None:
    unread = "No run has read the patient yet."
    assert cost(world, "NPC-000001", "T-NONE") == (0, "Used by no plan yet.")
    points, sentence = cost(world, "NPC-000001", "T-ROW")
    assert sentence == f"Without it the patient leaves the response to PCT row of 1 saved plan. {unread}"
    save_plan(by=world.eva, registry=world.registry, spec=shipped("rt_vs_no_rt_after_pct"))
    twice, sentence = cost(world, "NPC-000001", "T-ROW")
    assert sentence == f"Without it the patient leaves the response to PCT row of 2 saved plans. {unread}"
    arm, sentence = cost(world, "NPC-000001", "T-ARM")
    assert sentence.startswith("Decides the arm of the patient in 2 saved plans.")
    assert arm > twice > points > 0


@pytest.mark.usefixtures("rules")
def test_after_a_run_it_costs_what_became_of_the_patient(world: World, dataset: Dataset) -> None:
    run(world)
    frame = dataset.frame
    made = impact.made(Run.objects.get().pk)
    eligible = [patient for place, patient in enumerate(frame.index) if not made.missed(place)]
    censored = next(patient for patient in eligible if frame.loc[patient, "os_event"] == 0)
    dead = next(patient for patient in eligible if frame.loc[patient, "os_event"] == 1)
    until = f"{round(frame.loc[censored, 'os_months'])} months"
    assert cost(world, censored, "T-ENDPOINT") == (
        impact.POINTS["endpoint"],
        f"This missing date censors the patient at {until} in 1 saved analysis.",
    )
    assert cost(world, censored, "T-ENDPOINT", severity="warning")[1] == (
        f"The patient is censored at {until} in 1 saved analysis."
    )
    assert cost(world, dead, "T-ENDPOINT")[1].startswith("Moves the survival time of the patient (")
    assert cost(world, "NPC-999999", "T-ROW")[1].endswith("No run has read the patient yet.")


@pytest.mark.usefixtures("rules")
def test_who_is_out_of_every_cohort_costs_nothing_unless_the_query_keeps_the_patient_out(
    world: World, dataset: Dataset
) -> None:
    frame = dataset.frame.copy()
    out = frame.index[0]
    frame.loc[out, "treatment_group"] = None
    kept = replace(dataset, frame=frame)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "derive", lambda frames, parameters: kept)
        run(world)
    assert cost(world, out, "T-ROW") == (0, "No plan that uses it has the patient in its cohort.")
    points, sentence = cost(world, out, "T-ARM", field="status")
    assert (points, sentence) == (
        impact.KEPT_OUT_POINTS,
        "This missing item keeps the patient out of 1 saved plan.",
    )


def test_a_persons_question_costs_what_is_read_from_the_field(world: World) -> None:
    assert impact.read_from("patients.patient", "sex") == {"sex"}
    assert {"os", "pfs"} <= impact.read_from("patients.death", "date")
    assert {"t_category", "n_category"} <= impact.read_from("patients.diagnosis", "")
    assert impact.read_from("patients.consent", "scope") == frozenset()


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_what_is_opened_is_ranked_and_a_finished_run_ranks_anew(world: World, dataset: Dataset) -> None:
    patient = Patient.objects.order_by("pk").first()
    assert patient is not None
    query = ask(patient, by=world.eva, field="sex", text="Is that so?")
    assert rank_new() == 1
    query.refresh_from_db()
    assert (query.cost.split(".")[0], query.version) == ("Counts as sex in 1 saved plan", 1)
    assert rank_new() == rank_all() == 0
    before = query.rank
    run(world)
    query.refresh_from_db()
    assert query.cost == "Counts as sex in 1 saved plan." or query.cost.startswith("No plan")
    assert query.rank <= before
    assert query.messages.count() == 0


def test_a_query_that_moved_on_is_ranked_the_next_time(world: World) -> None:
    query = ask(Patient.objects.get(number="NPC-000001"), by=world.eva, field="sex", text="Is that so?")
    answer(query, by=world.admin, version=1, text="Yes.")
    assert rank_all(world.registry.pk) == 1
    query.refresh_from_db()
    assert (query.version, query.rank > 0) == (2, True)


def test_ranks_are_no_part_of_the_trail(world: World) -> None:
    from records.trail import history

    query = ask(Patient.objects.get(number="NPC-000001"), by=world.eva, field="sex", text="Is that so?")
    rank_all()
    assert [change.what for change in history(query)] == ["added"]


def test_many_are_ranked_in_one_statement(world: World, django_assert_max_num_queries: Any) -> None:
    patients = list(Patient.objects.all())
    about = {"table": "patients.patient", "field": "sex", "text": "Is that so?", "severity": Severity.MISSING}
    rows = [
        built(DataQuery, by=world.admin, source=Source.CHART, patient=patients[n % 2], row=n, rule="PT-01", **about)
        for n in range(200)
    ]
    add_many(rows, by=world.admin, source=Source.CHART)
    with django_assert_max_num_queries(12):
        assert rank_all() == 200


def test_the_rules_own_queries_are_ranked_too(world: World) -> None:
    patient = Patient.objects.get(number="NPC-000001")
    check_patients([patient.pk])
    rank_new()
    assert not DataQuery.objects.filter(cost="").exists()
