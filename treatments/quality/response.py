"""Rules about response assessments and their target lesions."""

from datetime import timedelta

from django.db.models import Count, F, OuterRef, Q, Subquery

from patients.models import Progression
from records.quality import At, Rule, Severity, at_earliest, at_latest, chart, has, in_words, row
from treatments import recist
from treatments.models import (
    AgentClass,
    CourseIntent,
    RadiotherapyCourse,
    RadiotherapyIntent,
    ResponseAssessment,
    ResponseCategory,
    ResponseTimepoint,
    SystemicCourse,
    TargetLesion,
)
from treatments.quality.systemic import PCT, PROGRESSION, RT, SECOND_LINE

RESPONSE = ("response_to_pct",)
TWO_MONTHS = timedelta(days=62)
MOST_LESIONS = 5  # RECIST 1.1
AFTER_PCT, AFTER_RT = {"timepoint": "after_pct"}, {"timepoint": "after_rt"}
LESIONS = TargetLesion.objects.filter(assessment=OuterRef("pk"), voided_at=None).order_by()
N_LESIONS = Subquery(LESIONS.values("assessment").annotate(n=Count("pk")).values("n"))
# Treatment that may have begun when the assessment was made, or that has no date.
BEGUN = Q(start=None) | Q(start_first__lte=at_latest(OuterRef("date_last")))


def lesion(**values: object) -> tuple[str, dict[str, object]]:
    name, of_all = row("targetlesion", assessment=At(1), location="Nasopharynx", **values)
    return name, dict(of_all)


