"""Numbers as medical journals print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.pipeline.results import Interval
from analyses.reporting import format


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (None, "–"),
        (0.0, "<0.001"),
        (0.00099, "<0.001"),
        (0.001, "0.001"),
        (0.034, "0.034"),
        (0.0496, "0.0496"),
        (0.0504, "0.050"),
        (0.049999, "<0.05"),
        (0.9994, "0.999"),
        (0.9996, ">0.999"),
        (1.0, ">0.999"),
    ],
)
def test_p_values(p: float | None, printed: str) -> None:
    assert format.p_value(p) == printed


@given(st.floats(0, 1))
def test_a_printed_p_never_changes_sides_of_a_twentieth(p: float) -> None:
    printed = format.p_value(p)
    shown = float(printed.lstrip("<>"))
    assert (shown < 0.05 or printed == "<0.05") == (p < 0.05)


@given(st.floats(0, 1), st.floats(0, 1))
def test_printed_p_values_keep_their_order(a: float, b: float) -> None:
    low, high = (float(format.p_value(p).lstrip("<>")) for p in sorted((a, b)))
    assert low <= high


def test_p_in_running_text() -> None:
    assert format.p_phrase(0.034) == "p = 0.034"
    assert format.p_phrase(0.0001) == "p < 0.001"


def test_ratios_have_two_decimals_unless_these_say_nothing() -> None:
    assert format.ratio_interval(0.668, 0.4612, 0.9666) == "0.67 (0.46–0.97)"
    assert format.ratio(0.0012) == "1.2e−03"
    assert format.ratio(123456.0) == "1.2e+05"
    assert format.ratio(None) == "–"


def test_a_negative_number_has_a_minus_and_zero_has_none() -> None:
    assert format.smd(-0.0459) == "−0.046"
    assert format.smd(-0.0001) == "0.000"
    assert format.number(-1234.5, 1) == "−1234.5"


def test_what_is_not_reached_or_not_known_says_so() -> None:
    assert format.months_interval(Interval(estimate=40.13, lower=36.2, upper=None)) == "40.1 (36.2–NR)"
    assert format.months_interval(Interval(estimate=None, lower=50.0, upper=None)) == "NR (50.0–NR)"
    assert format.months_interval(None) == "–"
    assert format.rate_interval(None, None, None) == "–"
    assert format.rate_interval(0.557, 0.465, None) == "55.7 (46.5 to –)"


def test_differences_are_signed_and_use_words_between_limits() -> None:
    assert format.difference_interval(Interval(estimate=0.167, lower=-0.012, upper=0.321)) == "16.7 (−1.2 to 32.1)"
    assert format.range_of("−0.4", "0.2") == "−0.4 to 0.2"


def test_counts() -> None:
    assert format.count_percent(1234, 34.56) == "1,234 (34.6)"
    assert format.plural(1, "patient") == "1 patient"
    assert format.plural(2310, "patient") == "2,310 patients"
    assert format.share(0.386) == "38.6%"


@pytest.mark.parametrize(
    ("label", "inside"), [("Age group", "age group"), ("PCT regimen", "PCT regimen"), ("T category", "T category")]
)
def test_labels_inside_a_sentence_keep_their_abbreviations(label: str, inside: str) -> None:
    assert format.uncapital(label) == inside


def test_lists_in_words() -> None:
    assert format.joined(["a", "b", "c"]) == "a, b and c"
    assert format.joined(["a"]) == "a"
    assert format.joined([]) == ""
