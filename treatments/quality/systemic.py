"""Rules about courses of systemic treatment."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from patients.models import ContactStatus, Death, Diagnosis, FollowUp, Progression
from records.quality import At, Rule, Severity, any_of, at_earliest, at_latest, chart, has, row
from treatments.models import (
    AgentClass,
    ChemotherapyCycle,
    CourseIntent,
    RadiotherapyCourse,
    RadiotherapyIntent,
    RegimenDrug,
    StopReason,
    SystemicCourse,
)

PCT = {"intent": "palliative", "agent_class": "chemotherapy"}
CONCURRENT = {"intent": "concurrent", "agent_class": "chemotherapy"}
SECOND_LINE = {"intent": "later_line", "agent_class": "chemotherapy"}
RT = {"intent": "locoregional"}
PROGRESSION = ("pfs", "lrpfs", "dpfs", "lrp", "dp")
TWO_MONTHS = timedelta(days=62)
BEFORE_BIOPSY = timedelta(days=31)
CYCLES = ChemotherapyCycle.objects.filter(course=OuterRef("pk"), voided_at=None)
IN_REGIMEN = RegimenDrug.objects.filter(regimen=OuterRef("regimen"))
# Treatment that may have begun on the row's date, or that has no date.
BEGUN = Q(start=None) | Q(start_first__lte=OuterRef("date_last"))
STUDIED = (CourseIntent.PALLIATIVE, CourseIntent.CONCURRENT)

RULES = (
    Rule(
        id="SY-01",
        model=SystemicCourse,
        field="regimen",
        severity=Severity.MISSING,
        sentence="The regimen is not entered.",
        breaks=Q(regimen=None, agent_class=AgentClass.CHEMOTHERAPY, intent__in=STUDIED),
        harms=("pct_regimen", "concurrent_regimen"),
        broken=(chart(row("systemiccourse", **PCT)), chart(row("systemiccourse", **CONCURRENT))),
        kept=(chart(row("systemiccourse", regimen="GP", **PCT)), chart(row("systemiccourse", **SECOND_LINE))),
    ),
    Rule(
        id="SY-02",
        model=SystemicCourse,
        field="start",
        severity=Severity.MISSING,
        sentence="Neither the start of the course nor the day of one of its cycles is entered.",
        breaks=Q(start=None) & ~Exists(CYCLES.filter(day_1__isnull=False)),
        reads=(ChemotherapyCycle,),
        harms=("treatment_group", "interval_pct_to_rt", "response_to_pct", "concurrent_chemotherapy"),
        broken=(
            chart(row("systemiccourse", **PCT)),
            chart(row("systemiccourse", **PCT), row("chemotherapycycle", course=At(1), number=1)),
        ),
        kept=(
            chart(row("systemiccourse", start="2012-05", **PCT)),
            chart(row("systemiccourse", **PCT), row("chemotherapycycle", course=At(1), number=1, day_1="2012-05")),
        ),
    ),
    Rule(
        id="SY-03",
        model=SystemicCourse,
        field="",
        severity=Severity.MISSING,
        sentence="No cycle of the palliative chemotherapy is entered.",
        breaks=Q(intent=CourseIntent.PALLIATIVE, agent_class=AgentClass.CHEMOTHERAPY) & ~Exists(CYCLES),
        reads=(ChemotherapyCycle,),
        harms=("n_pct_cycles", "pct_cycles"),
        broken=(chart(row("systemiccourse", **PCT)),),
        kept=(
            chart(row("systemiccourse", **PCT), row("chemotherapycycle", course=At(1), number=1)),
            chart(row("systemiccourse", **CONCURRENT)),
        ),
    ),
    Rule(
        id="SY-04",
        model=SystemicCourse,
        field="start",
        severity=Severity.WARNING,
        sentence="The course began more than a month before the diagnosis.",
        breaks=has(Diagnosis, date_first__gt=OuterRef("start_last") + BEFORE_BIOPSY),
        reads=(Diagnosis,),
        harms=("diagnosis_date", "treatment_group"),
        broken=(chart(row("diagnosis", date="2012-05-17"), row("systemiccourse", start="2012-03", **PCT)),),
        kept=(
            chart(row("diagnosis", date="2012-05-17"), row("systemiccourse", start="2012-05-02", **PCT)),
            chart(row("diagnosis", date="2012-05-17"), row("systemiccourse", start="2012", **PCT)),
        ),
    ),
    Rule(
        id="SY-05",
        model=SystemicCourse,
        field="start",
        severity=Severity.WARNING,
        sentence="The course began before an earlier course of the same class had stopped.",
        breaks=has(
            SystemicCourse,
            ~Q(pk=OuterRef("pk")),
            agent_class=OuterRef("agent_class"),
            start_last__lt=OuterRef("start_first"),
            stop_first__gt=OuterRef("start_last"),
        ),
        harms=("n_pct_cycles", "pct_regimen", "treatment_group"),
        broken=(
            chart(
                row("systemiccourse", start="2012-01", stop="2012-05", **PCT),
                row("systemiccourse", start="2012-03", **SECOND_LINE),
            ),
        ),
        kept=(
            chart(
                row("systemiccourse", start="2012-01", stop="2012-05", **PCT),
                row("systemiccourse", start="2012-05", **SECOND_LINE),
            ),
            chart(
                row("systemiccourse", start="2012-01", stop="2012-05", **PCT),
                row("systemiccourse", start="2012-03", intent="palliative", agent_class="anti_egfr"),
            ),
        ),
    ),
    Rule(
        id="SY-06",
        model=SystemicCourse,
        field="intent",
        severity=Severity.ERROR,
        sentence="The course is concurrent, but no locoregional radiotherapy was given at that time.",
        breaks=Q(intent=CourseIntent.CONCURRENT)
        & ~has(
            RadiotherapyCourse,
            Q(start=None) | Q(start_first__lte=at_latest(OuterRef("stop_last"))),
            Q(end=None) | Q(end_last__gte=at_earliest(OuterRef("start_first"))),
            intent=RadiotherapyIntent.LOCOREGIONAL,
        ),
        reads=(RadiotherapyCourse,),
        harms=("concurrent_chemotherapy", "concurrent_regimen", "treatment_group"),
        broken=(
            chart(row("systemiccourse", start="2012-08", **CONCURRENT)),
            chart(
                row("radiotherapycourse", start="2012-05", end="2012-06", **RT),
                row("systemiccourse", start="2012-08", **CONCURRENT),
            ),
            chart(
                row("radiotherapycourse", start="2012-05", end="2012-06", **RT),
                row("systemiccourse", start="2012-02", stop="2012-04", **CONCURRENT),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-05", end="2012-06", **RT),
                row("systemiccourse", start="2012-06", **CONCURRENT),
            ),
            chart(row("radiotherapycourse", start="2012-05", end="2012-06", **RT), row("systemiccourse", **CONCURRENT)),
        ),
    ),
    Rule(
        id="SY-07",
        model=SystemicCourse,
        field="start",
        severity=Severity.WARNING,
        sentence="A later line began, but no progression is entered before it.",
        breaks=Q(intent=CourseIntent.LATER_LINE) & ~has(Progression, date_first__lte=at_latest(OuterRef("start_last"))),
        reads=(Progression,),
        harms=PROGRESSION,
        broken=(
            chart(row("systemiccourse", start="2012-08", **SECOND_LINE)),
            chart(
                row("progression", date="2012-09", kind="distant"),
                row("systemiccourse", start="2012-08", **SECOND_LINE),
            ),
        ),
        kept=(
            chart(
                row("progression", date="2012", kind="distant"), row("systemiccourse", start="2012-08", **SECOND_LINE)
            ),
        ),
    ),
    Rule(
        id="SY-08",
        model=SystemicCourse,
        field="agent_class",
        severity=Severity.ERROR,
        sentence="No drug of the regimen is of the class entered for the course.",
        breaks=Exists(IN_REGIMEN) & ~Exists(IN_REGIMEN.filter(drug__agent_class=OuterRef("agent_class"))),
        harms=("immunotherapy", "anti_egfr", "pct_regimen", "treatment_group"),
        broken=(chart(row("systemiccourse", intent="palliative", agent_class="checkpoint_inhibitor", regimen="GP")),),
        kept=(
            chart(row("systemiccourse", regimen="GP", **PCT)),
            chart(row("systemiccourse", intent="palliative", agent_class="checkpoint_inhibitor")),
        ),
    ),
    Rule(
        id="SY-09",
        model=SystemicCourse,
        field="stop_reason",
        severity=Severity.MISSING,
        sentence="The course stopped for progression, but none is entered within two months of it.",
        breaks=Q(stop_reason=StopReason.PROGRESSION)
        & ~has(
            Progression,
            date_first__lte=at_latest(OuterRef("stop_last")) + TWO_MONTHS,
            date_last__gte=at_earliest(OuterRef("stop_first")) - TWO_MONTHS,
        ),
        reads=(Progression,),
        harms=PROGRESSION,
        broken=(
            chart(row("systemiccourse", stop_reason="progression", **PCT)),
            chart(
                row("progression", date="2012-09", kind="distant"),
                row("systemiccourse", stop="2012-05-17", stop_reason="progression", **PCT),
            ),
        ),
        kept=(
            chart(
                row("progression", date="2012-07", kind="distant"),
                row("systemiccourse", stop="2012-05-17", stop_reason="progression", **PCT),
            ),
            chart(
                row("progression", date="2012-07", kind="distant"),
                row("systemiccourse", stop_reason="progression", **PCT),
            ),
            chart(row("systemiccourse", stop="2012-05", stop_reason="toxicity", **PCT)),
        ),
    ),
    Rule(
        id="SY-10",
        model=SystemicCourse,
        field="stop_reason",
        severity=Severity.ERROR,
        sentence="The course stopped because the patient died, but no death is entered.",
        breaks=Q(stop_reason=StopReason.DEATH) & ~has(Death),
        reads=(Death,),
        harms=("os", *PROGRESSION),
        broken=(chart(row("systemiccourse", stop_reason="death", **PCT)),),
        kept=(
            chart(row("death", date="2013", cause="cancer"), row("systemiccourse", stop_reason="death", **PCT)),
            chart(row("systemiccourse", stop_reason="refusal", **PCT)),
        ),
    ),
    Rule(
        id="SY-11",
        model=SystemicCourse,
        field="stop",
        severity=Severity.MISSING,
        sentence="There is no contact with the living patient after this course, and no death.",
        breaks=Q(last_day__isnull=False)
        & has(FollowUp)
        & ~has(FollowUp, status=ContactStatus.ALIVE, date_last__gte=OuterRef("last_day"))
        & ~has(Death),
        given={"last_day": Coalesce("stop_first", "start_first")},
        reads=(FollowUp, Death),
        harms=("os", *PROGRESSION),
        broken=(
            chart(
                row("followup", date="2012-04", status="alive"),
                row("systemiccourse", start="2012-03", stop="2012-05", **PCT),
            ),
        ),
        kept=(
            chart(
                row("followup", date="2012-05", status="alive"),
                row("systemiccourse", start="2012-03", stop="2012-05", **PCT),
            ),
            chart(row("systemiccourse", start="2012-03", **PCT)),
            chart(row("followup", date="2012-05", status="lost"), row("systemiccourse", **PCT)),
        ),
    ),
    Rule(
        id="PG-06",
        model=Progression,
        field="date",
        severity=Severity.WARNING,
        sentence="The progression is dated before the first treatment began.",
        breaks=any_of(has(SystemicCourse), has(RadiotherapyCourse))
        & ~has(SystemicCourse, BEGUN)
        & ~has(RadiotherapyCourse, BEGUN),
        reads=(SystemicCourse, RadiotherapyCourse),
        harms=PROGRESSION,
        broken=(
            chart(row("systemiccourse", start="2012-05", **PCT), row("progression", date="2012-04", kind="distant")),
            chart(row("radiotherapycourse", start="2012-05", **RT), row("progression", date="2012-04", kind="distant")),
        ),
        kept=(
            chart(row("systemiccourse", start="2012-05", **PCT), row("progression", date="2012", kind="distant")),
            chart(
                row("systemiccourse", **PCT),
                row("radiotherapycourse", start="2012-05", **RT),
                row("progression", date="2012-04", kind="distant"),
            ),
            chart(row("progression", date="2012-04", kind="distant")),
        ),
    ),
)
