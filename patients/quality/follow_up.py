"""Rules about contacts, progressions and death."""

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Length

from patients.models import (
    ContactStatus,
    Death,
    Diagnosis,
    DiseaseStatus,
    FollowUp,
    Patient,
    Progression,
    ProgressionKind,
)
from records.quality import Rule, Severity, chart, has, of_patient, row

OF_PATIENT = OuterRef("pk")
PROGRESSION = ("pfs", "lrpfs", "dpfs", "lrp", "dp")
ENDPOINTS = ("os", *PROGRESSION)

RULES = (
    Rule(
        id="FU-01",
        model=Patient,
        field="",
        severity=Severity.MISSING,
        sentence="The chart has neither a contact nor a death.",
        breaks=~has(FollowUp, patient=OF_PATIENT) & ~has(Death, patient=OF_PATIENT),
        reads=(FollowUp, Death),
        harms=ENDPOINTS,
        broken=(chart(),),
        kept=(
            chart(row("followup", date="2013", status="alive")),
            chart(row("death", date="2013", cause="cancer")),
        ),
    ),
    Rule(
        id="FU-02",
        model=FollowUp,
        field="status",
        severity=Severity.ERROR,
        sentence="The contact says that the patient has died, but no death is entered.",
        breaks=Q(status=ContactStatus.DEAD) & ~has(Death),
        reads=(Death,),
        harms=ENDPOINTS,
        broken=(chart(row("followup", date="2013", status="dead")),),
        kept=(
            chart(row("death", date="2013", cause="cancer"), row("followup", date="2013", status="dead")),
            chart(row("followup", date="2013", status="lost")),
        ),
    ),
    Rule(
        id="FU-03",
        model=FollowUp,
        field="date",
        severity=Severity.ERROR,
        sentence="The contact says that the patient has died, but the death is dated later.",
        breaks=Q(status=ContactStatus.DEAD) & has(Death, date_first__gt=OuterRef("date_last")),
        reads=(Death,),
        harms=ENDPOINTS,
        broken=(chart(row("death", date="2013-05", cause="cancer"), row("followup", date="2013-04", status="dead")),),
        kept=(
            chart(row("death", date="2013-05", cause="cancer"), row("followup", date="2013", status="dead")),
            chart(row("death", date="2013-05", cause="cancer"), row("followup", date="2013-04", status="alive")),
        ),
    ),
    Rule(
        id="FU-04",
        model=FollowUp,
        field="status",
        severity=Severity.WARNING,
        sentence="The patient is called lost to follow-up after the death.",
        breaks=Q(status=ContactStatus.LOST) & has(Death, date_last__lt=OuterRef("date_first")),
        reads=(Death,),
        harms=ENDPOINTS,
        broken=(chart(row("death", date="2013-05", cause="cancer"), row("followup", date="2014", status="lost")),),
        kept=(
            chart(row("death", date="2013-05", cause="cancer"), row("followup", date="2013", status="lost")),
            chart(row("death", date="2013-05", cause="cancer"), row("followup", date="2014", status="dead")),
        ),
    ),
    Rule(
        id="FU-05",
        model=FollowUp,
        field="next_due",
        severity=Severity.ERROR,
        sentence="The next contact is due before this one.",
        breaks=Q(next_due_last__lt=F("date_first")),
        broken=(chart(row("followup", date="2013-05-17", status="alive", next_due="2012-08")),),
        kept=(
            chart(row("followup", date="2013-05-17", status="alive", next_due="2013-08")),
            chart(row("followup", date="2013-05-17", status="alive", next_due="2013")),
        ),
    ),
    Rule(
        id="FU-06",
        model=FollowUp,
        field="next_due",
        severity=Severity.ERROR,
        sentence="The contact says that the patient has died, and yet a next one is due.",
        breaks=Q(status=ContactStatus.DEAD, next_due__isnull=False),
        broken=(
            chart(
                row("death", date="2013", cause="cancer"),
                row("followup", date="2013", status="dead", next_due="2014"),
            ),
        ),
        kept=(
            chart(row("death", date="2013", cause="cancer"), row("followup", date="2013", status="dead")),
            chart(row("followup", date="2013", status="alive", next_due="2014")),
        ),
    ),
    Rule(
        id="FU-07",
        model=FollowUp,
        field="disease_status",
        severity=Severity.MISSING,
        sentence="The contact says that the disease had progressed, but no progression is entered up to that day.",
        breaks=Q(disease_status=DiseaseStatus.PROGRESSION) & ~has(Progression, date_first__lte=OuterRef("date_last")),
        reads=(Progression,),
        harms=PROGRESSION,
        broken=(
            chart(row("followup", date="2013-05", status="alive", disease_status="progression")),
            chart(
                row("progression", date="2013-07", kind="distant"),
                row("followup", date="2013-05", status="alive", disease_status="progression"),
            ),
        ),
        kept=(
            chart(
                row("progression", date="2013-05-17", kind="distant"),
                row("followup", date="2013-05", status="alive", disease_status="progression"),
            ),
            chart(row("followup", date="2013-05", status="alive", disease_status="stable")),
        ),
    ),
    Rule(
        id="FU-08",
        model=FollowUp,
        field="date",
        severity=Severity.ERROR,
        sentence="The contact is dated before the diagnosis.",
        breaks=has(Diagnosis, date_first__gt=OuterRef("date_last")),
        reads=(Diagnosis,),
        harms=ENDPOINTS,
        broken=(chart(row("diagnosis", date="2012-05"), row("followup", date="2012-04", status="alive")),),
        kept=(chart(row("diagnosis", date="2012-05"), row("followup", date="2012", status="alive")),),
    ),
    Rule(
        id="FU-09",
        model=FollowUp,
        field="status",
        severity=Severity.ERROR,
        sentence="Another contact of the same day says otherwise whether the patient was alive.",
        breaks=Q(date_first=F("date_last"))
        & has(FollowUp, ~Q(status=OuterRef("status")), pk__lt=OuterRef("pk"), date=OuterRef("date")),
        harms=ENDPOINTS,
        broken=(
            chart(
                row("followup", date="2013-05-17", status="alive"), row("followup", date="2013-05-17", status="lost")
            ),
        ),
        kept=(
            chart(
                row("followup", date="2013-05-17", status="alive"), row("followup", date="2013-05-17", status="alive")
            ),
            chart(row("followup", date="2013", status="alive"), row("followup", date="2013", status="lost")),
        ),
    ),
    Rule(
        id="PG-01",
        model=Progression,
        field="date",
        severity=Severity.ERROR,
        sentence="The progression is dated before the diagnosis.",
        breaks=has(Diagnosis, date_first__gt=OuterRef("date_last")),
        reads=(Diagnosis,),
        harms=PROGRESSION,
        broken=(chart(row("diagnosis", date="2012-05"), row("progression", date="2012-04", kind="distant")),),
        kept=(chart(row("diagnosis", date="2012-05"), row("progression", date="2012", kind="distant")),),
    ),
    Rule(
        id="PG-02",
        model=Progression,
        field="date",
        severity=Severity.ERROR,
        sentence="The disease was metastatic at diagnosis (M1), and yet it progressed before metastasis was shown.",
        breaks=has(Diagnosis, m_category__startswith="M1", metastasis_date_first__gt=OuterRef("date_last")),
        reads=(Diagnosis,),
        harms=PROGRESSION,
        broken=(
            chart(
                row("diagnosis", m_category="M1", metastasis_date="2012-05"),
                row("progression", date="2012-04", kind="distant"),
            ),
        ),
        kept=(
            chart(
                row("diagnosis", m_category="M1", metastasis_date="2012-05"),
                row("progression", date="2012-05", kind="distant"),
            ),
            chart(
                row("diagnosis", m_category="M0", metastasis_date="2012-05"),
                row("progression", date="2011", kind="locoregional"),
            ),
        ),
    ),
    Rule(
        id="PG-03",
        model=Progression,
        field="sites",
        severity=Severity.ERROR,
        sentence="The progression is locoregional, and yet organs of distant progression are entered.",
        breaks=Q(kind=ProgressionKind.LOCOREGIONAL, sites__len__gt=0),
        harms=("lrpfs", "dpfs", "lrp", "dp"),
        broken=(chart(row("progression", date="2013", kind="locoregional", sites=["bone"])),),
        kept=(
            chart(row("progression", date="2013", kind="locoregional", sites=[])),
            chart(row("progression", date="2013", kind="both", sites=["bone"])),
        ),
    ),
    Rule(
        id="PG-04",
        model=Progression,
        field="sites",
        severity=Severity.MISSING,
        sentence="The progression is distant, but not in which organs.",
        breaks=~Q(kind=ProgressionKind.LOCOREGIONAL) & (Q(sites=None) | Q(sites=[])),
        broken=(
            chart(row("progression", date="2013", kind="distant")),
            chart(row("progression", date="2013", kind="both", sites=[])),
        ),
        kept=(
            chart(row("progression", date="2013", kind="distant", sites=["bone"])),
            chart(row("progression", date="2013", kind="locoregional")),
        ),
    ),
    Rule(
        id="PG-05",
        model=Progression,
        field="date",
        severity=Severity.WARNING,
        sentence="The progression is dated after the last contact; the contact at which it was found is missing.",
        breaks=Q(date_first__gt=Subquery(of_patient(FollowUp).order_by("-date_last", "-pk").values("date_last")[:1]))
        & ~has(Death),
        reads=(FollowUp, Death),
        harms=ENDPOINTS,
        broken=(
            chart(row("followup", date="2013-05", status="alive"), row("progression", date="2013-07", kind="distant")),
        ),
        kept=(
            chart(row("followup", date="2013-05", status="alive"), row("progression", date="2013", kind="distant")),
            chart(
                row("followup", date="2013-05", status="alive"),
                row("progression", date="2013-07", kind="distant"),
                row("death", date="2013-09", cause="cancer"),
            ),
        ),
    ),
    Rule(
        id="DT-01",
        model=Death,
        field="date",
        severity=Severity.MISSING,
        sentence="Only the year of the death is entered, which puts survival off by up to half a year.",
        breaks=Q(digits=4),
        given={"digits": Length("date")},
        harms=ENDPOINTS,
        broken=(chart(row("death", date="2013", cause="cancer")),),
        kept=(chart(row("death", date="2013-05", cause="cancer")),),
    ),
)
