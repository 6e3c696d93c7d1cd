"""How long the server takes for a page, with a large registry behind it.

Run as `python -m bench.pages 50000` it fills the server of the folder that REGISTRY_VAR_DIR names and prints what it
measured.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.clocks import clocked
from bench.scratch import apart, copied, rebuilt
from bench.table import OURS, Line, Section

if TYPE_CHECKING:
    from django.test import Client

    from records.models import Registry

PAGE_SECONDS = 0.3
RULES_SECONDS = 60.0
REQUESTS = 15
SEED = 1
REMARKS = (
    f"Median and worst of {REQUESTS} requests, each about another patient, through Django without a network.",
    "Python: processor time of the server's own process; the rest is the database, and waiting for a processor.",
)


class Chart(NamedTuple):
    """A patient, with a course of systemic treatment and a data query of theirs."""

    number: str
    course: int
    query: int


Address = Callable[[Chart], str]


def at(name: str, query: str = "", *, of: Callable[[Chart], tuple[Any, ...]] = lambda chart: ()) -> Address:
    """The address of a page by its URL name; `query` may name the patient's `{number}`."""

    def address(chart: Chart) -> str:
        from django.urls import reverse

        return reverse(name, args=of(chart)) + query.format(number=chart.number)

    return address


def number(chart: Chart) -> tuple[str]:
    return (chart.number,)


def course(chart: Chart) -> tuple[int]:
    return (chart.course,)


def query(chart: Chart) -> tuple[int]:
    return (chart.query,)


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for, by whom. With `form`, the model of the form at that address, it is filled in and saved: only
    the save counts."""

    what: str
    address: Address
    account: str = "abstractor"
    form: str = ""


PAGES = (
    Page("My work", at("home")),
    Page("My work, who is due", at("home_due")),
    Page("My work of a data manager", at("home"), account="manager"),
    Page("list of patients", at("admin:patients_patient_changelist")),
    Page("list of patients, tenth page", at("admin:patients_patient_changelist", "?p=10")),
    Page("list of patients who died", at("admin:patients_patient_changelist", "?status=dead")),
    Page("search by registry number", at("admin:patients_patient_changelist", "?q={number}")),
    Page("chart", at("chart", of=number)),
    Page("form of a systemic course", at("admin:treatments_systemiccourse_change", of=course)),
    Page("save of a systemic course", at("admin:treatments_systemiccourse_change", of=course), form="systemiccourse"),
    Page("history of a chart", at("chart_history", of=number)),
    Page("history of a systemic course", at("admin:treatments_systemiccourse_history", of=course)),
    Page("list of contacts", at("admin:patients_followup_changelist")),
    Page("contacts of one patient", at("admin:patients_followup_changelist", "?q={number}")),
    Page("list of data queries", at("admin:patients_dataquery_changelist")),
    Page("data queries waiting for me", at("admin:patients_dataquery_changelist", "?state=waiting")),
    Page("a data query", at("admin:patients_dataquery_change", of=query)),
    Page("duplicates", at("duplicates"), account="manager"),
    Page("list of laboratory results", at("admin:patients_labresult_changelist")),
    Page("list of cycles", at("admin:treatments_chemotherapycycle_changelist")),
    Page("analyses", at("analyses:index"), account="investigator"),
    Page("data dictionary", at("dictionary")),
)


def pages(patients: int) -> Section:
    """Every page, and the data-quality rules over all rows, with at least `patients` patients."""
    found = apart("bench.pages", patients)
    n = found["patients"]
    lines = [
        Line(rows=n, what=what, values=_values(seconds, python), limit=PAGE_SECONDS)
        for what, (seconds, python) in found["pages"].items()
    ]
    opening, again, opened = (found["rules"][name] for name in ("opening", "again", "opened"))
    lines += [
        Line(rows=n, what=f"{opened:,} findings of the rules opened as queries", values={OURS: opening}),
        Line(rows=n, what="all rules over all rows", values={OURS: again}, limit=RULES_SECONDS),
    ]
    return Section(title="Pages", lines=tuple(lines), remarks=REMARKS)


def _values(seconds: list[float], python: list[float]) -> dict[str, float]:
    return {OURS: median(seconds), "worst": max(seconds), "Python": median(python)}


def _main(patients: int) -> None:
    registry = rebuilt()
    copied(registry, patients)
    found = {"rules": _rules(), "pages": dict(measured(PAGES, charts(registry, REQUESTS + 1)))}
    print(json.dumps({**found, "patients": registry.patients.count()}))


def _rules() -> dict[str, float]:
    """Seconds of the first check of all rows, which opens a query for each finding, and of one that finds no news."""
    from django.db import connection

    from patients.actions import queries

    opening, outcome = clocked(queries.check_all)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    again, _ = clocked(queries.check_all)
    return {"opening": opening, "again": again, "opened": outcome.opened}


def charts(registry: Registry, wanted: int) -> list[Chart]:
    """Patients of the registry who had systemic treatment and of whom something is asked, drawn from all over it."""
    from django.db.models import Min

    rows = registry.patients.annotate(course=Min("systemiccourse_set"), query=Min("dataquery_set"))
    found = rows.filter(course__isnull=False, query__isnull=False).order_by("number")
    drawn = random.Random(SEED).sample(list(found.values_list("number", "course", "query")), wanted)
    return [Chart(*row) for row in drawn]


def measured(wanted: tuple[Page, ...], asked: list[Chart]) -> Iterator[tuple[str, tuple[list[float], list[float]]]]:
    """Seconds of each request but the first, which loads templates and plans; and of these the processor's, here."""
    clients = _clients()
    for page in wanted:
        timed = [_seconds(clients[page.account], page, chart) for chart in asked][1:]
        yield page.what, ([seconds for seconds, _ in timed], [python for _, python in timed])


def _clients() -> Mapping[str, Client]:
    """Sessions of the demo accounts, which are named after their roles."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from records.models import User

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # the static files' server warns where it is absent
    call_command("create_demo_accounts", stdout=StringIO())
    clients = {user.username: Client(SERVER_NAME="127.0.0.1") for user in User.objects.all()}
    for user in User.objects.all():
        clients[user.username].force_login(user)
    return clients


def _seconds(client: Client, page: Page, chart: Chart) -> tuple[float, float]:
    """Of the answer, read to its end: by the clock on the wall, and of this process's processor time."""
    url = page.address(chart)
    sent = _filled_in(client, url, page.form) if page.form else {}
    before = time.process_time()
    seconds, response = clocked(lambda: client.post(url, sent) if page.form else client.get(url))
    python = time.process_time() - before
    if response.status_code != (302 if page.form else 200):
        raise RuntimeError(f"{url} answered {response.status_code}: {response.content[:2000]!r}")
    return seconds, python


def _filled_in(client: Client, url: str, model: str) -> dict[str, Any]:
    """The entry form as a browser sends it back, with another note."""
    from tests.forms import fields_of

    fields = fields_of(client.get(url).content.decode(), model)
    return {**fields, "note": f"{fields['note']} Read once more.".strip()}


if __name__ == "__main__":
    _main(int(sys.argv[1]))
