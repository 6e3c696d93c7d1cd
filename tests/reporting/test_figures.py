"""Figures show the numbers of the result, in files that any program opens and that are the same each time."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from analyses.pipeline.results import StudyResult
from analyses.reporting import catalogue, format
from analyses.reporting.content import INVENTED
from analyses.reporting.figures import canvas, svg, text
from analyses.reporting.figures.canvas import Drawing
from analyses.reporting.figures.effects import subgroup_forest
from analyses.reporting.figures.kaplan_meier import kaplan_meier
from analyses.reporting.figures.love import love_plot
from analyses.reporting.figures.spread import spread
from analyses.reporting.figures.step_curves import time_axis
from tests.reporting import factories

SVG = "{http://www.w3.org/2000/svg}"


def drawn(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(canvas.draw(drawing, ("svg",))["svg"])


def words(root: ElementTree.Element) -> list[str]:
    return ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]


def km(**given: object) -> Drawing:
    return kaplan_meier(factories.comparison(**given), time_label="Months from diagnosis", heading="Matched patients")


def test_curves_carry_the_numbers_at_risk_the_effect_and_the_names() -> None:
    shown = words(drawn(km()))
    for number in ("134", "107", "83", "133", "117", "105"):
        assert shown.count(number) == 1
    assert shown.count("PCT+CCRT") == 2  # at the end of its curve and before its row
    assert "HR 0.67 (95% CI 0.46–0.97), robust by pair" in shown
    assert "Log-rank p = 0.034" in shown
    assert "Months from diagnosis" in shown
    assert "Overall survival" in shown


def test_numbers_at_risk_stand_under_their_ticks() -> None:
    place = {"".join(element.itertext()): element.get("x") for element in drawn(km()).iter(f"{SVG}text")}
    assert place["107"] is not None
    assert place["12"] is not None
    assert float(place["107"]) == pytest.approx(float(place["12"]), abs=0.5)


def test_the_axis_ends_where_fewer_than_a_tenth_are_at_risk() -> None:
    end, ticks = time_axis((0.0, 12.0, 24.0, 36.0), [(100, 60, 20, 9), (100, 70, 15, 8)])
    assert (end, ticks) == (24.0, [0, 1, 2])


def test_every_curve_of_the_study_shows_its_numbers_at_risk(result: StudyResult) -> None:
    figures = catalogue.figures(result)
    for item in result.survival:
        shown = words(drawn(figures[f"km_{item.endpoint}_{item.population}"].drawing))
        _, ticks = time_axis(item.at_risk_times, [group.at_risk for group in item.groups])
        for group in item.groups:
            row = [str(group.at_risk[tick]) for tick in ticks]
            start = shown.index(group.label)
            assert any(shown[at : at + len(row)] == row for at in range(start, len(shown)))


def test_a_forest_prints_numbers_and_guards_those_it_has_not() -> None:
    shown = words(drawn(subgroup_forest(factories.subgroups(), factories.ARMS)))
    assert shown.count("0.67 (0.46–0.97)") == 2  # all patients, and the one level that has enough events
    assert "too few events" in shown
    assert "2/20" in shown
    assert "0.412" in shown
    assert "← favours PCT+CCRT" in shown


def test_a_love_plot_shows_its_threshold_and_levels() -> None:
    shown = words(drawn(love_plot(factories.balance())))
    assert {"threshold 0.1", "Sex *", "Male", "Female", "before matching", "after matching"} <= set(shown)


def test_the_flow_shows_each_count(result: StudyResult) -> None:
    shown = " ".join(words(drawn(catalogue.figures(result)["attrition"].drawing)))
    assert "300 patients" in shown
    for row in result.attrition.rows:
        assert f"{format.integer(row.after)} left" in shown
    for arm in result.arms:
        assert f"{arm.n} patients" in shown


def test_the_study_has_every_figure(result: StudyResult) -> None:
    names = set(catalogue.figures(result))
    curves = {f"km_{endpoint}_{part}" for endpoint in ("os", "pfs", "lrpfs", "dpfs") for part in ("all", "matched")}
    assert (
        curves | {"attrition", "love_plot", "score_overlap", "subgroups", "landmark_os_12", "landmark_os_24"} <= names
    )
    assert len([name for name in names if name.startswith("combination_")]) == 3


def test_each_format_opens() -> None:
    files = canvas.draw(km(), canvas.FORMATS, footer=INVENTED)
    assert files["pdf"].startswith(b"%PDF-")
    assert files["pdf"].rstrip().endswith(b"%%EOF")
    picture = Image.open(io.BytesIO(files["png"]))
    assert picture.size[0] == round(7.2 * 300)
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert ElementTree.fromstring(files["svg"]).tag == f"{SVG}svg"


@pytest.mark.parametrize("name", canvas.FORMATS)
def test_the_same_figure_gives_the_same_bytes(name: canvas.Format) -> None:
    first, second = (canvas.draw(km(), (name,), footer=INVENTED)[name] for _ in range(2))
    assert first == second


def test_a_standalone_svg_has_nothing_that_a_strict_page_forbids() -> None:
    source = canvas.draw(km(), ("svg",))["svg"]
    root = ElementTree.fromstring(source)
    assert b"<!DOCTYPE" not in source
    assert not [element for element in root.iter() if "style" in element.attrib]
    assert not [element for element in root.iter() if element.tag.endswith(("style", "metadata", "script"))]
    # text stays text
    assert b"<text" in source


def test_invented_data_are_marked_in_the_picture_and_on_a_page_in_the_caption() -> None:
    source = canvas.draw(km(), ("svg",), footer=INVENTED)["svg"]
    assert INVENTED in words(ElementTree.fromstring(source))
    page = svg.inline(source, prefix="a", label="Curves")
    assert INVENTED not in page
    plain, marked = (
        ElementTree.fromstring(canvas.draw(km(), ("svg",), footer=footer)["svg"]) for footer in ("", INVENTED)
    )
    inside = ElementTree.fromstring(page)
    assert float(inside.attrib["viewBox"].split()[3]) == pytest.approx(float(plain.attrib["viewBox"].split()[3]))
    assert float(marked.attrib["viewBox"].split()[3]) > float(plain.attrib["viewBox"].split()[3])


def test_inline_pictures_follow_the_page_and_share_no_ids() -> None:
    source = canvas.draw(km(), ("svg",))["svg"]
    pages = [ElementTree.fromstring(svg.inline(source, prefix=prefix, label='A "curve" <x>')) for prefix in "ab"]
    ids = [{element.get("id") for element in page.iter() if element.get("id")} for page in pages]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert pages[0].get("aria-label") == 'A "curve" <x>'
    fills = {element.get("fill") for element in pages[0].iter()}
    assert "var(--arm-a, #0072b2)" in fills
    for page, own in zip(pages, ids, strict=True):
        links = {element.get("href", "#")[1:] for element in page.iter() if element.get("href")}
        clips = {
            value for element in page.iter() for value in re.findall(r"url\(#(.+?)\)", element.get("clip-path", ""))
        }
        assert links | clips <= own


def test_names_with_markup_are_text_in_figures() -> None:
    groups = (factories.group("<b>A</b>", (9, 8, 7)), factories.group("B & C", (9, 8, 7)))
    shown = words(drawn(km(groups=groups)))
    assert {"<b>A</b>", "B & C"} <= set(shown)


def test_a_name_with_dollar_signs_is_no_formula() -> None:
    groups = (factories.group("$10 arm$", (9, 8, 7)), factories.group("$\\frac{1}{2", (9, 8, 7)))
    assert "$10 arm$" in words(drawn(km(groups=groups)))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.12)), min_size=1, max_size=7),
)
def test_spread_labels_do_not_overlap_and_stay_inside(wanted: list[tuple[float, float]]) -> None:
    heights = [height for _, height in wanted]
    places = spread([place for place, _ in wanted], heights, low=0.0, high=1.0)
    order = sorted(range(len(places)), key=lambda index: places[index])
    for below, above in pairwise(order):
        assert places[above] - places[below] >= (heights[above] + heights[below]) / 2 - 1e-9
    assert min(place - height / 2 for place, height in zip(places, heights, strict=True)) >= -1e-9
    assert max(place + height / 2 for place, height in zip(places, heights, strict=True)) <= 1 + 1e-9


def test_labels_that_fit_stay_where_they_belong() -> None:
    assert spread([0.2, 0.8], [0.1, 0.1], low=0, high=1) == pytest.approx([0.2, 0.8])


@given(st.text(st.characters(max_codepoint=0x17F, categories=("L", "N")), max_size=60), st.floats(0.5, 3))
def test_fitted_text_fits(words: str, inches: float) -> None:
    shown, size = text.fitted(words, inches, 7.5)
    assert size >= 6.0
    assert shown == words or shown.endswith("…")
    assert text.width(shown, size) <= inches + 0.01 or shown == "…"


def test_text_is_wrapped_between_words() -> None:
    found = text.wrapped("Organ metastasis without lymph node involvement", 1.2, 7.5)
    assert "\n" in found
    assert found.replace("\n", " ") == "Organ metastasis without lymph node involvement"
    assert text.width(found, 7.5) <= 1.2
