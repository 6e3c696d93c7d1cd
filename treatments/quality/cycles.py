"""Rules about cycles of chemotherapy and the doses given in them."""

from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from records.quality import At, Days, Rule, Severity, chart, in_words, row
from treatments.models import ChemotherapyCycle, CourseIntent, DrugDose, RegimenDrug, SystemicCourse
from treatments.quality.systemic import CONCURRENT, PCT

CYCLES = ("n_pct_cycles", "pct_cycles")
REGIMEN = ("pct_regimen", "concurrent_regimen")
DAYS_EARLY, DAYS_LATE, DAYS_OFF = 7, 28, 3
TOO_HIGH, TOO_LOW = Decimal("1.5"), Decimal("0.5")

BEFORE = ChemotherapyCycle.objects.filter(
    course=OuterRef("course"), number=OuterRef("number") - 1, voided_at=None
).order_by()
# Days from day 1 of the cycle before to day 1 of this one, at least and at most.
SPACING: dict[str, Any] = {
    "least": Days(F("day_1_first"), Subquery(BEFORE.values("day_1_last"))),
    "most": Days(F("day_1_last"), Subquery(BEFORE.values("day_1_first"))),
}
PLANNED = {**SPACING, "planned": F("course__regimen__cycle_days")}
# Beside radiotherapy a drug is often given weekly, in other doses than the regimen's.
BY_REGIMEN = ~Q(course__intent=CourseIntent.CONCURRENT)
IN_REGIMEN = RegimenDrug.objects.filter(regimen=OuterRef("cycle__course__regimen")).order_by()
STANDARD = IN_REGIMEN.filter(drug=OuterRef("drug"))
DOSES: dict[str, Any] = {"standard": Subquery(STANDARD.values("mg_m2"))}
COURSE = row("systemiccourse", regimen="GP", **PCT)


def cycle(number: int, **values: Any) -> Any:
    return row("chemotherapycycle", course=At(1), number=number, **values)


def dose(drug: str, course: Any = COURSE, **values: Any) -> Any:
    """A chart with one cycle of the course, and in it a dose of the drug."""
    return chart(course, cycle(1), row("drugdose", cycle=At(2), drug=drug, **values))


