"""Rules about performance status, laboratory results and quality of life."""

from datetime import timedelta

from django.db.models import F, OuterRef, Q

from patients.models import Analyte, Diagnosis, LabResult, PerformanceStatus, QualityOfLife
from records.quality import Rule, Severity, any_of, chart, has, in_words, row

KPS, EBV_DNA = ("kps", "kps_before_rt"), ("ebv_dna_baseline", "ebv_dna_after_pct")
# KPS that may stand beside an ECOG grade; the usual translation and ten to either side.
KPS_OF_ECOG = {0: (80, 100), 1: (60, 90), 2: (40, 70), 3: (20, 50), 4: (0, 30)}
# What is seen in patients, in the unit of the analyte; beyond it most often lies another unit.
PLAUSIBLE = {
    Analyte.EBV_DNA: (0, 10**9),
    Analyte.LDH: (50, 10_000),
    Analyte.ALP: (10, 5_000),
    Analyte.ALBUMIN: (10, 65),
    Analyte.HAEMOGLOBIN: (30, 220),
    Analyte.LYMPHOCYTES: (0.05, 100),
    Analyte.CRP: (0, 700),
}
YEAR = timedelta(days=365)
WHOLE_DAY = Q(date_first=F("date_last"))
EBV = {"analyte": "ebv_dna", "unit": "copies/mL"}

