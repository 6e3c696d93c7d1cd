"""The pages of plans, runs and results, as each kind of user meets them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from analyses import actions, tasks
from analyses.models import Plan, Run, State
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.errors import StudyError
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import Sensitivity
from analyses.pipeline.study import run_study
from analyses.reporting.catalogue import sections
from analyses.store.claims import claim
from analyses.store.frozen import freeze
from analyses.store.publishing import publish
from analyses.store.work import held
from patients.actions import withdraw_consent
from patients.models import Consent, Patient
from records.actions import add
from records.models import Exit, User
from tests.analyses.world import World
from tests.pipeline.factories import plan as shipped_plan
from tests.pipeline.factories import synthetic_dataset

Browser = Callable[[User], Client]


@pytest.fixture
def browser() -> Browser:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture(autouse=True)
def deaf_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_ring", lambda task, pk: None)


@cache
def dataset() -> Dataset:
    return synthetic_dataset(200, seed=3)


@cache
def study() -> StudyResult:
    return run_study(dataset(), replace(shipped_plan(), sensitivity=Sensitivity(tie_orders=3)))


@pytest.fixture
def finished(world: World) -> Run:
    run = world.run()
    files = {
        "result.json": json.dumps(study().to_json()).encode(),
        "report.html": b"<p>report</p>",
        "figures/km_os_matched.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "tables/attrition.csv": b"a,b\n",
    }
    with held(run.pk) as work:
        assert work is not None
        freeze(work, dataset=dataset().to_parquet(), sha256=study().manifest.dataset_sha256, centres=[world.east.pk])
        publish(work, result=study(), files=files)
    run.refresh_from_db()
    return run


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_empty_lists_say_what_to_do_next(world: World, browser: Browser) -> None:
    page = text_of(browser(world.wim), reverse("analyses:index"))
    assert "Nothing has been run on the patients of your centres yet. Choose a plan above and run it." in page


def test_a_plan_reads_as_sentences(world: World, browser: Browser) -> None:
    page = text_of(browser(world.eva), world.plan.get_absolute_url())
    for sentence in (
        "PCT+CCRT is compared with PCT+RT (treatment group).",
        "Time counts from the diagnosis of metastasis; nothing after 2019-12-31 counts.",
        "One to one, greedy nearest neighbour without replacement, within 0.1 standard deviations of the score.",
        "Kaplan-Meier with rates at 12, 24, 36 and 60 months, log-rank test, hazard ratio (efron ties).",
    ):
        assert escape(sentence) in page


def test_every_plan_of_the_project_reads_as_sentences(world: World, browser: Browser) -> None:
    for name in ("ccrt_vs_rt", "rt_vs_no_rt_after_pct", "radcure_chemo_rt_vs_rt"):
        saved = actions.save_plan(by=world.eva, registry=world.registry, spec=shipped_plan(name))
        assert "Eligibility" in text_of(browser(world.eva), saved.get_absolute_url())


def test_saving_a_plan_from_its_json_makes_the_next_version(world: World, browser: Browser) -> None:
    client = browser(world.eva)
    url = reverse("analyses:new_version", args=[world.plan.pk])
    assert "ccrt_vs_rt" in text_of(client, url)
    spec = shipped_plan().to_json() | {"seed": 7}
    response = client.post(url, {"registry": world.registry.pk, "spec": json.dumps(spec)})
    saved = Plan.objects.get(version=2)
    assert response.headers["Location"] == saved.get_absolute_url()
    assert saved.spec.seed == 7


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("{", "This is no JSON"),
        (json.dumps({"name": "x"}), "expected a value: it has no default"),
        (
            json.dumps(shipped_plan().to_json() | {"table1": {"variables": ["shoe_size"]}}),
            "table1.variables[0]: 'shoe_size' is not allowed",
        ),
    ],
)
def test_a_bad_plan_comes_back_with_what_was_typed(world: World, browser: Browser, spec: str, sentence: str) -> None:
    response = browser(world.eva).post(reverse("analyses:new_plan"), {"registry": world.registry.pk, "spec": spec})
    page = response.content.decode()
    assert escape(sentence) in page
    assert escape(spec)[:200] in page
    assert Plan.objects.count() == 1


def test_run_button_queues_a_run_and_shows_it_waiting(world: World, browser: Browser) -> None:
    client = browser(world.eva)
    response = client.post(reverse("analyses:start", args=[world.plan.pk]), follow=True)
    run = Run.objects.get()
    assert (run.state, run.requested_by, list(run.centres.all())) == (State.QUEUED, world.eva, [world.east])
    page = response.content.decode()
    assert "Waiting for a worker" in page
    assert f'hx-get="{reverse("analyses:progress", args=[run.pk])}"' in page


def test_progress_shows_stage_and_percentage_then_asks_for_the_page(world: World, browser: Browser) -> None:
    client, run = browser(world.eva), world.run()
    with held(run.pk) as work:
        assert work is not None
        work.enter("Deriving variables and endpoints", 0.4)
        fragment = text_of(client, reverse("analyses:progress", args=[run.pk]))
        assert "Deriving variables and endpoints" in fragment
        assert 'value="40"' in fragment
        work.fail("No.")
    response = client.get(reverse("analyses:progress", args=[run.pk]))
    assert response.headers["HX-Refresh"] == "true"


def test_cancel_stops_a_waiting_run_at_once_and_a_working_one_at_its_stage(world: World, browser: Browser) -> None:
    client, waiting, working = browser(world.eva), world.run(), world.run()
    assert claim(Run, working.pk)
    for run in (waiting, working):
        page = client.post(reverse("analyses:cancel", args=[run.pk]), follow=True).content.decode()
        assert ("Nothing was published" in page) == (run is waiting)
    assert "Will stop at the end of this stage" in page
    waiting.refresh_from_db()
    working.refresh_from_db()
    assert (waiting.state, working.state) == (State.CANCELLED, State.RUNNING)
    assert working.cancel_requested_by == world.eva


def test_a_failed_run_says_why_and_links_the_patients(world: World, browser: Browser) -> None:
    run = world.run()
    with held(run.pk):
        raise StudyError("score", "The dates contradict each other.", ["NPC-000001", "NPC-000002"])
    page = text_of(browser(world.eva), run.get_absolute_url())
    assert "The dates contradict each other." in page
    assert ">NPC-000001</a>" in page
    assert ">NPC-000002</a>" not in page  # a patient of the west, whose chart is not hers to open


def test_each_section_of_the_result_opens(world: World, browser: Browser, finished: Run) -> None:
    client = browser(world.eva)
    for section in sections(study()):
        page = text_of(client, reverse("analyses:section", args=[finished.pk, section.name]))
        assert f'aria-current="page">{section.title}</a>' in page
        for table in section.tables:
            assert f'id="table-{table.name}"' in page
        assert "style=" not in page
        assert "<script>" not in page
    assert client.get(reverse("analyses:section", args=[finished.pk, "gossip"])).status_code == 404


def test_the_result_opens_on_survival_with_diagnostics_above(world: World, browser: Browser, finished: Run) -> None:
    page = text_of(browser(world.eva), finished.get_absolute_url())
    assert page.index('aria-label="Diagnostics"') < page.index('class="tabs"') < page.index("km_os_matched")
    response = browser(world.eva).get(reverse("analyses:figure", args=[finished.pk, "km_os_matched"]))
    assert response.headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("name", ["index", "plan", "run", "section", "take_away"])
def test_pages_ask_the_database_a_bounded_number_of_questions(
    world: World, browser: Browser, finished: Run, name: str, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(5):
        world.run()
    client = browser(world.eva)
    of = {"index": [], "plan": [world.plan.pk], "section": [finished.pk, "table1"]}.get(name, [finished.pk])
    url = reverse(f"analyses:{name}", args=of)
    text_of(client, url)
    with django_assert_max_num_queries(14):
        text_of(client, url)


def test_files_leave_through_the_exit_door_with_a_purpose(world: World, browser: Browser, finished: Run) -> None:
    client, url = browser(world.eva), reverse("analyses:take_away", args=[finished.pk])
    assert "report.html" in text_of(client, url)
    assert "This field is required" in client.post(url, {"file": "report.html"}).content.decode()
    assert not Exit.objects.exists()
    response = client.post(url, {"file": "report.html", "purpose": "Revision of the paper"})
    assert b"".join(response.streaming_content) == b"<p>report</p>"
    assert f'attachment; filename="run-{finished.pk}-report.html"' in response.headers["Content-Disposition"]
    logged = Exit.objects.get()
    assert (logged.by, logged.purpose, logged.centres) == (world.eva, "Revision of the paper", ["East"])
    archive = client.post(url, {"file": "all", "purpose": "Revision of the paper"})
    names = zipfile.ZipFile(io.BytesIO(b"".join(archive.streaming_content))).namelist()
    assert sorted(names) == sorted(finished.artifacts.values_list("name", flat=True))
    assert client.post(url, {"file": "../secrets", "purpose": "Curiosity"}).status_code == 200
    assert Exit.objects.count() == 2


def test_rows_of_who_withdrew_consent_do_not_leave(world: World, browser: Browser, finished: Run) -> None:
    client, url = browser(world.eva), reverse("analyses:take_away", args=[finished.pk])
    patient = Patient.objects.get(number="NPC-000001")
    values = {"basis": "consent", "scope": "research", "date": "2012"}
    consent = add(Consent, by=world.admin, patient=patient, **values)
    asked = [{"file": name, "purpose": "Revision"} for name in ("dataset.parquet", "all", "result.json", "report.html")]
    assert [client.post(url, data).headers.get("Content-Disposition", "") != "" for data in asked] == [True] * 4
    withdraw_consent(consent, by=world.admin, version=1, on="2015", reason="Letter")
    answers = [client.post(url, data) for data in asked]
    assert ["NPC-000001" in answer.content.decode() for answer in answers[:3]] == [True] * 3
    assert b"".join(answers[3].streaming_content) == b"<p>report</p>"  # type: ignore[attr-defined]
    assert Exit.objects.count() == 5


def test_print_figures_are_drawn_when_they_are_taken(world: World, browser: Browser, finished: Run) -> None:
    client, url = browser(world.eva), reverse("analyses:take_away", args=[finished.pk])
    for ending, signature in (("pdf", b"%PDF-"), ("png", b"\x89PNG")):
        response = client.post(url, {"file": f"figures/km_os_matched.{ending}", "purpose": "Revision of the paper"})
        assert b"".join(response.streaming_content).startswith(signature)
        assert response.headers["Content-Type"] in ("application/pdf", "image/png")
    assert client.post(url, {"file": "figures/no_such.pdf", "purpose": "Curiosity"}).status_code == 200
    assert Exit.objects.count() == 2


def test_those_who_may_not_export_take_nothing_away(world: World, browser: Browser, finished: Run) -> None:
    client, url = browser(world.abe), reverse("analyses:take_away", args=[finished.pk])
    assert "do not allow you to take data out" in text_of(client, url)
    assert client.post(url, {"file": "report.html", "purpose": "Curiosity"}).status_code == 403
    assert not Exit.objects.exists()


def test_a_run_is_absent_for_those_whose_centres_do_not_cover_it(world: World, browser: Browser, finished: Run) -> None:
    names = ["run", "progress", "take_away"]
    urls = [reverse(f"analyses:{name}", args=[finished.pk]) for name in names]
    urls += [
        reverse("analyses:section", args=[finished.pk, "survival"]),
        reverse("analyses:figure", args=[finished.pk, "km_os_matched"]),
    ]
    for url in urls:
        assert browser(world.wim).get(url).status_code == 404
        assert Client().get(url).status_code == 302
    assert browser(world.wim).post(reverse("analyses:cancel", args=[finished.pk])).status_code == 404
    assert f"Run {finished.pk}" not in text_of(browser(world.wim), reverse("analyses:index"))


def test_those_without_the_right_to_analyse_start_and_cancel_nothing(world: World, browser: Browser) -> None:
    client, run = browser(world.abe), world.run()
    page = text_of(client, world.plan.get_absolute_url())
    assert reverse("analyses:start", args=[world.plan.pk]) not in page
    assert client.post(reverse("analyses:start", args=[world.plan.pk])).status_code == 403
    assert client.post(reverse("analyses:cancel", args=[run.pk])).status_code == 403
    assert client.get(reverse("analyses:new_plan")).status_code == 403
    assert Run.objects.filter(cancel_requested_at=None).count() == Run.objects.count() == 1


def test_a_stranger_sees_no_analyses(world: World, browser: Browser) -> None:
    client = browser(User.objects.create_user("stranger"))
    assert client.get(reverse("analyses:index")).status_code == 403
    assert client.get(world.plan.get_absolute_url()).status_code == 404


def test_a_run_whose_worker_fell_silent_says_so(world: World, browser: Browser) -> None:
    run = world.run()
    assert claim(Run, run.pk)
    Run.objects.update(lease_expires=Now())
    assert "has fallen silent" in text_of(browser(world.eva), run.get_absolute_url())
