"""RADCURE: the importer finds the faults that the table is known for, and more."""

import pytest

from exchange import mapping, table_import
from exchange.findings import Severity
from records import uploads
from registry.paths import BASE_DIR
from tests.conftest import needs_shared

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def found() -> table_import.ImportPlan:
    table = uploads.read_table(needs_shared("data", "radcure", "RADCURE_Clinical_v04_20241219.csv"))
    rules = mapping.read(BASE_DIR / "exchange" / "mappings" / "radcure.yaml")
    return table_import.plan(rules, table.columns, table.rows)


def lines(found: table_import.ImportPlan, column: str, words: str) -> list[int]:
    return [item.line for item in found.findings if item.column == column and words in item.reason]


def test_every_row_is_read_and_none_refused(found: table_import.ImportPlan) -> None:
    assert (found.rows, len(found.drafts), len(found.refused)) == (3346, 3346, 0)


def test_blanks_in_heading_and_values(found: table_import.ImportPlan) -> None:
    noted = {(item.line, item.value) for item in found.findings if item.severity is Severity.NOTED}
    assert {(1, "M "), (329, "ChemoRT ")} <= noted


@pytest.mark.parametrize(
    ("column", "words", "expected"),
    [
        ("ECOG PS", "between two grades", [854]),
        ("ECOG PS", "given by the patient", [644, 2973, 3118]),
        ("Date of Death", "differs from the last follow-up", [2844]),
        ("Date Distant", "before the start of radiotherapy", [1889, 2608]),
        ("Date Distant", "after the last follow-up", [1633]),
        ("Date Local", "after the last follow-up", [1514]),
        ("Date Regional", "before the start of radiotherapy", [1580]),
    ],
)
def test_known_faults(found: table_import.ImportPlan, column: str, words: str, expected: list[int]) -> None:
    assert lines(found, column, words) == expected


def test_smoking_in_words_and_follow_up_from_another_day(found: table_import.ImportPlan) -> None:
    assert len(lines(found, "Smoking PY", "not a number")) == 9
    assert len(lines(found, "Length FU", "not the time from the start of radiotherapy")) == 3339
