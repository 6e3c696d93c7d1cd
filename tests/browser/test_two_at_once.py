"""Two people have one record open: the second sees both versions and chooses field by field, by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessible import serious
from tests.browser.test_first_chart import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.worlds import World

pytestmark = pytest.mark.browser


def test_the_second_chooses_between_both_versions(page: Page, browser: Browser, world: World) -> None:
    from patients.models import Diagnosis

    values = {"date": "2012-05", "t_category": "T1", "smoking": "never", "comorbidities": ["diabetes"]}
    diagnosis = world.add(Diagnosis, patient=world.patient(), **values)
    address = f"/admin/patients/diagnosis/{diagnosis.pk}/change/"
    log_in(page, world, "abstractor")
    page.goto(address)

    other = browser.new_context(base_url=page.evaluate("location.origin")).new_page()
    log_in(other, world, "manager")
    other.goto(address)
    other.get_by_label("Date of pathological diagnosis").fill("2012-05-17")
    other.get_by_label("T category").select_option("T4")
    other.get_by_label("Smoking").select_option("former")
    other.get_by_label("Diabetes", exact=True).uncheck()
    other.get_by_label("None of these").check()
    other.get_by_role("button", name="Save", exact=True).click()
    other.wait_for_url("**/patients/NPC-000001/")
    other.context.close()

    page.get_by_label("Date of pathological diagnosis").fill("2012-06")
    page.get_by_label("T category").select_option("T2")
    page.get_by_label("Mild liver disease").check()
    page.get_by_role("button", name="Save", exact=True).click()
    compared = page.get_by_role("alert")
    compared.get_by_text("manager changed this record on").first.wait_for()
    assert (findings := serious(page)) == [], "\n".join(findings)
    rows = [row.inner_text().split("\t")[:4] for row in compared.locator("tbody tr").all()]
    assert [row[:3] for row in rows] == [
        ["Date of pathological diagnosis", "2012-05", "2012-05-17"],
        ["T category", "T1", "T4"],
        ["Smoking", "Never smoker", "Former smoker"],
        ["Comorbidities", "Diabetes", "none"],
    ]
    assert [row[3] for row in rows] == ["2012-06", "T2", "not changed", "Mild liver disease, Diabetes"]
    assert page.get_by_label("T category", exact=True).input_value() == "T2"
    assert page.get_by_label("Smoking", exact=True).input_value() == "former"
    for choice in ("Take theirs, T category", "Keep mine, Smoking", "Take theirs, Comorbidities"):
        button = compared.get_by_role("button", name=choice)
        button.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
    assert page.get_by_label("None of these", exact=True).is_checked()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/patients/NPC-000001/")
    page.wait_for_load_state("networkidle")  # what the chart asks for besides, before the tables are emptied
    diagnosis.refresh_from_db()
    assert (diagnosis.date, diagnosis.t_category, diagnosis.smoking) == ("2012-06", "T4", "never")
    assert diagnosis.comorbidities == []
