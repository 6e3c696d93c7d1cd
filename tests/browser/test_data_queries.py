"""A query by keyboard, from the list over the record to the answer and the decision; a question from a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessible import serious
from tests.browser.test_first_chart import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.worlds import World

pytestmark = pytest.mark.browser


def test_a_query_is_answered_and_accepted(page: Page, world: World) -> None:
    from patients.models import DataQuery

    patient = world.patient()
    query = DataQuery.objects.get(patient=patient, rule="PT-01")
    log_in(page, world, "abstractor")
    page.goto("/admin/patients/dataquery/?state=waiting")
    findings = serious(page)
    page.get_by_role("link", name="The sex is not entered.").click()
    findings += serious(page)

    page.get_by_role("link", name="Patient, at Sex").click()
    page.wait_for_url("**/admin/patients/patient/**")
    assert page.evaluate("document.activeElement.id") == "id_sex"
    page.go_back()
    page.get_by_label("Your reply").fill("The chart does not say.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("→ answered").wait_for()
    page.get_by_role("button", name="Log out").click()

    log_in(page, world, "manager")
    page.goto(f"/admin/patients/dataquery/{query.pk}/change/")
    findings += serious(page)
    page.get_by_role("button", name="Accept as it is").click()
    page.get_by_text("→ accepted as it is").wait_for()
    assert findings == []


def test_a_question_is_asked_from_the_chart(page: Page, world: World) -> None:
    from patients.models import DataQuery, Diagnosis

    patient = world.patient(sex="male")
    world.add(Diagnosis, patient=patient, date="2012-05", t_category="T3")
    log_in(page, world, "auditor")
    page.goto(f"/patients/{patient.number}/")
    page.get_by_role("link", name="Ask about diagnosis 1").click()
    page.get_by_label("Field").select_option("t_category")
    page.get_by_label("Question").fill("The report says T4.")
    assert serious(page) == []
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url(f"**/patients/{patient.number}/")
    query = DataQuery.objects.get(rule="")
    assert (query.table, query.field, query.value) == ("patients.diagnosis", "t_category", "T3")
