"""The data dictionary as REDCap takes it: one form per table, one variable per field that a person enters.

REDCap does not say in this file which forms repeat: that is set in the project (every table that is not ``single``).
"""

import csv
import io
import re
from collections.abc import Iterator

from records.classification import Kind
from records.dictionary import EVERY_RECORD, Field, Table, tables

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
# Above so many choices, a list to pick from is easier to read than buttons.
FEW = 6
# An empty list says 'none', which is not the same as 'not known'.
NONE = ("none", "None of these")
VALIDATION = {"number": "number", "whole number": "integer", "reference": "integer"}


def text() -> str:
    """The file. Its words are the registry's own, so no cell needs guarding as what users typed does."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows())
    return buffer.getvalue()


def rows() -> Iterator[dict[str, str]]:
    """Variable after variable; the first is the record's identifier, the registry number."""
    shared, *found = tables()
    assert shared.name == EVERY_RECORD
    patient = next(table for table in found if table.name == "patients.patient")
    for table in (patient, *(other for other in found if other is not patient and not other.oversight)):
        number = [field for field in table.fields if table is patient and field.name == "number"]
        entered = [field for field in (*table.fields, *shared.fields) if field.entered and not is_record(field)]
        for field in (*number, *entered):
            yield row(table, field)


def is_record(field: Field) -> bool:
    """Whether the field says no more than to which record (patient) the row belongs."""
    return field.refers_to == "patients.patient"


def row(table: Table, field: Field) -> dict[str, str]:
    choices, low, high = field.choices, "", ""
    if field.type == "several of":
        choices = (*choices, NONE)
    if field.range:
        low = "" if field.range.above else f"{field.range.low:g}"
        high = "" if field.range.high is None else f"{field.range.high:g}"
    return {
        "Variable / Field Name": variable(table, field),
        "Form Name": form(table),
        "Field Type": type_of(field),
        "Field Label": label(field),
        "Choices, Calculations, OR Slider Labels": " | ".join(f"{code(value)}, {label}" for value, label in choices),
        "Field Note": note(field),
        "Text Validation Type OR Show Slider Number": validation(field),
        "Text Validation Min": low,
        "Text Validation Max": high,
        "Identifier?": "y" if field.kind is Kind.IDENTIFYING else "",
        "Required Field?": "y" if field.required else "",
        "Field Annotation": f"@NONEOFTHEABOVE='{NONE[0]}'" if field.type == "several of" else "",
    }


def variable(table: Table, field: Field) -> str:
    """Unique in the whole project, as REDCap asks: the field's name behind its table's."""
    return f"{table.name.rpartition('.')[2]}_{field.name}"


def form(table: Table) -> str:
    return re.sub(r"[^a-z0-9]+", "_", table.label.lower()).strip("_")


def label(field: Field) -> str:
    """With the unit, unless the label says it ('Number of lesions')."""
    said = field.unit.replace("-", " ") in field.label.lower()
    return field.label if said else f"{field.label}, {field.unit}"


def code(value: str) -> str:
    """The stored code; signs that REDCap does not take in one (as in 10^9/L) become underscores."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", value)


def type_of(field: Field) -> str:
    if field.type == "one of":
        return "radio" if len(field.choices) <= FEW else "dropdown"
    return {"several of": "checkbox", "yes or no": "yesno", "free text": "notes"}.get(field.type, "text")


def validation(field: Field) -> str:
    """A partial date has none: REDCap would ask for the full day."""
    return "" if refers_to_catalogue(field) else VALIDATION.get(field.type, "")


def refers_to_catalogue(field: Field) -> bool:
    """Whether the row referred to is one of a list with codes (a centre, a regimen), and none of the patient's own."""
    own = {table.name for table in tables()}
    return bool(field.refers_to) and field.refers_to not in own


def note(field: Field) -> str:
    if refers_to_catalogue(field):
        return f"Code of the {field.detail}. {field.help}".strip()
    if field.refers_to:
        return f"Number of the instance of the form {field.detail.capitalize()}. {field.help}".strip()
    return field.help
