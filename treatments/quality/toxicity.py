"""Rules about adverse events, and about deaths after treatment."""

from datetime import timedelta

from django.db.models import OuterRef, Q

from patients.models import CauseOfDeath, Death, Progression
from records.quality import Rule, Severity, any_of, at_latest, chart, has, row
from treatments.models import (
    AdverseEvent,
    CourseIntent,
    LocalTreatment,
    RadiotherapyCourse,
    SystemicCourse,
    ToxicityPhase,
)
from treatments.quality.systemic import PCT, PROGRESSION, RT

TOXICITY = ("worst_toxicity_grade",)
FATAL = 5
# What begins within 90 days of the start of radiotherapy is acute.
ACUTE = timedelta(days=90)
BEGUN = Q(start=None) | Q(start_first__lte=at_latest(OuterRef("onset_last")))
NAUSEA = {"term": "Nausea", "grade": 2}
SEPSIS = {"term": "Sepsis", "grade": 5}
DRY_MOUTH = {"term": "Dry mouth", "grade": 2, "phase": "late"}
OF_CANCER = row("death", date="2013-05", cause="cancer")
BY_TREATMENT = row("death", date="2013-05", cause="treatment")

RULES = (
    Rule(
        id="AE-01",
        model=AdverseEvent,
        field="grade",
        severity=Severity.ERROR,
        sentence="Grade 5 means death, but no death is entered.",
        breaks=Q(grade=FATAL) & ~has(Death),
        reads=(Death,),
        harms=(*TOXICITY, "os", "pfs"),
        broken=(chart(row("adverseevent", **SEPSIS)),),
        kept=(chart(BY_TREATMENT, row("adverseevent", **SEPSIS)), chart(row("adverseevent", **NAUSEA))),
    ),
    Rule(
        id="AE-02",
        model=AdverseEvent,
        field="resolution",
        severity=Severity.ERROR,
        sentence="An event of grade 5 cannot have resolved.",
        breaks=Q(grade=FATAL, resolution__isnull=False),
        harms=TOXICITY,
        broken=(chart(row("adverseevent", resolution="2013", **SEPSIS)),),
        kept=(
            chart(row("adverseevent", **SEPSIS)),
            chart(row("adverseevent", resolution="2013", **NAUSEA)),
        ),
    ),
    Rule(
        id="AE-03",
        model=AdverseEvent,
        field="phase",
        severity=Severity.MISSING,
        sentence="Neither the onset nor the phase of treatment of the event is entered.",
        breaks=Q(onset=None, phase=None),
        harms=TOXICITY,
        broken=(chart(row("adverseevent", **NAUSEA)),),
        kept=(
            chart(row("adverseevent", onset="2012", **NAUSEA)),
            chart(row("adverseevent", phase="pct", **NAUSEA)),
        ),
    ),
    Rule(
        id="AE-04",
        model=AdverseEvent,
        field="phase",
        severity=Severity.ERROR,
        sentence="The event is put under PCT, but no PCT had begun by then.",
        breaks=Q(phase=ToxicityPhase.PCT) & ~has(SystemicCourse, BEGUN, intent=CourseIntent.PALLIATIVE),
        reads=(SystemicCourse,),
        harms=TOXICITY,
        broken=(
            chart(row("adverseevent", phase="pct", **NAUSEA)),
            chart(
                row("systemiccourse", start="2012-05-17", **PCT),
                row("adverseevent", phase="pct", onset="2012-04", **NAUSEA),
            ),
        ),
        kept=(
            chart(
                row("systemiccourse", start="2012-05-17", **PCT),
                row("adverseevent", phase="pct", onset="2012-05", **NAUSEA),
            ),
        ),
    ),
    Rule(
        id="AE-05",
        model=AdverseEvent,
        field="phase",
        severity=Severity.ERROR,
        sentence="The event is put under radiotherapy, but none had begun by then.",
        breaks=Q(phase=ToxicityPhase.RT) & ~has(RadiotherapyCourse, BEGUN),
        reads=(RadiotherapyCourse,),
        harms=TOXICITY,
        broken=(
            chart(row("adverseevent", phase="rt", **NAUSEA)),
            chart(
                row("radiotherapycourse", start="2012-05-17", **RT),
                row("adverseevent", phase="rt", onset="2012-04", **NAUSEA),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-05-17", **RT),
                row("adverseevent", phase="rt", onset="2012-05", **NAUSEA),
            ),
        ),
    ),
    Rule(
        id="AE-06",
        model=AdverseEvent,
        field="phase",
        severity=Severity.WARNING,
        sentence="The event is called late, but began within 90 days of the start of radiotherapy.",
        breaks=Q(phase=ToxicityPhase.LATE)
        & has(
            RadiotherapyCourse,
            start_last__lte=OuterRef("onset_first"),
            start_first__gt=OuterRef("onset_last") - ACUTE,
        )
        & ~has(RadiotherapyCourse, start_first__lte=OuterRef("onset_last") - ACUTE),
        reads=(RadiotherapyCourse,),
        harms=TOXICITY,
        broken=(
            chart(
                row("radiotherapycourse", start="2012-05-17", **RT),
                row("adverseevent", onset="2012-07", **DRY_MOUTH),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-05-17", **RT),
                row("adverseevent", onset="2012-08", **DRY_MOUTH),
            ),
            # Late after the first course, which the second did not end.
            chart(
                row("radiotherapycourse", start="2012-05-17", **RT),
                row("radiotherapycourse", start="2014-05-17", **RT),
                row("adverseevent", onset="2014-07", **DRY_MOUTH),
            ),
        ),
    ),
    Rule(
        id="DT-02",
        model=Death,
        field="cause",
        severity=Severity.WARNING,
        sentence="The patient died of the cancer after treatment, but no progression is entered.",
        # Without treatment there is nothing from which progression would be told.
        breaks=Q(cause=CauseOfDeath.CANCER) & ~has(Progression) & any_of(has(SystemicCourse), has(RadiotherapyCourse)),
        reads=(Progression, SystemicCourse, RadiotherapyCourse),
        harms=PROGRESSION,
        broken=(chart(row("systemiccourse", **PCT), OF_CANCER), chart(row("radiotherapycourse", **RT), OF_CANCER)),
        kept=(
            chart(row("systemiccourse", **PCT), row("progression", date="2013", kind="distant"), OF_CANCER),
            chart(row("systemiccourse", **PCT), BY_TREATMENT),
            chart(OF_CANCER),
        ),
    ),
    Rule(
        id="DT-03",
        model=Death,
        field="cause",
        severity=Severity.ERROR,
        sentence="The death is put down to treatment, but no treatment is entered.",
        breaks=Q(cause=CauseOfDeath.TREATMENT) & ~has(SystemicCourse) & ~has(RadiotherapyCourse) & ~has(LocalTreatment),
        reads=(SystemicCourse, RadiotherapyCourse, LocalTreatment),
        harms=("treatment_group",),
        broken=(chart(BY_TREATMENT),),
        kept=(chart(row("systemiccourse", **PCT), BY_TREATMENT), chart(OF_CANCER)),
    ),
    Rule(
        id="DT-04",
        model=Death,
        field="cause",
        severity=Severity.MISSING,
        sentence="The death is put down to treatment, but no adverse event of grade 5 is entered.",
        breaks=Q(cause=CauseOfDeath.TREATMENT) & ~has(AdverseEvent, grade=FATAL),
        reads=(AdverseEvent,),
        harms=TOXICITY,
        broken=(chart(BY_TREATMENT),),
        kept=(chart(row("adverseevent", **SEPSIS), BY_TREATMENT),),
    ),
)
