"""A login that ended asks again above the filled form; nothing that was typed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from tests.browser.accessible import serious
from tests.browser.test_first_chart import PASSWORD, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.worlds import World

pytestmark = pytest.mark.browser
# What does not differ by colour is asked once.
once = pytest.mark.parametrize("scheme", ["light"])


@pytest.fixture
def form(page: Page, world: World) -> Page:
    """A diagnosis with two sites, typed and not saved yet."""
    cache.clear()
    log_in(page, world, "abstractor")
    page.goto(f"/admin/patients/diagnosis/add/?patient={world.patient().pk}")
    page.get_by_label("Date of pathological diagnosis").fill("2012-05")
    page.get_by_label("T category").select_option("T3")
    page.get_by_label("Note").fill("page 14")
    page.locator("[name=metastaticsite_set-0-organ]").select_option("bone")
    page.locator("[name=metastaticsite_set-0-n_lesions]").fill("3")
    page.locator("[name=metastaticsite_set-1-organ]").select_option("liver")
    page.locator("[name=metastaticsite_set-1-multiple_not_counted]").check()
    return page


def end_every_session() -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def save(page: Page) -> Locator:
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Log in again to save")
    dialog.wait_for()
    return dialog


def log_in_again(dialog: Locator, password: str = PASSWORD) -> None:
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Log in and save").click()


def stored(page: Page) -> Any:
    from patients.models import Diagnosis

    page.wait_for_url("**/patients/NPC-000001/")
    page.wait_for_load_state("networkidle")  # what the chart asks for besides, before the tables are emptied
    diagnosis = Diagnosis.objects.select_related("created_by").get()
    assert (diagnosis.date, diagnosis.t_category, diagnosis.note) == ("2012-05", "T3", "page 14")
    sites = diagnosis.patient.metastaticsite_set.order_by("organ")
    assert [(site.organ, site.n_lesions, site.multiple_not_counted) for site in sites] == [
        ("bone", 3, False),
        ("liver", None, True),
    ]
    return diagnosis


def test_an_ended_login_is_asked_for_above_the_form_and_the_save_goes_on(form: Page) -> None:
    from patients.models import Diagnosis

    end_every_session()
    dialog = save(form)
    assert (findings := serious(form)) == [], "\n".join(findings)
    assert form.evaluate("document.activeElement.id") == "login-again-password"
    for _ in range(6):  # the keyboard does not leave the dialog for the page below
        form.keyboard.press("Tab")
        assert form.evaluate("!document.activeElement.closest('.app') || !!document.activeElement.closest('dialog')")
    log_in_again(dialog, "not the password")
    dialog.get_by_text("not correct").wait_for()
    assert (findings := serious(form)) == [], "\n".join(findings)
    assert not Diagnosis.objects.exists()
    log_in_again(dialog)
    assert stored(form).created_by.username == "abstractor"
    assert form.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])").count("2012") == 0


@once
def test_going_back_to_the_form_leaves_it_as_it_is(form: Page) -> None:
    end_every_session()
    save(form)
    form.keyboard.press("Escape")
    assert form.evaluate("document.activeElement.name") == "_save"
    assert form.get_by_label("Note").input_value() == "page 14"
    dialog = save(form)
    log_in_again(dialog)
    stored(form)


@once
def test_nobody_else_continues_the_form(form: Page, world: World) -> None:
    """Another account in the same browser, as on a shared machine, stores nothing of it under its own name."""
    from django.test import Client

    from patients.models import Diagnosis

    other = Client()
    other.force_login(world.users["manager"])
    session = other.cookies["sessionid"].value
    form.context.add_cookies([{"name": "sessionid", "value": session, "url": form.evaluate("location.origin")}])
    dialog = save(form)
    dialog.get_by_text("manager is logged in in this browser now").wait_for()
    assert not dialog.get_by_label("User name").is_editable()
    assert dialog.get_by_label("User name").input_value() == "abstractor"
    assert not Diagnosis.objects.exists()
    log_in_again(dialog)
    assert stored(form).created_by.username == "abstractor"


@once
def test_the_second_factor_is_asked_for_too(form: Page, world: World) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user = world.users["abstractor"]
    TOTP.activate(user, generate_totp_secret())
    spare = RecoveryCodes.activate(user).get_unused_codes()[0]
    end_every_session()
    dialog = save(form)
    log_in_again(dialog)
    code = dialog.get_by_label("Code of your second factor")
    code.fill("000000")
    dialog.get_by_role("button", name="Log in and save").click()
    dialog.get_by_text("Incorrect code").wait_for()
    assert (findings := serious(form)) == [], "\n".join(findings)
    code.fill(spare)
    dialog.get_by_role("button", name="Log in and save").click()
    stored(form)


@once
def test_a_login_that_lives_is_asked_nothing(form: Page) -> None:
    form.get_by_role("button", name="Save", exact=True).click()
    stored(form)


@once
def test_a_login_renewed_in_another_tab_saves_at_once(form: Page) -> None:
    """The token of the form is the old login's by then, and is renewed."""
    end_every_session()
    tab = form.context.new_page()
    tab.goto("/")
    tab.get_by_label("User name").fill("abstractor")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Log in").click()
    tab.wait_for_url("**/")
    form.get_by_role("button", name="Save", exact=True).click()
    stored(form)


@once
def test_a_registry_that_does_not_answer_keeps_the_form(form: Page) -> None:
    form.context.set_offline(True)
    form.get_by_role("button", name="Save", exact=True).click()
    form.get_by_text("The registry does not answer").wait_for()
    form.context.set_offline(False)
    form.complaints.clear()  # type: ignore[attr-defined]
    form.get_by_role("button", name="Save", exact=True).click()
    stored(form)
