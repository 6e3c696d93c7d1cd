"""Dated moments of a patient's course, for exposures that begin after time zero."""

from __future__ import annotations

from analyses.derivation.course import Course, Dated
from analyses.pipeline.dataset import Moment

MOMENTS = (
    Moment(name="diagnosis", label="Diagnosis", doc="Date of the pathological diagnosis.", sources=("Diagnosis.date",)),
    Moment(
        name="metastasis",
        label="Metastasis",
        doc="Day metastasis was shown: as the diagnosis gives it, else the earliest date of a metastatic site.",
        sources=("Diagnosis.metastasis_date", "MetastaticSite.date"),
    ),
    Moment(
        name="pct_start",
        label="Start of PCT",
        doc="Start of the first PCT course or day 1 of its first cycle, whichever is earlier.",
        sources=("SystemicCourse.start", "ChemotherapyCycle.day_1"),
    ),
    Moment(
        name="pct_end",
        label="End of PCT",
        doc="The day PCT stopped, else day 1 of its last cycle.",
        sources=("SystemicCourse.stop", "ChemotherapyCycle.day_1"),
    ),
    Moment(
        name="rt_start",
        label="Start of RT",
        doc="First day of the first locoregional course of radiotherapy.",
        sources=("RadiotherapyCourse.start",),
    ),
    Moment(
        name="concurrent_start",
        label="Start of concurrent chemotherapy",
        doc="Start of the concurrent course or day 1 of the first chemotherapy cycle inside the RT dates.",
        sources=("SystemicCourse.start", "ChemotherapyCycle.day_1"),
    ),
    Moment(
        name="rt_end",
        label="End of RT",
        doc="Last day of the first locoregional course of radiotherapy.",
        sources=("RadiotherapyCourse.end",),
    ),
)


def day_of(course: Course, moment: Moment) -> Dated:
    """The day of the moment per patient."""
    found: Dated = getattr(course, "diagnosed" if moment.name == "diagnosis" else moment.name)
    return found
