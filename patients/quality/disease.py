"""Rules about the diagnosis."""

from collections.abc import Iterable

from django.db.models import F, OuterRef, Q
from django.db.models.functions import Coalesce, Round

from patients import staging
from patients.models import Diagnosis, Patient, WhoType
from records.quality import Rule, Severity, any_of, chart, has, in_words, row

TIMES_FROM_METASTASIS = ("metastasis_date", "os", "pfs", "lrpfs", "dpfs")
NPC = {"primary_site": "C11.9"}
T, N = ("t_category", "t_category_detailed"), ("n_category", "n_category_detailed")
LEAST_BMI, MOST_BMI = 13, 50
# Subcategories of nasopharyngeal cancer that an edition of the manual does not know (staging.py names the manuals).
NEVER = ("T1a", "T1b", "T3a", "T3b", "T4a", "T4b", "N1a", "N1b", "N1c", "N2a", "N2b", "N2c", "N3c")
NOT_KNOWN: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((5, 6), (*NEVER, "M1a", "M1b")),
    7: (*NEVER, "T2a", "T2b", "M1a", "M1b"),
    8: (*NEVER, "T2a", "T2b", "N3a", "N3b", "M1a", "M1b"),
    9: (*NEVER, "T2a", "T2b", "N3a", "N3b"),
}
KERATINISING = ("8071/3",)
NOT_KERATINISING = ("8020/3", "8072/3", "8073/3", "8082/3", "8083/3")


def not_of_edition(edition: int, categories: Iterable[str]) -> Q:
    found = list(categories)
    return Q(staging_edition=edition) & any_of(
        *(Q(**{f"{letter}_category__in": [name for name in found if name[0].lower() == letter]}) for letter in "tnm")
    )


def missing(id: str, field: str, sentence: str, harms: tuple[str, ...], value: object) -> Rule:
    """A rule that an item of the diagnosis is not entered; ``value`` is a good one."""
    return Rule(
        id=id,
        model=Diagnosis,
        field=field,
        severity=Severity.MISSING,
        sentence=sentence,
        breaks=Q(**{field: None}),
        harms=harms,
        broken=(chart(row("diagnosis")),),
        kept=(chart(row("diagnosis", **{field: value})),),
    )