RULES = (
    Rule(
        id="RS-01",
        model=SystemicCourse,
        field="",
        severity=Severity.MISSING,
        sentence="No response assessment after the palliative chemotherapy is entered.",
        breaks=Q(intent=CourseIntent.PALLIATIVE, agent_class=AgentClass.CHEMOTHERAPY, stop__isnull=False)
        & ~has(
            ResponseAssessment,
            Q(timepoint=ResponseTimepoint.AFTER_PCT)
            | Q(
                date_last__gte=at_earliest(OuterRef("start_first")),
                date_first__lte=OuterRef("stop_last") + TWO_MONTHS,
            ),
        ),
        reads=(ResponseAssessment,),
        harms=RESPONSE,
        broken=(chart(row("systemiccourse", stop="2012-08", **PCT)),),
        kept=(
            chart(row("systemiccourse", stop="2012-08", **PCT), row("responseassessment", **AFTER_PCT)),
            chart(
                row("systemiccourse", stop="2012-08", **PCT),
                row("responseassessment", timepoint="follow_up", date="2012-09"),
            ),
            chart(row("systemiccourse", **PCT)),
        ),
    ),
    Rule(
        id="RS-02",
        model=ResponseAssessment,
        field="category",
        severity=Severity.MISSING,
        sentence="The assessment has no category.",
        breaks=Q(category=None),
        harms=RESPONSE,
        broken=(chart(row("responseassessment", **AFTER_PCT)),),
        kept=(chart(row("responseassessment", category="PR", **AFTER_PCT)),),
    ),
    Rule(
        id="RS-03",
        model=ResponseAssessment,
        field="date",
        severity=Severity.MISSING,
        sentence="The assessment has no date.",
        breaks=Q(date=None),
        harms=RESPONSE,
        broken=(chart(row("responseassessment", **AFTER_PCT)),),
        kept=(chart(row("responseassessment", date="2012", **AFTER_PCT)),),
    ),
    Rule(
        id="RS-04",
        model=ResponseAssessment,
        field="category",
        severity=Severity.WARNING,
        sentence="The target lesions imply another category; lesions that are not measured may be the reason.",
        breaks=Q(implied__isnull=False) & ~Q(category=F("implied")) & Q(category__isnull=False),
        given={"implied": recist.in_sql()},
        value=in_words("{category} entered, {implied} by the target lesions"),
        reads=(TargetLesion,),
        harms=RESPONSE,
        broken=(
            chart(row("responseassessment", category="SD", **AFTER_PCT), lesion(baseline_mm=40, current_mm=20)),
            chart(row("responseassessment", category="CR", **AFTER_PCT), lesion(baseline_mm=40, current_mm=2)),
            chart(
                row("responseassessment", category="PR", **AFTER_PCT),
                lesion(baseline_mm=40, smallest_mm=20, current_mm=26),
            ),
        ),
        kept=(
            chart(row("responseassessment", category="PR", **AFTER_PCT), lesion(baseline_mm=40, current_mm=20)),
            chart(row("responseassessment", category="PR", **AFTER_PCT)),
            chart(row("responseassessment", **AFTER_PCT), lesion(baseline_mm=40, current_mm=20)),
        ),
    ),
    Rule(
        id="RS-05",
        model=ResponseAssessment,
        field="category",
        severity=Severity.MISSING,
        sentence="The disease progressed by this assessment, but no progression is entered within two months of it.",
        breaks=Q(category=ResponseCategory.PD)
        & ~has(
            Progression,
            date_first__lte=at_latest(OuterRef("date_last")) + TWO_MONTHS,
            date_last__gte=at_earliest(OuterRef("date_first")) - TWO_MONTHS,
        ),
        reads=(Progression,),
        harms=PROGRESSION,
        broken=(
            chart(row("responseassessment", category="PD", date="2012-08", **AFTER_PCT)),
            chart(
                row("progression", date="2013", kind="distant"),
                row("responseassessment", category="PD", date="2012-08", **AFTER_PCT),
            ),
        ),
        kept=(
            chart(
                row("progression", date="2012-09-20", kind="distant"),
                row("responseassessment", category="PD", date="2012-08", **AFTER_PCT),
            ),
            chart(
                row("progression", date="2012-09-20", kind="distant"),
                row("responseassessment", category="PD", **AFTER_PCT),
            ),
            chart(row("responseassessment", category="SD", date="2012-08", **AFTER_PCT)),
        ),
    ),
    Rule(
        id="RS-06",
        model=ResponseAssessment,
        field="category",
        severity=Severity.WARNING,
        sentence="After PD under PCT locoregional radiotherapy followed without a second line.",
        breaks=Q(timepoint=ResponseTimepoint.AFTER_PCT, category=ResponseCategory.PD)
        & has(
            RadiotherapyCourse,
            intent=RadiotherapyIntent.LOCOREGIONAL,
            start_first__gt=OuterRef("date_last"),
        )
        & ~has(SystemicCourse, intent=CourseIntent.LATER_LINE),
        reads=(RadiotherapyCourse, SystemicCourse),
        harms=(*RESPONSE, "treatment_group"),
        broken=(
            chart(
                row("radiotherapycourse", start="2012-09", **RT),
                row("responseassessment", category="PD", date="2012-08", **AFTER_PCT),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-09", **RT),
                row("systemiccourse", start="2012-08", **SECOND_LINE),
                row("responseassessment", category="PD", date="2012-08", **AFTER_PCT),
            ),
            chart(
                row("radiotherapycourse", start="2012-09", **RT),
                row("responseassessment", category="SD", date="2012-08", **AFTER_PCT),
            ),
            chart(row("responseassessment", category="PD", date="2012-08", **AFTER_PCT)),
        ),
    ),
    Rule(
        id="RS-07",
        model=ResponseAssessment,
        field="timepoint",
        severity=Severity.ERROR,
        sentence="The assessment is called one after PCT, but no PCT had begun by then.",
        breaks=Q(timepoint=ResponseTimepoint.AFTER_PCT) & ~has(SystemicCourse, BEGUN, intent=CourseIntent.PALLIATIVE),
        reads=(SystemicCourse,),
        harms=RESPONSE,
        broken=(
            chart(row("responseassessment", date="2012-08", **AFTER_PCT)),
            chart(
                row("systemiccourse", start="2012-09", **PCT), row("responseassessment", date="2012-08", **AFTER_PCT)
            ),
        ),
        kept=(
            chart(
                row("systemiccourse", start="2012-08", **PCT), row("responseassessment", date="2012-08", **AFTER_PCT)
            ),
            chart(row("systemiccourse", **PCT), row("responseassessment", date="2012-08", **AFTER_PCT)),
            chart(row("systemiccourse", start="2012-08", **PCT), row("responseassessment", **AFTER_PCT)),
        ),
    ),
    Rule(
        id="RS-08",
        model=ResponseAssessment,
        field="timepoint",
        severity=Severity.ERROR,
        sentence="The assessment is called one after radiotherapy, but none had begun by then.",
        breaks=Q(timepoint=ResponseTimepoint.AFTER_RT) & ~has(RadiotherapyCourse, BEGUN),
        reads=(RadiotherapyCourse,),
        harms=RESPONSE,
        broken=(
            chart(row("responseassessment", **AFTER_RT)),
            chart(
                row("radiotherapycourse", start="2012-09", **RT),
                row("responseassessment", date="2012-08", **AFTER_RT),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-08", **RT),
                row("responseassessment", date="2012-08", **AFTER_RT),
            ),
            chart(row("radiotherapycourse", **RT), row("responseassessment", date="2012-08", **AFTER_RT)),
        ),
    ),
    Rule(
        id="RS-09",
        model=ResponseAssessment,
        field="",
        severity=Severity.WARNING,
        sentence=f"RECIST 1.1 measures {MOST_LESIONS} target lesions at most.",
        breaks=Q(n__gt=MOST_LESIONS),
        given={"n": N_LESIONS},
        value=in_words("{n} lesions"),
        reads=(TargetLesion,),
        harms=RESPONSE,
        broken=(chart(row("responseassessment", **AFTER_PCT), *[lesion(baseline_mm=20, current_mm=10)] * 6),),
        kept=(chart(row("responseassessment", **AFTER_PCT), *[lesion(baseline_mm=20, current_mm=10)] * 5),),
    ),
    Rule(
        id="RS-10",
        model=TargetLesion,
        field="smallest_mm",
        severity=Severity.ERROR,
        sentence="The smallest diameter so far is larger than the one at baseline.",
        breaks=Q(smallest_mm__gt=F("baseline_mm")),
        value=in_words("{smallest_mm} mm, baseline {baseline_mm} mm"),
        harms=RESPONSE,
        broken=(chart(row("responseassessment", **AFTER_PCT), lesion(baseline_mm=20, smallest_mm=30, current_mm=30)),),
        kept=(chart(row("responseassessment", **AFTER_PCT), lesion(baseline_mm=20, smallest_mm=20, current_mm=30)),),
    ),
)
