"""What treatments and responses put on the timeline of a chart."""

from collections.abc import Iterator

from records.partial_dates import bounds
from records.timeline import Lane, Mark, Shape, period
from treatments.admin.lines import live_cycles
from treatments.models import (
    CourseIntent,
    LocalTreatment,
    RadiotherapyCourse,
    RadiotherapyIntent,
    ResponseAssessment,
    ResponseCategory,
    SystemicCourse,
)

TONE_OF: dict[str | None, str] = {ResponseCategory.CR: "ok", ResponseCategory.PR: "ok", ResponseCategory.PD: "bad"}


def of_systemic_course(row: SystemicCourse) -> Iterator[Mark]:
    """A tick per cycle whose day is known; the course as a bar where no cycle is. The first carries the label."""
    name = str(row.regimen or row.get_agent_class_display())
    cycles = [cycle for cycle in live_cycles(row) if cycle.day_1]
    label = f"{name} ×{len(cycles)}" if cycles else name
    if row.intent != CourseIntent.PALLIATIVE:
        label += f", {row.get_intent_display().split(' ')[0].lower()}"
    tone = "" if row.intent == CourseIntent.PALLIATIVE else "open"
    for place, cycle in enumerate(cycles):
        text = f"{name}, cycle {cycle.number}: {cycle.day_1}"
        yield Mark(
            Lane.SYSTEMIC, Shape.TICK, *bounds(str(cycle.day_1)), text, "" if place else label, tone, group=row.pk
        )
    if not cycles and (days := period(row.start, row.stop)):
        yield Mark(Lane.SYSTEMIC, Shape.BAR, *days, f"{label}, {span(row.start, row.stop)}", label, tone)


def of_radiotherapy_course(row: RadiotherapyCourse) -> Iterator[Mark]:
    if not (days := period(row.start, row.end)):
        return
    dose = row.delivered_dose_gy if row.delivered_dose_gy is not None else row.planned_dose_gy
    parts = [row.get_technique_display() or "Radiotherapy"]
    parts += [f"{dose.normalize():f} Gy"] if dose is not None else []
    parts += [f"/ {row.fractions_given} fractions"] if row.fractions_given else []
    label = " ".join(parts)
    tone = "" if row.intent == RadiotherapyIntent.LOCOREGIONAL else "open"
    yield Mark(Lane.RADIOTHERAPY, Shape.BAR, *days, f"{label}, {span(row.start, row.end)}", label, tone)


def of_local_treatment(row: LocalTreatment) -> Iterator[Mark]:
    if row.date:
        organ = f", {row.site.get_organ_display().lower()}" if row.site else ""
        label = f"{row.get_modality_display()}{organ}"
        yield Mark(Lane.LOCAL, Shape.RING, *bounds(row.date), f"{label}: {row.date}", label)


def of_response(row: ResponseAssessment) -> Iterator[Mark]:
    if row.date:
        word = str(row.category or "?")
        found = row.get_category_display() or "no category"
        text = f"Response {row.get_timepoint_display().lower()}, {row.date}: {found}"
        tone = TONE_OF.get(row.category, "")
        yield Mark(Lane.ASSESSMENT, Shape.WORD, *bounds(row.date), text, word, tone)


def span(start: str | None, end: str | None) -> str:
    return " to ".join(filter(None, (start, end)))
