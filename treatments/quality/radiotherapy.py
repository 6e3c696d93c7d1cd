"""Rules about courses of radiotherapy and their volumes."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Coalesce

from patients.models import ContactStatus, Death, Diagnosis, FollowUp, PerformanceStatus, Timepoint
from records.quality import At, Days, Rule, Severity, any_of, chart, has, in_words, row
from treatments.guideline import FRACTIONS, FRACTIONS_PER_WEEK, VOLUME_GY
from treatments.models import RadiotherapyCourse, RadiotherapyIntent, RadiotherapyVolume, Technique, VolumeKind
from treatments.quality.systemic import PROGRESSION, RT

DOSES = ("rt_dose_planned", "rt_dose_delivered", "rt_dose_group")
DATES = ("rt_start_date", "interval_pct_to_rt", "treatment_group", "kps_before_rt", "concurrent_chemotherapy")
MONTH = timedelta(days=30)
LEAST_GY, MOST_GY = Decimal("1.2"), Decimal(4)  # per fraction
LOCOREGIONAL = Q(intent=RadiotherapyIntent.LOCOREGIONAL)
MODULATED = (Technique.IMRT, Technique.VMAT)
GROSS = (VolumeKind.GTVNX, VolumeKind.GTVND)
VOLUMES = RadiotherapyVolume.objects.filter(course=OuterRef("pk"), voided_at=None)
NASOPHARYNX = has(Diagnosis, primary_site__startswith="C11")
# Fractions that the days of a course hold at most: a week of five begins and ends with its five days of treatment.
AT_MOST = Days(F("end_last"), F("start_first")) * Coalesce(F("fractions_per_week"), 10) / 7.0 + 2.5
SLACK_DAYS = 14
LONGEST = F("fractions_given") * 7.0 / FRACTIONS_PER_WEEK + Coalesce(F("interruption_days"), 0) + SLACK_DAYS
GY_PER_FRACTION = Case(
    When(delivered_dose_gy__gt=0, fractions_given__gt=0, then=F("delivered_dose_gy") / F("fractions_given")),
    When(planned_dose_gy__gt=0, then=F("planned_dose_gy") / F("fractions_planned")),
)
NPC = row("diagnosis", primary_site="C11.9")
IMRT = {"technique": "imrt", **RT}
PAIRS = ((VolumeKind.CTV2, VolumeKind.CTV1), (VolumeKind.CTV1, VolumeKind.GTVNX), (VolumeKind.CTV2, VolumeKind.GTVNX))


def missing(id: str, field: str, sentence: str, harms: tuple[str, ...], value: object) -> Rule:
    """A rule that an item of a locoregional course is not entered; ``value`` is a good one."""
    return Rule(
        id=id,
        model=RadiotherapyCourse,
        field=field,
        severity=Severity.MISSING,
        sentence=sentence,
        breaks=LOCOREGIONAL & Q(**{field: None}),
        harms=harms,
        broken=(chart(row("radiotherapycourse", **RT)),),
        kept=(
            chart(row("radiotherapycourse", **RT, **{field: value})),
            chart(row("radiotherapycourse", intent="metastasis")),
        ),
    )


def dose_missing(id: str, of_course: str, of_volume: str, sentence: str, harms: tuple[str, ...]) -> Rule:
    """A rule that neither a locoregional course nor one of its gross tumour volumes has a dose."""
    return Rule(
        id=id,
        model=RadiotherapyCourse,
        field=of_course,
        severity=Severity.MISSING,
        sentence=sentence,
        breaks=LOCOREGIONAL
        & Q(**{of_course: None})
        & ~Exists(VOLUMES.filter(volume__in=GROSS, **{f"{of_volume}__isnull": False})),
        reads=(RadiotherapyVolume,),
        harms=harms,
        broken=(
            chart(row("radiotherapycourse", **RT)),
            chart(
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(1), volume="ctv1", **{of_volume: 60}),
            ),
        ),
        kept=(
            chart(row("radiotherapycourse", **RT, **{of_course: 70})),
            chart(
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", **{of_volume: 70}),
            ),
        ),
    )


def outside(kind: VolumeKind) -> Q:
    low, high = VOLUME_GY[kind]
    return Q(volume=kind) & (Q(prescribed_gy__lt=low) | Q(prescribed_gy__gt=high))


def hotter(inner: VolumeKind, outer: VolumeKind) -> Q:
    """An outer volume has a higher dose than one inside it."""
    beside = RadiotherapyVolume.objects.filter(course=OuterRef("course"), voided_at=None, volume=inner)
    return Q(Exists(beside.filter(prescribed_gy__lt=OuterRef("prescribed_gy"))), volume=outer)


RULES = (
    missing("RT-01", "start", "The start of the radiotherapy is not entered.", DATES, "2012"),
    missing(
        "RT-02",
        "end",
        "The end of the radiotherapy is not entered.",
        ("concurrent_chemotherapy", "concurrent_regimen", "treatment_group"),
        "2012",
    ),
    missing(
        "RT-03",
        "technique",
        "The technique of the radiotherapy is not entered.",
        ("rt_technique", "rt_technique_detailed"),
        "imrt",
    ),
    dose_missing(
        "RT-04",
        "planned_dose_gy",
        "prescribed_gy",
        "The planned dose is entered neither for the course nor for a gross tumour volume.",
        ("rt_dose_planned", "rt_dose_group"),
    ),
    dose_missing(
        "RT-05",
        "delivered_dose_gy",
        "delivered_gy",
        "The dose delivered is entered neither for the course nor for a gross tumour volume.",
        ("rt_dose_delivered",),
    ),
    Rule(
        id="RT-06",
        model=RadiotherapyCourse,
        field="delivered_dose_gy",
        severity=Severity.ERROR,
        sentence="The dose delivered is higher than the dose planned.",
        breaks=Q(delivered_dose_gy__gt=F("planned_dose_gy")),
        value=in_words("{delivered_dose_gy} Gy of {planned_dose_gy} Gy"),
        harms=DOSES,
        broken=(chart(row("radiotherapycourse", planned_dose_gy=66, delivered_dose_gy=70, **RT)),),
        kept=(
            chart(row("radiotherapycourse", planned_dose_gy=70, delivered_dose_gy=66, **RT)),
            chart(row("radiotherapycourse", delivered_dose_gy=66, **RT)),
        ),
    ),
    Rule(
        id="RT-07",
        model=RadiotherapyCourse,
        field="fractions_given",
        severity=Severity.ERROR,
        sentence="More fractions were given than planned.",
        breaks=Q(fractions_given__gt=F("fractions_planned")),
        value=in_words("{fractions_given} of {fractions_planned}"),
        harms=DOSES,
        broken=(chart(row("radiotherapycourse", fractions_planned=33, fractions_given=35, **RT)),),
        kept=(chart(row("radiotherapycourse", fractions_planned=33, fractions_given=30, **RT)),),
    ),
    Rule(
        id="RT-08",
        model=RadiotherapyCourse,
        field="planned_dose_gy",
        severity=Severity.WARNING,
        sentence=f"Dose and fractions give less than {LEAST_GY} or more than {MOST_GY} Gy per fraction.",
        breaks=LOCOREGIONAL & (Q(each__lt=LEAST_GY) | Q(each__gt=MOST_GY)),
        given={"each": GY_PER_FRACTION},
        value=in_words("{planned_dose_gy} Gy in {fractions_planned} fractions"),
        harms=DOSES,
        broken=(
            chart(row("radiotherapycourse", planned_dose_gy=70, fractions_planned=7, **RT)),
            chart(row("radiotherapycourse", delivered_dose_gy=30, fractions_given=30, **RT)),
        ),
        kept=(
            chart(row("radiotherapycourse", planned_dose_gy=70, fractions_planned=33, **RT)),
            chart(row("radiotherapycourse", planned_dose_gy=24, fractions_planned=3, intent="metastasis")),
            chart(row("radiotherapycourse", planned_dose_gy=70, **RT)),
        ),
    ),
    Rule(
        id="RT-09",
        model=RadiotherapyCourse,
        field="fractions_planned",
        severity=Severity.WARNING,
        sentence=f"The guideline for modulated radiotherapy gives {FRACTIONS[0]} to {FRACTIONS[1]} fractions.",
        breaks=LOCOREGIONAL
        & Q(technique__in=MODULATED)
        & (Q(fractions_planned__lt=FRACTIONS[0]) | Q(fractions_planned__gt=FRACTIONS[1]))
        & NASOPHARYNX,
        reads=(Diagnosis,),
        harms=DOSES,
        broken=(chart(NPC, row("radiotherapycourse", fractions_planned=25, **IMRT)),),
        kept=(
            chart(NPC, row("radiotherapycourse", fractions_planned=33, **IMRT)),
            chart(NPC, row("radiotherapycourse", fractions_planned=25, technique="2d", **RT)),
            chart(row("diagnosis", primary_site="C32"), row("radiotherapycourse", fractions_planned=25, **IMRT)),
        ),
    ),
    Rule(
        id="RT-10",
        model=RadiotherapyCourse,
        field="fractions_per_week",
        severity=Severity.WARNING,
        sentence=f"The guideline gives {FRACTIONS_PER_WEEK} fractions a week.",
        breaks=LOCOREGIONAL
        & Q(technique__in=MODULATED, fractions_per_week__isnull=False)
        & ~Q(fractions_per_week=FRACTIONS_PER_WEEK)
        & NASOPHARYNX,
        reads=(Diagnosis,),
        broken=(chart(NPC, row("radiotherapycourse", fractions_per_week=6, **IMRT)),),
        kept=(
            chart(NPC, row("radiotherapycourse", fractions_per_week=5, **IMRT)),
            chart(NPC, row("radiotherapycourse", **IMRT)),
        ),
    ),
    Rule(
        id="RT-11",
        model=RadiotherapyCourse,
        field="end",
        severity=Severity.ERROR,
        sentence="So many fractions do not fit between start and end.",
        breaks=Q(fractions_given__gt=F("at_most")),
        given={"at_most": AT_MOST},
        value=in_words("{fractions_given} fractions from {start} to {end}"),
        harms=("rt_start_date", "rt_dose_delivered", "concurrent_chemotherapy"),
        broken=(
            chart(
                row(
                    "radiotherapycourse",
                    start="2012-05-07",
                    end="2012-06-01",
                    fractions_given=33,
                    fractions_per_week=5,
                    **RT,
                )
            ),
        ),
        kept=(
            # Monday of the first to Wednesday of the seventh week.
            chart(
                row(
                    "radiotherapycourse",
                    start="2012-05-07",
                    end="2012-06-20",
                    fractions_given=33,
                    fractions_per_week=5,
                    **RT,
                )
            ),
            chart(row("radiotherapycourse", start="2012-05", end="2012-06", fractions_given=33, **RT)),
            # One week, Monday to Friday.
            chart(
                row(
                    "radiotherapycourse",
                    start="2012-05-07",
                    end="2012-05-11",
                    fractions_given=5,
                    fractions_per_week=5,
                    intent="metastasis",
                )
            ),
        ),
    ),
    Rule(
        id="RT-12",
        model=RadiotherapyCourse,
        field="interruption_days",
        severity=Severity.WARNING,
        sentence="The course took over two weeks longer than its fractions and the interruption entered explain.",
        breaks=LOCOREGIONAL & Q(took__gt=LONGEST),
        given={"took": Days(F("end_first"), F("start_last"))},
        value=in_words("{fractions_given} fractions from {start} to {end}"),
        harms=("rt_start_date", "concurrent_chemotherapy"),
        broken=(chart(row("radiotherapycourse", start="2012-05-07", end="2012-07-20", fractions_given=33, **RT)),),
        kept=(
            chart(row("radiotherapycourse", start="2012-05-07", end="2012-07-05", fractions_given=33, **RT)),
            chart(
                row(
                    "radiotherapycourse",
                    start="2012-05-07",
                    end="2012-07-20",
                    fractions_given=33,
                    interruption_days=21,
                    **RT,
                )
            ),
        ),
    ),
    Rule(
        id="RT-13",
        model=RadiotherapyCourse,
        field="start",
        severity=Severity.WARNING,
        sentence="The radiotherapy began more than a month before the diagnosis.",
        breaks=has(Diagnosis, date_first__gt=OuterRef("start_last") + MONTH),
        reads=(Diagnosis,),
        harms=("diagnosis_date", "rt_start_date", "treatment_group"),
        broken=(chart(row("diagnosis", date="2012-05-17"), row("radiotherapycourse", start="2012-03", **RT)),),
        kept=(
            chart(row("diagnosis", date="2012-05-17"), row("radiotherapycourse", start="2012-05-02", **RT)),
            chart(row("diagnosis", date="2012-05-17"), row("radiotherapycourse", start="2012", **RT)),
        ),
    ),
    Rule(
        id="RT-14",
        model=RadiotherapyCourse,
        field="start",
        severity=Severity.ERROR,
        sentence="A locoregional course began before an earlier one had ended.",
        breaks=LOCOREGIONAL
        & has(
            RadiotherapyCourse,
            ~Q(pk=OuterRef("pk")),
            LOCOREGIONAL,
            start_last__lt=OuterRef("start_first"),
            end_first__gt=OuterRef("start_last"),
        ),
        harms=("rt_start_date", *DOSES),
        broken=(
            chart(
                row("radiotherapycourse", start="2012-05-07", end="2012-06-20", **RT),
                row("radiotherapycourse", start="2012-06-01", **RT),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-05-07", end="2012-06-20", **RT),
                row("radiotherapycourse", start="2012-06", **RT),
            ),
        ),
    ),
    Rule(
        id="RT-15",
        model=RadiotherapyCourse,
        field="start",
        severity=Severity.MISSING,
        sentence="No KPS is entered for the 30 days before the start of the radiotherapy.",
        breaks=LOCOREGIONAL
        & Q(start__isnull=False)
        & ~has(
            PerformanceStatus,
            Q(date_last__gte=OuterRef("start_first") - MONTH, date_first__lte=OuterRef("start_last"))
            | Q(date=None, timepoint=Timepoint.BEFORE_RT),
            kps__isnull=False,
        ),
        reads=(PerformanceStatus,),
        harms=("kps", "kps_before_rt"),
        broken=(
            chart(row("radiotherapycourse", start="2012-05-07", **RT)),
            chart(
                row("performancestatus", timepoint="baseline", kps=90, date="2012-03"),
                row("radiotherapycourse", start="2012-05-07", **RT),
            ),
        ),
        kept=(
            chart(
                row("performancestatus", timepoint="baseline", kps=90, date="2012-04"),
                row("radiotherapycourse", start="2012-05-07", **RT),
            ),
            chart(
                row("performancestatus", timepoint="before_rt", kps=90),
                row("radiotherapycourse", start="2012-05-07", **RT),
            ),
        ),
    ),
    Rule(
        id="RT-16",
        model=PerformanceStatus,
        field="timepoint",
        severity=Severity.ERROR,
        sentence="The performance status is called one before radiotherapy, but is dated after its start.",
        breaks=Q(timepoint=Timepoint.BEFORE_RT)
        & has(RadiotherapyCourse, LOCOREGIONAL, start_last__lt=OuterRef("date_first"))
        & ~has(RadiotherapyCourse, start_last__gte=OuterRef("date_first")),
        reads=(RadiotherapyCourse,),
        harms=("kps", "kps_before_rt"),
        broken=(
            chart(
                row("radiotherapycourse", start="2012-05-07", **RT),
                row("performancestatus", timepoint="before_rt", kps=90, date="2012-05-08"),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", start="2012-05-07", **RT),
                row("performancestatus", timepoint="before_rt", kps=90, date="2012-05"),
            ),
            # Before the second course.
            chart(
                row("radiotherapycourse", start="2012-05-07", **RT),
                row("radiotherapycourse", start="2014-05-07", **RT),
                row("performancestatus", timepoint="before_rt", kps=90, date="2014-05-01"),
            ),
        ),
    ),
    Rule(
        id="RT-17",
        model=RadiotherapyCourse,
        field="end",
        severity=Severity.MISSING,
        sentence="There is no contact with the living patient after this radiotherapy, and no death.",
        breaks=Q(last_day__isnull=False)
        & has(FollowUp)
        & ~has(FollowUp, status=ContactStatus.ALIVE, date_last__gte=OuterRef("last_day"))
        & ~has(Death),
        given={"last_day": Coalesce("end_first", "start_first")},
        reads=(FollowUp, Death),
        harms=("os", *PROGRESSION),
        broken=(
            chart(
                row("followup", date="2012-04", status="alive"),
                row("radiotherapycourse", start="2012-03", end="2012-05", **RT),
            ),
        ),
        kept=(
            chart(
                row("followup", date="2012-05", status="alive"),
                row("radiotherapycourse", start="2012-03", end="2012-05", **RT),
            ),
            chart(row("radiotherapycourse", start="2012-03", **RT)),
        ),
    ),
    Rule(
        id="RV-01",
        model=RadiotherapyVolume,
        field="prescribed_gy",
        severity=Severity.WARNING,
        sentence="The dose prescribed lies outside what the guideline gives for this volume.",
        breaks=Q(course__intent=RadiotherapyIntent.LOCOREGIONAL, course__technique__in=MODULATED)
        & any_of(*(outside(kind) for kind in VOLUME_GY))
        & NASOPHARYNX,
        value=in_words("{volume} {prescribed_gy} Gy"),
        reads=(RadiotherapyCourse, Diagnosis),
        harms=("rt_dose_planned", "rt_dose_group"),
        broken=(
            chart(
                NPC,
                row("radiotherapycourse", **IMRT),
                row("radiotherapyvolume", course=At(2), volume="gtvnx", prescribed_gy=60),
            ),
            chart(
                NPC,
                row("radiotherapycourse", **IMRT),
                row("radiotherapyvolume", course=At(2), volume="ctv2", prescribed_gy=60),
            ),
        ),
        kept=(
            chart(
                NPC,
                row("radiotherapycourse", **IMRT),
                row("radiotherapyvolume", course=At(2), volume="gtvnx", prescribed_gy=70),
            ),
            chart(
                NPC,
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(2), volume="gtvnx", prescribed_gy=60),
            ),
        ),
    ),
    Rule(
        id="RV-02",
        model=RadiotherapyVolume,
        field="prescribed_gy",
        severity=Severity.ERROR,
        sentence="An outer volume has a higher dose than one that lies inside it.",
        breaks=any_of(*(hotter(inner, outer) for outer, inner in PAIRS)),
        harms=("rt_dose_planned", "rt_dose_group"),
        broken=(
            chart(
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", prescribed_gy=60),
                row("radiotherapyvolume", course=At(1), volume="ctv1", prescribed_gy=66),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", prescribed_gy=70),
                row("radiotherapyvolume", course=At(1), volume="ctv1", prescribed_gy=60),
            ),
        ),
    ),
    Rule(
        id="RV-03",
        model=RadiotherapyVolume,
        field="prescribed_gy",
        severity=Severity.ERROR,
        sentence="The volume has a higher dose than the whole course was planned with.",
        breaks=Q(prescribed_gy__gt=F("course__planned_dose_gy")),
        value=in_words("{prescribed_gy} Gy, course {course__planned_dose_gy} Gy"),
        reads=(RadiotherapyCourse,),
        harms=("rt_dose_planned", "rt_dose_group"),
        broken=(
            chart(
                row("radiotherapycourse", planned_dose_gy=66, **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", prescribed_gy=70),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", planned_dose_gy=70, **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", prescribed_gy=70),
            ),
        ),
    ),
    Rule(
        id="RV-04",
        model=RadiotherapyVolume,
        field="delivered_gy",
        severity=Severity.ERROR,
        sentence="The dose delivered to the volume is higher than the dose prescribed.",
        breaks=Q(delivered_gy__gt=F("prescribed_gy")),
        value=in_words("{delivered_gy} Gy of {prescribed_gy} Gy"),
        harms=("rt_dose_delivered",),
        broken=(
            chart(
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", prescribed_gy=66, delivered_gy=70),
            ),
        ),
        kept=(
            chart(
                row("radiotherapycourse", **RT),
                row("radiotherapyvolume", course=At(1), volume="gtvnx", prescribed_gy=70, delivered_gy=66),
            ),
        ),
    ),
)
