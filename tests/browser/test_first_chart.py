"""From login to a chart with a diagnosis, its sites and a course of chemotherapy, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessible import serious

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.worlds import World

pytestmark = pytest.mark.browser
PASSWORD = "a-long-enough-word"


def log_in(page: Page, world: World, name: str) -> None:
    user = world.users[name]
    user.set_password(PASSWORD)
    user.save()
    page.goto("/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_an_abstractor_enters_a_first_chart(page: Page, world: World) -> None:
    from patients.models import Diagnosis, MetastaticSite, Patient
    from treatments.models import ChemotherapyCycle, DrugDose

    page.goto("/")
    findings = serious(page)
    log_in(page, world, "abstractor")
    findings += serious(page)

    page.get_by_role("link", name="Add a patient").first.click()
    findings += serious(page)
    page.get_by_label("Sex").select_option("Male")
    page.get_by_role("textbox", name="Birth date").fill("1966-05")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/patients/NPC-000001/")
    findings += serious(page)

    page.get_by_role("link", name="diagnosis and its metastatic sites").click()
    page.get_by_label("Date of pathological diagnosis").fill("2012/5/17")
    page.get_by_label("T category").select_option("T3")
    page.locator("[name=metastaticsite_set-0-organ]").select_option("bone")
    page.locator("[name=metastaticsite_set-0-n_lesions]").fill("3")
    page.locator("[name=metastaticsite_set-1-organ]").select_option("liver")
    page.locator("[name=metastaticsite_set-1-multiple_not_counted]").check()
    findings += serious(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/patients/NPC-000001/")

    page.get_by_role("link", name="Add systemic course").click()
    page.get_by_label("Intent").select_option("palliative")
    page.get_by_label("Regimen", exact=True).select_option("TPF")
    doses = page.locator("#cycles-0 input.number[name*=dose_]")
    assert doses.count() == 3
    page.locator("[name=cycles-0-day_1]").fill("2013-07-09")
    page.locator("[name=cycles-1-day_1]").fill("2013-07-30")
    assert [dose.input_value() for dose in doses.all()] == ["75", "75", "750"]
    for dose in page.locator("#cycles-1 input.number[name*=dose_]").all():
        dose.fill("")
    findings += serious(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/patients/NPC-000001/")

    patient = Patient.objects.get()
    assert Diagnosis.objects.get(patient=patient).date == "2012-05-17"
    assert MetastaticSite.objects.filter(patient=patient).count() == 2
    assert ChemotherapyCycle.objects.filter(patient=patient).count() == 2
    assert sorted(DrugDose.objects.filter(patient=patient).values_list("mg_m2", flat=True)) == [75, 75, 750]
    findings += serious(page)
    assert findings == [], "\n".join(findings)


def test_errors_stand_above_the_form_and_lead_to_their_fields(page: Page, world: World) -> None:
    patient = world.patient()
    log_in(page, world, "abstractor")
    page.goto(f"/admin/patients/labresult/add/?patient={patient.pk}")
    page.get_by_label("Date").fill("next spring")
    page.get_by_role("button", name="Save", exact=True).click()
    summary = page.get_by_role("alert")
    assert "next spring" in summary.inner_text()
    summary.get_by_role("link").first.click()
    assert page.evaluate("location.hash").startswith("#id_")
    assert (findings := serious(page)) == [], "\n".join(findings)


def test_lists_history_and_oversight_are_accessible(page: Page, world: World) -> None:
    from patients.models import FollowUp

    contact = world.add(FollowUp, patient=world.patient(), date="2013", status="alive")
    log_in(page, world, "administrator")
    findings = []
    for path in (
        "/admin/patients/patient/",
        "/admin/patients/patient/?q=nothing-of-this-kind",
        "/admin/patients/followup/",
        f"/admin/patients/followup/{contact.pk}/change/",
        f"/admin/patients/followup/{contact.pk}/history/",
        f"/admin/patients/followup/{contact.pk}/void/",
        "/admin/patients/labresult/add/",
        "/admin/patients/qualityoflife/add/",
        "/admin/patients/consent/add/",
        "/admin/treatments/localtreatment/add/",
        "/admin/treatments/adverseevent/add/",
        f"/patients/{contact.patient.number}/history/",
        f"/patients/{contact.patient.number}/sign-off/",
        f"/patients/{contact.patient.number}/transfer/",
        "/second-entries/",
        "/second-entries/agreement/",
        "/admin/",
        "/admin/records/user/",
        "/admin/records/user/add/",
        "/admin/records/membership/add/",
        "/accounts/",
        "/accounts/password/change/",
        "/accounts/2fa/",
    ):
        page.goto(path)
        findings += serious(page)
    assert findings == [], "\n".join(findings)