RULES = (
    Rule(
        id="PS-01",
        model=PerformanceStatus,
        field="kps",
        severity=Severity.ERROR,
        sentence="KPS and ECOG contradict each other.",
        breaks=any_of(
            *(Q(ecog=ecog) & (Q(kps__lt=low) | Q(kps__gt=high)) for ecog, (low, high) in KPS_OF_ECOG.items())
        ),
        value=in_words("KPS {kps}, ECOG {ecog}"),
        harms=(*KPS, "ecog"),
        broken=(
            chart(row("performancestatus", timepoint="baseline", kps=90, ecog=2)),
            chart(row("performancestatus", timepoint="baseline", kps=50, ecog=0)),
        ),
        kept=(
            chart(row("performancestatus", timepoint="baseline", kps=90, ecog=1)),
            chart(row("performancestatus", timepoint="baseline", ecog=3)),
        ),
    ),
    Rule(
        id="PS-02",
        model=PerformanceStatus,
        field="kps",
        severity=Severity.ERROR,
        sentence="A KPS of 0 stands for death; where it is not known, it stays empty.",
        breaks=Q(kps=0),
        harms=KPS,
        broken=(chart(row("performancestatus", timepoint="baseline", kps=0)),),
        kept=(chart(row("performancestatus", timepoint="baseline", kps=10)),),
    ),
    Rule(
        id="PS-03",
        model=PerformanceStatus,
        field="date",
        severity=Severity.MISSING,
        sentence="The performance status has no date, so that nobody knows before which treatment it was.",
        breaks=Q(date=None),
        harms=(*KPS, "ecog"),
        broken=(chart(row("performancestatus", timepoint="follow_up", kps=80)),),
        kept=(chart(row("performancestatus", timepoint="follow_up", kps=80, date="2012")),),
    ),
    Rule(
        id="LB-01",
        model=LabResult,
        field="value",
        severity=Severity.WARNING,
        sentence="The value lies outside what is seen in patients; check it, and the unit it was given in.",
        breaks=any_of(
            *(Q(analyte=analyte) & (Q(value__lt=low) | Q(value__gt=high)) for analyte, (low, high) in PLAUSIBLE.items())
        ),
        value=in_words("{analyte} {value} {unit}"),
        harms=EBV_DNA,
        broken=(
            # 4.2 g/dL and 13.5 g/dL.
            chart(row("labresult", date="2012", analyte="albumin", value="4.2", unit="g/L")),
            chart(row("labresult", date="2012", analyte="haemoglobin", value="13.5", unit="g/L")),
            chart(row("labresult", date="2012", analyte="ldh", value=3, unit="U/L")),
        ),
        kept=(
            chart(row("labresult", date="2012", analyte="albumin", value=42, unit="g/L")),
            chart(row("labresult", date="2012", value=0, **EBV)),
        ),
    ),
    Rule(
        id="LB-02",
        model=LabResult,
        field="detection_limit",
        severity=Severity.MISSING,
        sentence="The value is below the detection limit, but the limit is not entered.",
        breaks=Q(below_limit=True, detection_limit=None),
        harms=EBV_DNA,
        broken=(chart(row("labresult", date="2012", below_limit=True, **EBV)),),
        kept=(
            chart(row("labresult", date="2012", below_limit=True, detection_limit=500, **EBV)),
            chart(row("labresult", date="2012", value=1200, **EBV)),
        ),
    ),
    Rule(
        id="LB-03",
        model=LabResult,
        field="value",
        severity=Severity.ERROR,
        sentence="The value lies below the detection limit given beside it.",
        breaks=Q(value__lt=F("detection_limit")),
        harms=EBV_DNA,
        broken=(chart(row("labresult", date="2012", value=120, detection_limit=500, **EBV)),),
        kept=(chart(row("labresult", date="2012", value=500, detection_limit=500, **EBV)),),
    ),
    Rule(
        id="LB-04",
        model=LabResult,
        field="assay",
        severity=Severity.MISSING,
        sentence="The assay of the EBV DNA is not entered; values of two assays cannot be compared.",
        breaks=Q(analyte=Analyte.EBV_DNA, assay=""),
        harms=EBV_DNA,
        broken=(chart(row("labresult", date="2012", value=1200, **EBV)),),
        kept=(
            chart(row("labresult", date="2012", value=1200, assay="BamHI-W PCR", **EBV)),
            chart(row("labresult", date="2012", analyte="ldh", value=200, unit="U/L")),
        ),
    ),
    Rule(
        id="LB-05",
        model=LabResult,
        field="date",
        severity=Severity.WARNING,
        sentence="The blood was taken more than a year before the diagnosis.",
        breaks=has(Diagnosis, date_first__gt=OuterRef("date_last") + YEAR),
        reads=(Diagnosis,),
        harms=EBV_DNA,
        broken=(
            chart(
                row("diagnosis", date="2012-05-17"),
                row("labresult", date="2011-05-02", analyte="ldh", value=200, unit="U/L"),
            ),
        ),
        kept=(
            chart(
                row("diagnosis", date="2012-05-17"),
                row("labresult", date="2011", analyte="ldh", value=200, unit="U/L"),
            ),
        ),
    ),
    Rule(
        id="QL-01",
        model=QualityOfLife,
        field="score",
        severity=Severity.ERROR,
        sentence="Another score of the same scale is entered for the same day.",
        breaks=has(
            QualityOfLife,
            WHOLE_DAY,
            ~Q(score=OuterRef("score")),
            pk__lt=OuterRef("pk"),
            date=OuterRef("date"),
            instrument=OuterRef("instrument"),
            scale=OuterRef("scale"),
        ),
        broken=(
            chart(
                row("qualityoflife", date="2012-05-17", instrument="qlq_c30", scale="Fatigue", score=33),
                row("qualityoflife", date="2012-05-17", instrument="qlq_c30", scale="Fatigue", score=44),
            ),
        ),
        kept=(
            chart(
                row("qualityoflife", date="2012-05-17", instrument="qlq_c30", scale="Fatigue", score=33),
                row("qualityoflife", date="2012-08-20", instrument="qlq_c30", scale="Fatigue", score=44),
            ),
            chart(
                row("qualityoflife", date="2012", instrument="qlq_c30", scale="Fatigue", score=33),
                row("qualityoflife", date="2012", instrument="qlq_c30", scale="Fatigue", score=44),
            ),
        ),
    ),
)
