"""What the entry forms say and propose while one types agrees with what the server makes of it."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_first_chart import log_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.worlds import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("scheme", ["light"], indirect=True)]
TEXTS = [
    "2012", "2012-05", "2012-05-17", "2012-5", "2012-5-7", "2012/5/7", "2012/05", "2012.5.7", "20120507",
    "201205", "2012年", "2012年5月", "2012年5月7日", "2012年5月7", "2012-05/17", "２０１２年５月７日",
    "２０１２－０５", "2012/5/",
    "2012-", "2012-0", "2012-13", "2012-00-10", "2012-02-29", "2012-02-30", "2013-02-29", "2012-04-31",
    "2012-12-32", "201213", "20121301", "2012051", "20120", "12-05-2012", "5/7/2012", "2012-5-007", "1879",
    "1880", "1879-12-31", "9999", "2199-01", "0000", "0", "next-spring", "2012-05-17T10:00", "2012-W20",
    "٢٠١٢", "-2012", "2012.5月7日", "20120230",
]  # fmt: skip
SPACED = [" 2012-05 ", "2012 年 5 月 17 日", "2012 - 05 - 17", "17 May 2012", "2012　5"]


def read_by_python(text: str) -> dict[str, str]:
    from django.core.exceptions import ValidationError

    from records.forms import PartialDate
    from records.partial_dates import validate

    try:
        date = PartialDate().clean(text)
        validate(date)
    except ValidationError as error:
        return {"wrong": error.messages[0]}
    return {"date": date}


def add_form(page: Page, world: World, path: str) -> Any:
    patient = world.patient()
    log_in(page, world, "abstractor")
    page.wait_for_url("/")
    page.goto(f"/admin/{path}/add/?patient={patient.pk}")
    return patient


def test_dates_are_read_as_the_server_reads_them(page: Page, world: World) -> None:
    from records.partial_dates import EARLIEST_YEAR

    add_form(page, world, "patients/labresult")
    read = page.evaluate(
        """async ([texts, earliest]) => {
          const { reading } = await import('/static/entry/dates.js');
          return texts.map((text) => reading(text, { earliest, future: false }));
        }""",
        [TEXTS + SPACED, EARLIEST_YEAR],
    )
    for text, found in zip(TEXTS + SPACED, read, strict=True):
        found.pop("words", None)
        assert found == read_by_python(text), text


def test_a_date_is_said_in_words_at_once_and_written_out_on_leaving(page: Page, world: World) -> None:
    add_form(page, world, "patients/labresult")
    date, said = page.locator("[name=date]"), page.locator("#id_date_reading")
    for typed, words, left in (
        ("2012年5月", "May 2012, day not known", "2012-05"),
        ("20120517", "17 May 2012, a Thursday", "2012-05-17"),
        ("2012", "2012, month and day not known", "2012"),
        ("2012/2/30", "'2012-02-30' does not exist: that month has 29 days.", "2012/2/30"),
    ):
        date.fill(typed)
        assert said.inner_text() == words
        page.keyboard.press("Tab")
        assert date.input_value() == left
    date.fill("2012-0")
    assert said.inner_text() == "", "it may still become a date"
    page.keyboard.press("Tab")
    assert "is not a date" in said.inner_text()
    assert said.get_attribute("aria-live") == "polite"


def examples() -> list[list[tuple[str, str, str]]]:
    """Lesions (baseline, smallest so far, current) at and around the thresholds, and at random."""
    drawn = random.Random(7)

    def number() -> str:
        return f"{drawn.randint(0, 600) / 10:.1f}"

    edges = [
        ("70", "", "49"),
        ("70", "", "49.1"),
        ("30", "", "35"),
        ("25", "", "30"),
        ("30", "20", "24.9"),
        ("9", "", "0"),
    ]
    return [
        *([edge] for edge in edges),
        *([(number(), drawn.choice(["", number()]), number()) for _ in range(drawn.randint(1, 4))] for _ in range(300)),
    ]


def category_by_python(lesions: list[tuple[str, str, str]]) -> str | None:
    from treatments.models import TargetLesion
    from treatments.recist import implied_category

    numbers = [[Decimal(text) if text else None for text in lesion] for lesion in lesions]
    rows = [TargetLesion(baseline_mm=b or 0, smallest_mm=s, current_mm=c or 0) for b, s, c in numbers]
    return implied_category(rows)


def test_the_category_of_the_lesions_is_that_of_the_server(page: Page, world: World) -> None:
    from treatments.admin.outcome import RULE

    add_form(page, world, "treatments/responseassessment")
    found = page.evaluate(
        """async ([examples, rule]) => {
          const { implied } = await import('/static/entry/recist.js');
          const lesion = ([baseline, smallest, current]) => ({ baseline, smallest, current });
          return examples.map((lesions) => implied(lesions.map(lesion), rule));
        }""",
        [examples(), RULE],
    )
    assert found == [category_by_python(lesions) for lesions in examples()]
    assert {"CR", "PR", "SD", "PD"} <= set(found)


def test_the_category_is_shown_while_lesions_are_typed(page: Page, world: World) -> None:
    add_form(page, world, "treatments/responseassessment")
    implied = page.locator("#implied")
    assert implied.inner_text() == "–"
    page.locator("[name=target_lesions-0-baseline_mm]").fill("40")
    page.locator("[name=target_lesions-0-current_mm]").fill("28")
    assert implied.inner_text() == "Partial response"
    page.get_by_label("RECIST 1.1 category").select_option("SD")
    assert implied.inner_text() == "Partial response (differs from what was entered)"


def test_generated_cycles_survive_a_refused_save_and_proposals_alone_are_no_cycle(page: Page, world: World) -> None:
    from patients.models import Diagnosis
    from treatments.models import ChemotherapyCycle, SystemicCourse

    patient = world.patient()
    world.add(Diagnosis, patient=patient, height_cm=168, weight_kg=64)
    log_in(page, world, "abstractor")
    page.wait_for_url("/")
    page.goto(f"/admin/treatments/systemiccourse/add/?patient={patient.pk}")
    page.get_by_label("Intent").select_option("palliative")
    page.get_by_label("Regimen", exact=True).select_option("PF")
    page.get_by_label("Regimen", exact=True).select_option("TPF")
    doses = page.locator("#cycles-0 input[name*=dose_]")
    assert [field.input_value() for field in doses.all()] == ["75", "75", "750"], "PF left with its columns"
    assert page.locator("#cycles-0 .absolute").all_inner_texts() == ["130 mg", "130 mg", "1298 mg"]
    page.get_by_label("Start").fill("2013-08-01")
    page.get_by_label("Stop", exact=True).fill("2013-07-01")
    page.locator("[name=cycles-0-day_1]").fill("2013-08")
    page.get_by_label("to", exact=True).fill("8")
    page.get_by_role("button", name="Add", exact=True).click()
    assert "not known to the day" in page.locator("#more-said").inner_text()
    page.locator("[name=cycles-0-day_1]").fill("2013-08-01")
    doses.nth(1).fill("60")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("[name=cycles-7-day_1]").fill("2014-01-03")
    page.get_by_role("button", name="Add another Cycle").click()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    assert "The course stops before it starts." in page.get_by_role("alert").inner_text()
    assert page.locator("[name=cycles-7-day_1]").input_value() == "2014-01-03"
    assert page.locator("#cycles-5 input[name*=dose_]").nth(1).input_value() == "60"
    page.get_by_label("Stop", exact=True).fill("2014-01-10")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    course = SystemicCourse.objects.get()
    cycles = ChemotherapyCycle.objects.filter(course=course).order_by("number")
    assert [cycle.number for cycle in cycles] == list(range(1, 9))
    assert [cycle.day_1 for cycle in cycles][5:] == ["2013-11-14", "2013-12-05", "2014-01-03"]
    assert {str(dose.mg_m2) for dose in cycles[7].doses.all()} == {"75.0", "60.0", "750.0"}


def test_volumes_are_filled_by_the_guideline_on_demand_and_remarked_on_outside_it(page: Page, world: World) -> None:
    from treatments.models import RadiotherapyVolume

    add_form(page, world, "treatments/radiotherapycourse")
    page.get_by_label("Intent").select_option("locoregional")
    page.get_by_label("Planned dose").fill("68")
    prescribed = [page.locator(f"[name=volumes-{n}-prescribed_gy]") for n in range(4)]
    assert [field.input_value() for field in prescribed] == [""] * 4
    prescribed[3].fill("50")
    said = page.locator("#id_volumes-3-prescribed_gy_remark")
    assert said.inner_text() == "Outside the guideline, 54–56 Gy"
    page.get_by_role("button", name="Fill by the guideline").click()
    assert [field.input_value() for field in prescribed] == ["68", "68", "60", "50"], "what was typed stays"
    assert "planned fractions are not typed yet" in page.locator("#guideline-said").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue").click()
    assert RadiotherapyVolume.objects.count() == 4
    assert said.inner_text() == "Outside the guideline, 54–56 Gy"
    page.get_by_label("Fractions given").fill("29")
    assert page.locator("#id_fractions_given_remark").inner_text() == "Outside the guideline, 30–33"


def test_enter_saves_nothing_and_lines_are_added_as_they_are_needed(page: Page, world: World) -> None:
    from patients.models import FollowUp

    add_form(page, world, "patients/followup")
    assert page.evaluate("document.activeElement.name") == "date"
    for _ in range(4):
        page.keyboard.type("2013-05-17")
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "followup_set-3-date"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "progression_set-0-date"
    page.keyboard.press("Shift+Enter")
    assert page.evaluate("document.activeElement.name") == "followup_set-3-date"
    assert not FollowUp.objects.exists()
    page.keyboard.press("Escape")
    page.get_by_label("Vital status", exact=True).first.focus()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_visible()


def test_the_unit_comes_with_the_analyte(page: Page, world: World) -> None:
    add_form(page, world, "patients/labresult")
    page.get_by_label("Analyte").select_option("ebv_dna")
    assert page.get_by_label("Unit").input_value() == "copies/mL"
    page.get_by_label("Analyte").select_option("ldh")
    assert page.get_by_label("Unit").input_value() == "U/L"
