"""What diagnosis, metastases, progressions, contacts and death put on the timeline of a chart."""

from collections.abc import Iterator

from patients.models import ContactStatus, Death, Diagnosis, FollowUp, Progression
from records.partial_dates import bounds
from records.timeline import Lane, Mark, Shape


def of_diagnosis(row: Diagnosis) -> Iterator[Mark]:
    stage = " ".join(filter(None, (row.t_category, row.n_category, row.m_category)))
    if row.date:
        text = f"Diagnosis {row.date}, {stage}".rstrip(", ")
        yield Mark(Lane.DISEASE, Shape.DIAMOND, *bounds(row.date), text, f"Diagnosis {stage}".strip())
    if row.metastasis_date and row.metastasis_date != row.date:
        text = f"Metastasis shown {row.metastasis_date}"
        yield Mark(Lane.DISEASE, Shape.DIAMOND, *bounds(row.metastasis_date), text, "Metastasis", tone="bad")


def of_progression(row: Progression) -> Iterator[Mark]:
    kind = row.get_kind_display()
    where = f", {', '.join(site.replace('_', ' ') for site in row.sites)}" if row.sites else ""
    text = f"Progression {row.date}: {kind.lower()}{where}"
    yield Mark(Lane.DISEASE, Shape.TRIANGLE, *bounds(row.date), text, f"{kind} progression", tone="bad")


def of_death(row: Death) -> Iterator[Mark]:
    text = f"Death {row.date}, cause: {row.get_cause_display().lower()}"
    yield Mark(Lane.DISEASE, Shape.CROSS, *bounds(row.date), text, "Death")


def of_contact(row: FollowUp) -> Iterator[Mark]:
    lost = row.status == ContactStatus.LOST
    text = f"Contact {row.date}: {row.get_status_display().lower()}"
    yield Mark(
        Lane.CONTACT, Shape.RING if lost else Shape.DOT, *bounds(row.date), text, tone="warn" if lost else "accent"
    )
