"""Two entries of a chart compared and settled by keyboard, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessible import serious
from tests.browser.test_first_chart import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.worlds import World

pytestmark = pytest.mark.browser


def test_a_manager_settles_by_keyboard(page: Page, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite
    from tests.patients.second_charts import enter, finished, started

    patient = world.patient(sex="male")
    world.add(Diagnosis, patient=patient, t_category="T3", n_category="N1", date="2012-05-17", smoking="never")
    world.add(MetastaticSite, patient=patient, organ="bone", n_lesions=3)
    entry = started(world, patient)
    enter(entry, Diagnosis, t_category="T4", n_category="N2", date="2012-05", smoking="never")
    enter(entry, MetastaticSite, organ="bone", n_lesions=4)
    enter(entry, MetastaticSite, organ="liver")
    going = started(world, world.patient())
    entry = finished(entry)

    log_in(page, world, "manager")
    page.get_by_role("link", name="Second entry").click()
    findings = serious(page)
    page.goto(f"/second-entries/{entry.pk}/")
    findings += serious(page)
    rows = page.locator("tr.open")
    assert rows.count() == 6
    rows.first.locator("input[type=radio]").first.focus()
    for key in "12213":
        page.keyboard.press(key)
    page.keyboard.press("1")
    assert page.evaluate("document.activeElement.id") == "id_reason"
    page.keyboard.type("MRI of May 2012")
    page.keyboard.press("Enter")
    page.get_by_text("6 discrepancies settled").wait_for()
    entry.refresh_from_db()
    assert entry.state == "settled"
    assert Diagnosis.objects.get(patient=patient).version == 2
    findings += serious(page)
    for path in ("/second-entries/agreement/", f"/second-entries/{going.pk}/", f"/patients/{patient.number}/"):
        page.goto(path)
        findings += serious(page)
    assert findings == [], "\n".join(findings)


def test_the_abstractor_is_led_to_the_own_chart(page: Page, world: World) -> None:
    from tests.patients.second_charts import started

    patient = world.patient()
    entry = started(world, patient)
    log_in(page, world, "abstractor")
    page.goto(f"/second-entries/{entry.pk}/")
    findings = serious(page)
    page.get_by_role("link", name=f"Open the chart {entry.chart.number}").click()
    assert "second entry of" in page.get_by_text("This is a second entry").inner_text()
    findings += serious(page)
    page.get_by_role("link", name="finish it").click()
    page.get_by_role("button", name="Finish and compare").click()
    assert page.locator("h1").inner_text().startswith(f"Second entry of {patient.number}")
    assert findings == [], "\n".join(findings)
