"""The chart of one patient, put together from the sections that the apps registered."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from patients.models import DataQuery, Diagnosis, MetastaticSite
from registry.pages.panels import Panel
from registry.pages.timeline import Picture, picture


def born(patient: Any) -> str:
    if patient.birth_date or patient.age_at_reference is None:
        return f"born {patient.birth_date}" if patient.birth_date else "birth date not known"
    return f"{patient.age_at_reference.normalize():f} years {patient.get_age_reference_display().lower()}"


def summary_of(patient: Any, panels: Iterable[Panel]) -> str:
    """The patient in a few sentences."""
    rows = {panel.section.model: [line.row for line in panel.lines] for panel in panels}
    last = f"Died {patient.died_on}" if patient.died_on else f"Last contact {patient.last_contact or 'none yet'}"
    parts = [
        f"{patient.get_sex_display() or 'Sex not known'}, {born(patient)}",
        *(disease(row) for row in rows.get(Diagnosis, [])),
        sites(rows.get(MetastaticSite, [])),
        last,
    ]
    return f"{'. '.join(filter(None, parts))}."


def disease(diagnosis: Any) -> str:
    who = f"WHO {diagnosis.who_type}" if diagnosis.who_type else ""
    stage = " ".join(filter(None, (diagnosis.t_category, diagnosis.n_category, diagnosis.m_category)))
    return ", ".join(filter(None, (who, stage)))


def sites(rows: Sequence[Any]) -> str:
    """Metastases in figures; without a number of lesions where one site is not counted."""
    if not rows:
        return ""
    organs = len({row.organ for row in rows})
    where = f"{organs} organ{'s' if organs > 1 else ''}"
    if any(row.n_lesions is None for row in rows):
        return f"Metastases in {where}"
    lesions = sum(row.n_lesions for row in rows)
    return f"{lesions} lesion{'s' if lesions > 1 else ''} in {where}"


def facts_of(patient: Any) -> list[tuple[str, Any]]:
    """Where the patient belongs."""
    facts = [("Centre", patient.centre), ("Registry", patient.registry)]
    if patient.external_id:
        facts.append(("In the source", patient.external_id))
    return facts


def by_record(queries: Iterable[DataQuery]) -> dict[tuple[str, int], list[DataQuery]]:
    """Queries under the record that each is about."""
    found: dict[tuple[str, int], list[DataQuery]] = {}
    for query in queries:
        found.setdefault((query.table, query.row), []).append(query)
    return found


def timeline_of(panels: Iterable[Panel], cutoff: date | None) -> Picture | None:
    """The picture of every dated record of the panels; each mark opens the form of its record."""
    marks = [
        (mark, line.url)
        for panel in panels
        if panel.section.marks
        for line in panel.lines
        for mark in panel.section.marks(line.row)
    ]
    return picture(marks, cutoff)
