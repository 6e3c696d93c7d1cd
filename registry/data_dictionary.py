"""docs/data-dictionary.md: what the registry stores, and what analyses make of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date

from analyses.derivation import dictionary as derivation
from analyses.pipeline.dataset import Variable
from analyses.pipeline.parameters import DerivationParameters
from records import dictionary as records
from records.classification import Kind
from registry.paths import BASE_DIR

FILE = BASE_DIR / "docs" / "data-dictionary.md"
# Levels and windows follow a plan's parameters; here those that a plan has where it says nothing. None of them depends
# on the cut-off, which each plan has to say.
PARAMETERS = DerivationParameters(data_cutoff=date(2000, 1, 1))
FIELD_COLUMNS = ("field", "label", "type and choices", "unit", "range", "required", "classification")
VARIABLE_COLUMNS = ("variable", "label", "type and levels", "unit", "definition", "from", "window", "known at")


def text() -> str:
    return "\n".join([*_head(), *_records(), *_variables(), *_endpoints(), *_moments()])


def _head() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Generated from the models and the declared analysis variables by `manage.py data_dictionary`: change those,"
    yield "not this file. The site shows the first part at `/dictionary/`, with downloads as CSV and for REDCap."
    yield ""


def _records() -> Iterator[str]:
    yield "## Part 1: records"
    yield ""
    yield from (f"- **{kind.value}**: {kind.label}." for kind in Kind)
    yield ""
    for table in records.tables():
        yield f"### {table.label} (`{table.name}`)"
        yield ""
        yield f"{table.doc}{' One per patient.' if table.single else ''}"
        yield ""
        yield from _table(FIELD_COLUMNS, map(_field, table.fields))


def _field(field: records.Field) -> Sequence[str]:
    codes = "; ".join(f"`{code}`" if code == label else f"`{code}` {label}" for code, label in field.choices)
    label = f"{field.label}<br>{field.help}" if field.help else field.label
    words = f"{field.words}: {codes}" if codes else field.words
    required = "yes" if field.required else ""
    return (f"`{field.name}`", label, words, field.unit, str(field.range or ""), required, field.kind.value)


def _variables() -> Iterator[str]:
    given = ", ".join(
        f"{field.name} {getattr(PARAMETERS, field.name)}"
        for field in fields(PARAMETERS)
        if field.name != "data_cutoff" and getattr(PARAMETERS, field.name) is not None
    )
    yield "## Part 2: analysis variables"
    yield ""
    yield "One row per patient, derived from the records. Levels and windows follow the plan's parameters; here:"
    yield f"{given}."
    yield ""
    yield "### Variables"
    yield ""
    yield from _table(VARIABLE_COLUMNS, map(_variable, derivation.variables(PARAMETERS)))


def _variable(variable: Variable) -> Sequence[str]:
    levels = "; ".join(variable.levels)
    return (
        f"`{variable.name}`",
        variable.label,
        f"{variable.kind}: {levels}" if levels else variable.kind,
        variable.unit,
        variable.doc,
        ", ".join(variable.sources),
        variable.window,
        variable.known_at.replace("_", " "),
    )


def _endpoints() -> Iterator[str]:
    yield "### Endpoints"
    yield ""
    yield "Months (days / 30.4375) from time zero, and whether they end in the event."
    yield ""
    found = derivation.endpoints(PARAMETERS)
    cells = ((f"`{e.months}`, `{e.event}`", e.label, e.event_label, e.competing, e.doc) for e in found)
    yield from _table(("columns", "label", "event", "competing event", "definition"), cells)


def _moments() -> Iterator[str]:
    yield "### Moments"
    yield ""
    yield "Months from time zero; negative before it."
    yield ""
    cells = ((f"`{m.months}`", m.label, m.doc, ", ".join(m.sources)) for m in derivation.moments())
    yield from _table(("column", "label", "definition", "from"), cells)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(columns)
    yield _line(["---"] * len(columns))
    yield from map(_line, rows)
    yield ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
