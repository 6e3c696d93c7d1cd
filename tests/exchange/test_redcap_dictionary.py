"""The REDCap data dictionary has the columns of a real one and keeps REDCap's rules."""

from __future__ import annotations

import csv
import io
import re

from exchange import redcap_dictionary
from records.dictionary import tables
from tests.conftest import needs_shared

NAME, FORM, TYPE = "Variable / Field Name", "Form Name", "Field Type"
CHOICES, VALIDATION = "Choices, Calculations, OR Slider Labels", "Text Validation Type OR Show Slider Number"
TYPES = {
    "text", "notes", "radio", "dropdown", "checkbox", "yesno", "truefalse", "calc", "file", "slider", "descriptive",
    "sql",
}  # fmt: skip
WITH_CHOICES = {"radio", "dropdown", "checkbox"}
VALIDATIONS = {"", "date_ymd", "number", "integer"}


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(redcap_dictionary.text())))


def row(name: str) -> dict[str, str]:
    return next(item for item in rows() if item[NAME] == name)


def choices(item: dict[str, str]) -> list[list[str]]:
    """Codes and labels as REDCap splits them: at each bar, then at the first comma."""
    return [part.strip().split(", ", 1) for part in item[CHOICES].split("|")]


def test_columns_are_those_of_a_real_dictionary() -> None:
    with needs_shared("data", "redcap", "genomics_thailand_general.csv").open(encoding="utf-8") as real:
        header = next(csv.reader(real))
    assert next(csv.reader(io.StringIO(redcap_dictionary.text()))) == header


def test_it_begins_with_the_record_and_keeps_each_form_together() -> None:
    assert rows()[0][NAME] == "patient_number"
    forms = [item[FORM] for item in rows()]
    assert [form for n, form in enumerate(forms) if n == 0 or form != forms[n - 1]] == list(dict.fromkeys(forms))


def test_names_are_unique_and_of_letters_digits_and_underscores() -> None:
    names = [item[NAME] for item in rows()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name) or len(name) > 100] == []
    assert {form for form in {item[FORM] for item in rows()} if not re.fullmatch(r"[a-z][a-z0-9_]*", form)} == set()


def test_types_and_validations_are_known_and_stand_where_they_belong() -> None:
    for item in rows():
        assert item[TYPE] in TYPES, item[NAME]
        assert item[VALIDATION] in VALIDATIONS, item[NAME]
        assert not item[VALIDATION] or item[TYPE] == "text", item[NAME]
        if item["Text Validation Min"] or item["Text Validation Max"]:
            assert item[VALIDATION] in {"number", "integer"}, item[NAME]
        assert item["Field Label"], item[NAME]
        assert {item["Identifier?"], item["Required Field?"]} <= {"", "y"}, item[NAME]


def test_choices_are_codes_and_labels() -> None:
    for item in rows():
        assert bool(item[CHOICES]) == (item[TYPE] in WITH_CHOICES), item[NAME]
        if not item[CHOICES]:
            continue
        codes = [code for code, label in choices(item)]
        assert len({code.lower() for code in codes}) == len(codes), item[NAME]
        assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", code) for code in codes), item[NAME]


def test_a_form_per_table_that_a_chart_fills_and_every_field_that_is_entered() -> None:
    shared, *found = tables()
    charted = [table for table in found if not table.oversight]
    assert len({item[FORM] for item in rows()}) == len(charted)
    fields = [field for table in charted for field in (*table.fields, *shared.fields)]
    assert len(rows()) == 1 + sum(field.entered and field.refers_to != "patients.patient" for field in fields)


def test_what_a_chart_gives_in_part_is_a_text_that_says_how() -> None:
    item = row("diagnosis_date")
    assert (item[TYPE], item[VALIDATION]) == ("text", "")
    assert "2012-05" in item["Field Note"]


def test_identifiers_required_fields_ranges_and_links_between_forms() -> None:
    assert {item[NAME] for item in rows() if item["Identifier?"] and item[FORM] == "identity"} == {
        f"identity_{name}" for name in ("name", "hospital_number", "national_id", "phone", "address", "note")
    }
    assert row("metastaticsite_organ")["Required Field?"] == "y"
    dose = row("radiotherapyvolume_prescribed_gy")
    assert (dose["Field Label"], dose["Text Validation Min"], dose["Text Validation Max"]) == (
        "Prescribed dose, Gy", "0", "90",
    )  # fmt: skip
    assert row("metastaticsite_n_lesions")["Field Label"] == "Number of lesions"
    assert row("chemotherapycycle_course")["Field Note"] == "Number of the instance of the form Systemic course."
    assert row("systemiccourse_regimen")["Field Note"] == "Code of the regimen. Empty where not known."
    assert ["none", "None of these"] in choices(row("diagnosis_comorbidities"))