RULES = (
    Rule(
        id="DX-01",
        model=Patient,
        field="",
        severity=Severity.MISSING,
        sentence="The chart has no diagnosis.",
        breaks=~has(Diagnosis, patient=OuterRef("pk")),
        reads=(Diagnosis,),
        harms=("diagnosis_date", "pathology", "t_category", "n_category", "m_category", *TIMES_FROM_METASTASIS),
        broken=(chart(),),
        kept=(chart(row("diagnosis")),),
    ),
    missing(
        "DX-02",
        "date",
        "The date of diagnosis is not entered.",
        ("diagnosis_date", "diagnosis_period", "age", "age_group", "metastasis_at_diagnosis"),
        "2012",
    ),
    missing("DX-03", "t_category", "The T category is not entered; TX where it could not be assessed.", T, "TX"),
    missing("DX-04", "n_category", "The N category is not entered; NX where it could not be assessed.", N, "N0"),
    missing(
        "DX-05",
        "m_category",
        "The M category is not entered.",
        ("m_category", "metastasis_at_diagnosis"),
        "M1",
    ),
    missing("DX-06", "biopsy_proven", "Whether a biopsy proved the tumour is not entered.", ("biopsy_proven",), True),
    missing("DX-07", "primary_site", "The primary site is not entered.", ("primary_site", "stage"), "C11"),
    Rule(
        id="DX-08",
        model=Diagnosis,
        field="who_type",
        severity=Severity.MISSING,
        sentence="A biopsy proved the nasopharyngeal cancer, but the WHO type is not entered.",
        breaks=Q(biopsy_proven=True, primary_site__startswith="C11", who_type=None),
        harms=("pathology",),
        broken=(chart(row("diagnosis", biopsy_proven=True, **NPC)),),
        kept=(
            chart(row("diagnosis", biopsy_proven=True, who_type="III", **NPC)),
            chart(row("diagnosis", biopsy_proven=False, **NPC)),
        ),
    ),
    Rule(
        id="DX-09",
        model=Diagnosis,
        field="biopsy_proven",
        severity=Severity.ERROR,
        sentence="No biopsy proved the tumour, and yet a histology is entered.",
        breaks=Q(biopsy_proven=False) & (Q(who_type__isnull=False) | Q(morphology__isnull=False)),
        harms=("biopsy_proven", "pathology"),
        broken=(
            chart(row("diagnosis", biopsy_proven=False, who_type="III")),
            chart(row("diagnosis", biopsy_proven=False, morphology="8072/3")),
        ),
        kept=(
            chart(row("diagnosis", biopsy_proven=True, who_type="III")),
            chart(row("diagnosis", biopsy_proven=False)),
        ),
    ),
    Rule(
        id="DX-10",
        model=Diagnosis,
        field="who_type",
        severity=Severity.ERROR,
        sentence="WHO type and morphology contradict each other: one says keratinising, the other not.",
        breaks=Q(who_type=WhoType.I, morphology__in=NOT_KERATINISING)
        | Q(who_type__in=(WhoType.II, WhoType.III), morphology__in=KERATINISING),
        value=in_words("{who_type}, {morphology}"),
        harms=("pathology",),
        broken=(
            chart(row("diagnosis", who_type="I", morphology="8072/3")),
            chart(row("diagnosis", who_type="III", morphology="8071/3")),
        ),
        kept=(chart(row("diagnosis", who_type="III", morphology="8020/3")), chart(row("diagnosis", who_type="I"))),
    ),
    Rule(
        id="DX-11",
        model=Diagnosis,
        field="morphology",
        severity=Severity.WARNING,
        sentence="By its morphology the tumour is not invasive (/0, /1 or /2), and yet it has nodes or metastases.",
        breaks=Q(morphology__regex="/[012]$") & (Q(n_category__regex="^N[123]") | Q(m_category__startswith="M1")),
        harms=("pathology", "n_category", "m_category"),
        broken=(
            chart(row("diagnosis", morphology="8070/2", n_category="N2b")),
            chart(row("diagnosis", morphology="8070/2", m_category="M1")),
        ),
        kept=(
            chart(row("diagnosis", morphology="8070/2", n_category="N0", m_category="M0")),
            chart(row("diagnosis", morphology="8070/3", n_category="N2")),
        ),
    ),
    Rule(
        id="DX-12",
        model=Diagnosis,
        field="pack_years",
        severity=Severity.ERROR,
        sentence="Pack-years are entered for a patient who never smoked.",
        breaks=Q(smoking="never", pack_years__gt=0),
        harms=("smoking", "pack_years"),
        broken=(chart(row("diagnosis", smoking="never", pack_years=20)),),
        kept=(
            chart(row("diagnosis", smoking="never", pack_years=0)),
            chart(row("diagnosis", smoking="former", pack_years=20)),
        ),
    ),
    Rule(
        id="DX-13",
        model=Diagnosis,
        field="weight_kg",
        severity=Severity.WARNING,
        sentence=f"Height and weight give a body mass index below {LEAST_BMI} or above {MOST_BMI} kg/m².",
        breaks=Q(bmi__lt=LEAST_BMI) | Q(bmi__gt=MOST_BMI),
        given={"bmi": Round(F("weight_kg") * 10000 / (F("height_cm") * F("height_cm")), precision=1)},
        value=in_words("{bmi} kg/m²"),
        broken=(
            chart(row("diagnosis", height_cm=168, weight_kg=160)),
            chart(row("diagnosis", height_cm=168, weight_kg=30)),
        ),
        kept=(chart(row("diagnosis", height_cm=168, weight_kg=60)), chart(row("diagnosis", weight_kg=30))),
    ),
    Rule(
        id="ST-01",
        model=Diagnosis,
        field="staging_edition",
        severity=Severity.MISSING,
        sentence="T, N or M is entered without the edition of the manual by which it was staged.",
        breaks=Q(staging_edition=None)
        & (Q(t_category__isnull=False) | Q(n_category__isnull=False) | Q(m_category__isnull=False)),
        harms=("stage", *T, *N),
        broken=(chart(row("diagnosis", t_category="T2")),),
        kept=(chart(row("diagnosis", t_category="T2", staging_edition=7)), chart(row("diagnosis"))),
    ),
    Rule(
        id="ST-02",
        model=Diagnosis,
        field="stage",
        severity=Severity.ERROR,
        sentence="The stage entered is not the one that T, N and M amount to by the edition of the manual.",
        breaks=Q(stage__isnull=False) & ~Q(stage=Coalesce(F("derived"), F("stage"))),
        given={"derived": staging.in_sql()},
        value=in_words("{stage} entered, {derived} derived"),
        harms=("stage",),
        broken=(
            chart(
                row(
                    "diagnosis",
                    staging_edition=7,
                    t_category="T3",
                    n_category="N1",
                    m_category="M0",
                    stage="IVA",
                    **NPC,
                )
            ),
            chart(row("diagnosis", staging_edition=8, m_category="M1", stage="IVC", **NPC)),
        ),
        kept=(
            chart(row("diagnosis", staging_edition=7, m_category="M1", stage="IVC", **NPC)),
            chart(row("diagnosis", staging_edition=7, m_category="M0", stage="IVC", primary_site="C10")),
            chart(row("diagnosis", staging_edition=7, m_category="M1", **NPC)),
        ),
    ),
    Rule(
        id="ST-03",
        model=Diagnosis,
        field="staging_edition",
        severity=Severity.ERROR,
        sentence="The edition of the manual does not know such a subcategory of nasopharyngeal cancer.",
        breaks=Q(primary_site__startswith="C11")
        & any_of(*(not_of_edition(edition, categories) for edition, categories in NOT_KNOWN.items())),
        value=in_words("{t_category} {n_category} {m_category}, edition {staging_edition}"),
        harms=("stage", *T, *N),
        broken=(
            chart(row("diagnosis", staging_edition=8, t_category="T2a", **NPC)),
            chart(row("diagnosis", staging_edition=8, m_category="M1b", **NPC)),
        ),
        kept=(
            chart(row("diagnosis", staging_edition=6, t_category="T2a", **NPC)),
            chart(row("diagnosis", staging_edition=9, m_category="M1b", **NPC)),
            chart(row("diagnosis", staging_edition=8, n_category="N2b", primary_site="C10")),
        ),
    ),
)