RULES = (
    Rule(
        id="CY-01",
        model=ChemotherapyCycle,
        field="day_1",
        severity=Severity.WARNING,
        sentence="The cycle began more than a week earlier after the one before than the regimen's cycle length.",
        breaks=BY_REGIMEN & Q(most__gte=0, most__lt=F("planned") - DAYS_EARLY),
        given=PLANNED,
        value=in_words("{day_1}, after {most} of {planned} days"),
        reads=(SystemicCourse,),
        harms=CYCLES,
        broken=(chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-05-10")),),
        kept=(
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-05-15")),
            chart(COURSE, cycle(1, day_1="2012-05"), cycle(2, day_1="2012-06")),
            chart(
                row("systemiccourse", regimen="cisplatin", **CONCURRENT),
                cycle(1, day_1="2012-05-01"),
                cycle(2, day_1="2012-05-08"),
            ),
        ),
    ),
    Rule(
        id="CY-02",
        model=ChemotherapyCycle,
        field="day_1",
        severity=Severity.WARNING,
        sentence="The cycle began more than four weeks late, and no such delay is entered.",
        breaks=Q(least__gt=F("planned") + DAYS_LATE)
        & (Q(delay_days=None) | Q(delay_days__lt=F("least") - F("planned") - DAYS_OFF)),
        given=PLANNED,
        value=in_words("{day_1}, after {least} of {planned} days"),
        reads=(SystemicCourse,),
        harms=CYCLES,
        broken=(
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-06-20")),
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-06-20", delay_days=7)),
        ),
        kept=(
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-06-19")),
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-06-20", delay_days=29)),
            chart(COURSE, cycle(1, day_1="2012-05"), cycle(2, day_1="2012-07")),
        ),
    ),
    Rule(
        id="CY-03",
        model=ChemotherapyCycle,
        field="delay_days",
        severity=Severity.ERROR,
        sentence="The days between this cycle and the one before do not agree with the delay entered.",
        breaks=BY_REGIMEN
        & Q(delay_days__gt=0)
        & (
            Q(least__gt=F("planned") + F("delay_days") + DAYS_OFF)
            | Q(most__gte=0, most__lt=F("planned") + F("delay_days") - DAYS_OFF)
        ),
        given=PLANNED,
        value=in_words("{delay_days} days of delay, {least} days since the cycle before"),
        reads=(SystemicCourse,),
        harms=CYCLES,
        broken=(
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-05-22", delay_days=7)),
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-06-19", delay_days=7)),
        ),
        kept=(
            chart(COURSE, cycle(1, day_1="2012-05-01"), cycle(2, day_1="2012-05-30", delay_days=7)),
            chart(COURSE, cycle(1, day_1="2012-05"), cycle(2, day_1="2012-06", delay_days=7)),
        ),
    ),
    Rule(
        id="CY-04",
        model=ChemotherapyCycle,
        field="number",
        severity=Severity.ERROR,
        sentence="The cycle before this one is not entered: either it is missing or the number is wrong.",
        breaks=Q(number__gt=1) & ~Exists(BEFORE),
        harms=CYCLES,
        broken=(chart(COURSE, cycle(1), cycle(3)),),
        kept=(chart(COURSE, cycle(1), cycle(2)),),
    ),
    Rule(
        id="CY-05",
        model=ChemotherapyCycle,
        field="day_1",
        severity=Severity.ERROR,
        sentence="The cycle is dated before the one that its number puts before it.",
        breaks=Q(most__lt=0),
        given=SPACING,
        harms=CYCLES,
        broken=(chart(COURSE, cycle(1, day_1="2012-05-10"), cycle(2, day_1="2012-05-09")),),
        kept=(
            chart(COURSE, cycle(1, day_1="2012-05-10"), cycle(2, day_1="2012-05-31")),
            chart(COURSE, cycle(1, day_1="2012-05-10"), cycle(2, day_1="2012-05")),
        ),
    ),
    Rule(
        id="CY-06",
        model=ChemotherapyCycle,
        field="day_1",
        severity=Severity.ERROR,
        sentence="The cycle lies outside the start and stop of its course.",
        breaks=Q(day_1_last__lt=F("course__start_first")) | Q(day_1_first__gt=F("course__stop_last")),
        reads=(SystemicCourse,),
        harms=(*CYCLES, "treatment_group", "interval_pct_to_rt"),
        broken=(
            chart(row("systemiccourse", start="2012-05-01", **PCT), cycle(1, day_1="2012-04")),
            chart(row("systemiccourse", stop="2012-05-01", **PCT), cycle(1, day_1="2012-05-02")),
        ),
        kept=(
            chart(row("systemiccourse", start="2012-05-01", stop="2012-06", **PCT), cycle(1, day_1="2012-05")),
            chart(row("systemiccourse", **PCT), cycle(1, day_1="2012-05")),
        ),
    ),
    Rule(
        id="CY-07",
        model=ChemotherapyCycle,
        field="day_1",
        severity=Severity.MISSING,
        sentence="Day 1 of the cycle is not entered.",
        breaks=Q(day_1=None),
        harms=(*CYCLES, "concurrent_chemotherapy", "interval_pct_to_rt"),
        broken=(chart(COURSE, cycle(1)),),
        kept=(chart(COURSE, cycle(1, day_1="2012")),),
    ),
    Rule(
        id="CY-08",
        model=ChemotherapyCycle,
        field="as_planned",
        severity=Severity.ERROR,
        sentence="The cycle is called given as planned, and yet it was delayed or a dose reduced.",
        breaks=Q(as_planned=True)
        & (
            Q(delay_days__gt=0)
            | Exists(DrugDose.objects.filter(~Q(reduction_reason=""), cycle=OuterRef("pk"), voided_at=None))
        ),
        reads=(DrugDose,),
        broken=(
            chart(COURSE, cycle(1, as_planned=True, delay_days=7)),
            chart(
                COURSE,
                cycle(1, as_planned=True),
                row("drugdose", cycle=At(2), drug="cisplatin", reduction_reason="Neutropenia"),
            ),
        ),
        kept=(
            chart(COURSE, cycle(1, as_planned=True, delay_days=0)),
            chart(COURSE, cycle(1, as_planned=False, delay_days=7)),
        ),
    ),
    Rule(
        id="DS-01",
        model=DrugDose,
        field="mg_m2",
        severity=Severity.WARNING,
        sentence="The dose is more than one and a half times the regimen's; check that it is in mg/m² per day.",
        breaks=Q(mg_m2__gt=F("standard") * TOO_HIGH),
        given=DOSES,
        value=in_words("{mg_m2} mg/m², regimen {standard} mg/m²"),
        reads=(ChemotherapyCycle, SystemicCourse),
        broken=(dose("cisplatin", mg_m2=130),),
        kept=(dose("cisplatin", mg_m2=120), dose("docetaxel", mg_m2=500)),
    ),
    Rule(
        id="DS-02",
        model=DrugDose,
        field="mg_m2",
        severity=Severity.WARNING,
        sentence="The dose is less than half of the regimen's, and no reason for a reduction is entered.",
        breaks=~Q(cycle__course__intent=CourseIntent.CONCURRENT)
        & Q(mg_m2__lt=F("standard") * TOO_LOW, reduction_reason=""),
        given=DOSES,
        value=in_words("{mg_m2} mg/m², regimen {standard} mg/m²"),
        reads=(ChemotherapyCycle, SystemicCourse),
        broken=(dose("cisplatin", mg_m2=30),),
        kept=(
            dose("cisplatin", mg_m2=40),
            dose("cisplatin", mg_m2=30, reduction_reason="Renal impairment"),
            dose("cisplatin", row("systemiccourse", regimen="cisplatin", **CONCURRENT), mg_m2=40),
        ),
    ),
    Rule(
        id="DS-03",
        model=DrugDose,
        field="drug",
        severity=Severity.ERROR,
        sentence="The drug is no part of the regimen of the course.",
        breaks=Q(listed__isnull=False, own=None),
        # As values: of conditions the database would make joins, and with these take long over its plan.
        given={
            "listed": Subquery(IN_REGIMEN.values("regimen")[:1]),
            "own": Subquery(STANDARD.values("drug")),
        },
        value=in_words("{drug__name} in {cycle__course__regimen__code}"),
        reads=(ChemotherapyCycle, SystemicCourse),
        harms=REGIMEN,
        broken=(dose("docetaxel"),),
        kept=(dose("cisplatin"), dose("docetaxel", row("systemiccourse", **PCT))),
    ),
    Rule(
        id="DS-04",
        model=DrugDose,
        field="days",
        severity=Severity.WARNING,
        sentence="The drug was given on more days of the cycle than the regimen has.",
        breaks=Exists(STANDARD.filter(days__len__lt=OuterRef("days"))),
        reads=(ChemotherapyCycle, SystemicCourse),
        broken=(dose("gemcitabine", days=3),),
        kept=(dose("gemcitabine", days=2), dose("gemcitabine")),
    ),
    Rule(
        id="DS-05",
        model=DrugDose,
        field="mg_m2",
        severity=Severity.MISSING,
        sentence="The dose given is not entered.",
        breaks=Q(mg_m2=None) & Exists(STANDARD.filter(mg_m2__isnull=False)),
        reads=(ChemotherapyCycle, SystemicCourse),
        broken=(dose("cisplatin"),),
        kept=(
            dose("cisplatin", mg_m2=80),
            # Dosed by the area under the curve.
            dose("carboplatin", row("systemiccourse", regimen="TC", **PCT)),
        ),
    ),
)
