"""One complete patient of the study, entered by the keyboard alone; the strokes beyond the values are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessible import serious
from tests.browser.keyboard import Keyboard
from tests.browser.test_first_chart import PASSWORD, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.worlds import World

pytestmark = pytest.mark.browser
MOST_STROKES = 150


def log_in_by_keyboard(keyboard: Keyboard, world: World) -> None:
    user = world.users["abstractor"]
    user.set_password(PASSWORD)
    user.save()
    keyboard.page.goto("/")
    while keyboard.focused() != "login":
        keyboard.press("Tab")
    keyboard.enter("abstractor", "Tab", PASSWORD)
    keyboard.turn("Enter")
    keyboard.strokes = 0


def enter_patient(keyboard: Keyboard) -> None:
    while keyboard.focused() != "Add a patient":
        keyboard.press("Tab")
    keyboard.turn("Enter")
    keyboard.enter("m", "Tab", "1966-05")


def enter_diagnosis(keyboard: Keyboard) -> None:
    keyboard.enter("2013-06-11", "Enter", "III", "Enter", "T3", "Tab", "N2", "Tab", "M1", "Enter", "7", "Enter")
    keyboard.enter("20130618", "Tab", "i", "Enter")
    keyboard.enter("bo", "Tab", "3", "Tab", "22", "Tab", "2013-06-18", "Tab", "i", "Enter")
    keyboard.enter("li", "Tab", "1", "Tab", "31", "Tab", "2013-06-18", "Tab", "i", "Enter")
    keyboard.enter("d", "Tab", "ax", "Tab", "2", "Tab", "15", "Tab", "2013-06", "Tab", "p", "Enter", "Enter")
    keyboard.enter("b", "Tab", "2013/6/20", "Tab", "90")


def enter_pct(keyboard: Keyboard) -> None:
    keyboard.enter("p", "Tab", "TPF", "Enter", "2013-07-09", "Tab", "2013-10-26", "Tab", "co", "Enter")
    keyboard.enter("2013-07-09", "Alt+g", "6", "Enter", "Control+ArrowDown")
    keyboard.enter("After P", "Tab", "2013-11-05", "Tab", "Pa")


def enter_concurrent(keyboard: Keyboard) -> None:
    keyboard.enter("c", "Tab", "ci", "Enter", "2013-11-12", "Tab", "2013-12-24", "Tab", "co", "Enter")
    keyboard.enter("2013-11-12", "Alt+g", "3", "Enter")


def enter_radiotherapy(keyboard: Keyboard) -> None:
    keyboard.enter("l", "Tab", "IM", "Enter", "70", "Tab", "70", "Enter", "33", "Tab", "33", "Tab", "5", "Enter")
    keyboard.enter("2013-11-11", "Tab", "2013-12-27", "Alt+g", "Control+ArrowDown")
    keyboard.enter("After r", "Tab", "2014-01-28", "Tab", "Pa", "Enter")
    keyboard.enter("F", "Tab", "2014-04-29", "Tab", "C")


def enter_follow_up(keyboard: Keyboard) -> None:
    keyboard.enter("2014-07-30", "Tab", "a", "Tab", "n", "Tab", "c", "Enter")
    keyboard.enter("2015-01-28", "Tab", "a", "Tab", "n", "Tab", "c", "Enter")
    keyboard.enter("2016-02-02", "Tab", "a", "Tab", "w", "Tab", "p", "Enter")
    keyboard.enter("2017-11-20", "Tab", "a", "Tab", "pr", "Tab", "c", "Control+ArrowDown")
    keyboard.enter("2017-11-20", "Tab", "d", "Tab", "i", "Control+ArrowDown")
    keyboard.enter("2018-09-03", "Tab", "t")


def rows(model: Any, *fields: str, order: str = "pk") -> list[Any]:
    found = model.objects.filter(patient__number="NPC-000001", voided_at=None)
    return [tuple(str(value) if hasattr(value, "as_tuple") else value for value in row)
            for row in found.order_by(order).values_list(*fields)]  # fmt: skip


def assert_disease_stored() -> None:
    from patients.models import Diagnosis, MetastaticSite, Patient, PerformanceStatus

    assert list(Patient.objects.values_list("number", "sex", "birth_date")) == [("NPC-000001", "male", "1966-05")]
    entered = ("date", "primary_site", "who_type", "t_category", "n_category", "m_category", "staging_edition")
    assert rows(Diagnosis, *entered) == [("2013-06-11", "C11", "III", "T3", "N2", "M1", 7)]
    assert rows(Diagnosis, "metastasis_date", "metastasis_basis") == [("2013-06-18", "imaging")]
    assert rows(MetastaticSite, "organ", "node_region", "n_lesions", "largest_mm", "date", "basis") == [
        ("bone", None, 3, 22, "2013-06-18", "imaging"),
        ("liver", None, 1, 31, "2013-06-18", "imaging"),
        ("distant_node", "axillary", 2, 15, "2013-06", "pathology"),
    ]
    assert rows(PerformanceStatus, "timepoint", "date", "kps", "ecog") == [("baseline", "2013-06-20", 90, None)]


def assert_treatment_stored() -> None:
    from treatments.models import (
        ChemotherapyCycle,
        DrugDose,
        RadiotherapyCourse,
        RadiotherapyVolume,
        ResponseAssessment,
        SystemicCourse,
    )

    course = ("intent", "agent_class", "regimen__code", "start", "stop", "stop_reason")
    assert rows(SystemicCourse, *course) == [
        ("palliative", "chemotherapy", "TPF", "2013-07-09", "2013-10-26", "completed"),
        ("concurrent", "chemotherapy", "cisplatin", "2013-11-12", "2013-12-24", "completed"),
    ]
    assert rows(ChemotherapyCycle, "course__intent", "number", "day_1") == [
        ("palliative", 1, "2013-07-09"),
        ("palliative", 2, "2013-07-30"),
        ("palliative", 3, "2013-08-20"),
        ("palliative", 4, "2013-09-10"),
        ("palliative", 5, "2013-10-01"),
        ("palliative", 6, "2013-10-22"),
        ("concurrent", 1, "2013-11-12"),
        ("concurrent", 2, "2013-12-03"),
        ("concurrent", 3, "2013-12-24"),
    ]
    tpf = [("docetaxel", "75.0"), ("cisplatin", "75.0"), ("fluorouracil", "750.0")]
    assert rows(DrugDose, "drug__code", "mg_m2") == tpf * 6 + [("cisplatin", "100.0")] * 3
    doses = ("intent", "technique", "planned_dose_gy", "delivered_dose_gy")
    assert rows(RadiotherapyCourse, *doses) == [("locoregional", "imrt", "70.00", "70.00")]
    fractions = ("fractions_planned", "fractions_given", "fractions_per_week")
    assert rows(RadiotherapyCourse, *fractions, "start", "end") == [(33, 33, 5, "2013-11-11", "2013-12-27")]
    assert rows(RadiotherapyVolume, "volume", "prescribed_gy", "delivered_gy", "fractions") == [
        ("gtvnx", "70.00", None, 33),
        ("gtvnd", "70.00", None, 33),
        ("ctv1", "60.00", None, 33),
        ("ctv2", "54.00", None, 33),
    ]
    assert rows(ResponseAssessment, "timepoint", "date", "category") == [
        ("after_pct", "2013-11-05", "PR"),
        ("after_rt", "2014-01-28", "PR"),
        ("follow_up", "2014-04-29", "CR"),
    ]


def assert_outcome_stored() -> None:
    from patients.models import Death, FollowUp, Progression

    assert rows(FollowUp, "date", "status", "disease_status", "method") == [
        ("2014-07-30", "alive", "no_evidence", "clinic"),
        ("2015-01-28", "alive", "no_evidence", "clinic"),
        ("2016-02-02", "alive", "stable", "phone"),
        ("2017-11-20", "alive", "progression", "clinic"),
    ]
    assert rows(Progression, "date", "kind", "basis", "sites") == [("2017-11-20", "distant", "imaging", None)]
    assert rows(Death, "date", "cause") == [("2018-09-03", "cancer")]


@pytest.mark.parametrize("scheme", ["light"], indirect=True)
def test_a_complete_patient_is_entered_by_the_keyboard_in_few_strokes(page: Page, world: World) -> None:
    keyboard = Keyboard(page)
    findings: list[str] = []

    def leave(key: str) -> None:
        findings.extend(serious(page))
        keyboard.turn(key)

    log_in_by_keyboard(keyboard, world)
    enter_patient(keyboard)
    leave("Control+Enter")
    enter_diagnosis(keyboard)
    leave("Control+Enter")
    enter_pct(keyboard)
    leave("Control+Shift+Enter")
    enter_concurrent(keyboard)
    leave("Control+Enter")
    enter_radiotherapy(keyboard)
    leave("Control+Enter")
    while "/followup/" not in page.url:  # nothing was typed: the section is passed by
        leave("Control+Enter")
    enter_follow_up(keyboard)
    leave("Control+Enter")
    print(f"strokes beyond the values: {keyboard.strokes}")
    assert page.url.endswith("/patients/NPC-000001/")
    assert keyboard.strokes <= MOST_STROKES
    assert_disease_stored()
    assert_treatment_stored()
    assert_outcome_stored()
    assert findings == [], "\n".join(findings)


@pytest.mark.parametrize("scheme", ["dark"], indirect=True)
def test_the_same_forms_are_accessible_in_the_dark(page: Page, world: World) -> None:
    patient = world.patient()
    log_in(page, world, "abstractor")
    page.wait_for_url("/")
    findings = []
    for path in ("patients/patient", "patients/diagnosis", "patients/followup", "treatments/responseassessment"):
        page.goto(f"/admin/{path}/add/?patient={patient.pk}")
        page.keyboard.type("2012-02-30")
        findings += serious(page)
    page.goto(f"/admin/treatments/systemiccourse/add/?patient={patient.pk}")
    page.get_by_label("Regimen", exact=True).select_option("TPF")
    page.locator("[name=cycles-0-day_1]").fill("2013-07-09")
    page.keyboard.press("Alt+g")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    findings += serious(page)
    page.goto(f"/admin/treatments/radiotherapycourse/add/?patient={patient.pk}")
    page.get_by_label("Intent").select_option("locoregional")
    page.locator("[name=volumes-0-prescribed_gy]").fill("72")
    page.keyboard.press("Alt+g")
    page.get_by_role("button", name="Keyboard").click()
    findings += serious(page)
    assert findings == [], "\n".join(findings)
