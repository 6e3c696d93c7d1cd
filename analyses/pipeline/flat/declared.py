"""What a flat table's declaration promises a study, known before any cell is read."""

from __future__ import annotations

from analyses.pipeline import references
from analyses.pipeline.dataset import Endpoint, Moment, Variable
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.flat.declaration import FlatTable, TableTime
from analyses.pipeline.spec import StudySpec


def check_plan(spec: StudySpec) -> FlatTable:
    """The plan's table, when the plan asks only for what the table declares; else `InvalidValueError` with the JSON
    path."""
    table = spec.table
    if table is None:
        raise InvalidValueError("table", None, "the declaration of a table: see docs/study-on-a-table.md")
    references.check_references(spec, variables(table), endpoints(table), moments(table))
    if spec.toxicity is not None:
        raise InvalidValueError("toxicity", "a section", "null: a row per patient holds no list of adverse events")
    _check_exposure(spec, table)
    return table


def _check_exposure(spec: StudySpec, table: FlatTable) -> None:
    """When the arms are known decides about immortal time, which only the person who declares the table can say."""
    name, recoded = spec.exposure.variable, {recode.name: recode.variable for recode in spec.recodes}
    while name in recoded:
        name = recoded[name]
    position = [item.name for item in table.variables].index(name)
    if table.variables[position].known_at is None:
        allowed = f"'time_zero' or 'follow_up': are the arms known at {table.time_zero}, or only later?"
        raise InvalidValueError(f"table.variables[{position}].known_at", None, allowed)


def variables(table: FlatTable) -> dict[str, Variable]:
    return {
        item.name: Variable(
            name=item.name,
            label=item.label or item.name,
            kind=item.kind,
            doc=f"Column '{item.source}' of {table.title}.",
            levels=item.levels,
            unit=item.unit,
            sources=(item.source,),
            known_at=item.known_at or "time_zero",
        )
        for item in table.variables
    }


def endpoints(table: FlatTable) -> dict[str, Endpoint]:
    return {
        item.name: Endpoint(
            name=item.name,
            label=item.label,
            event_label=item.event_label,
            doc=f"From {table.time_zero}: {_doc(item.time)}; status in column '{item.status.column}'.",
            competing=item.competing_label,
        )
        for item in table.endpoints
    }


def moments(table: FlatTable) -> dict[str, Moment]:
    return {
        item.name: Moment(
            name=item.name,
            label=item.label,
            doc=f"From {table.time_zero}: {_doc(item.time)}.",
            sources=item.time.sources,
        )
        for item in table.moments
    }


def _doc(time: TableTime) -> str:
    if time.column:
        return f"column '{time.column}' in {time.unit}"
    return f"from the date in '{time.start}' to that in " + " or else ".join(f"'{name}'" for name in time.end)
