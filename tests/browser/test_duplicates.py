"""The list of likely duplicates and the comparison of two charts in a browser: accessible, and decided by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessible import serious
from tests.browser.test_first_chart import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.worlds import World

pytestmark = pytest.mark.browser


def test_two_charts_are_compared_and_merged(page: Page, world: World) -> None:
    from django.core.cache import cache

    from patients.models import Consent, Diagnosis, FollowUp, Patient

    cache.clear()
    twins = [world.patient(sex="male", birth_date="1960-05-17") for _ in range(2)]
    for patient, t_category in zip(twins, ("T3", "T2"), strict=True):
        world.add(Diagnosis, patient=patient, date="2012-03-05", t_category=t_category)
        world.add(FollowUp, patient=patient, date=f"2013-0{patient.pk % 9 + 1}", status="alive")
        world.add(Consent, patient=patient, basis="consent", scope="research", date="2012")
    log_in(page, world, "manager")
    page.get_by_role("link", name="Duplicates").click()
    findings = serious(page)
    page.get_by_role("link", name="Compare").click()
    findings += serious(page)
    page.get_by_role("radio", name="NPC-000002").nth(0).check()
    merging = page.get_by_role("region", name="One person: merge into NPC-000001")
    merging.get_by_label("Reason").fill("Same card")
    merging.get_by_label("Reason").press("Enter")
    page.wait_for_url("**/patients/NPC-000001/")
    assert Patient.objects.get(number="NPC-000002").merged_into == twins[0]
    findings += serious(page)
    for name in ("Transfer", "Withdraw consent"):
        page.goto("/patients/NPC-000001/")
        page.get_by_role("link", name=name).click()
        findings += serious(page)
    assert findings == [], "\n".join(findings)
