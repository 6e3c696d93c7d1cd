"""Rules about metastasis: when it was shown, and where."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from patients.models import Diagnosis, MetastaticSite, Organ
from patients.quality.disease import TIMES_FROM_METASTASIS
from records.quality import Rule, Severity, chart, has, of_patient, row

# Metastasis shown within three months of the diagnosis was there at diagnosis; both ends spare a day for the months.
WITHIN, BEYOND = timedelta(days=90), timedelta(days=93)
NONE = Value("")
COUNTED = ("n_metastatic_lesions", "metastatic_lesion_count", "organ_metastasis_sites")
BY_ORGAN = tuple(f"{organ}_metastasis" for organ in ("bone", "liver", "lung", "brain", "other"))
SITES = ("metastatic_sites_known", "metastatic_type", "n_metastatic_organs", "distant_nodal_metastasis")

RULES = (
    Rule(
        id="MS-01",
        model=Diagnosis,
        field="metastasis_date",
        severity=Severity.MISSING,
        sentence="M1 is entered, but neither here nor at a metastatic site when metastasis was shown.",
        breaks=Q(m_category__startswith="M1", metastasis_date=None) & ~has(MetastaticSite, date__isnull=False),
        reads=(MetastaticSite,),
        harms=(*TIMES_FROM_METASTASIS, "metastasis_at_diagnosis"),
        broken=(chart(row("diagnosis", m_category="M1"), row("metastaticsite", organ="bone")),),
        kept=(
            chart(row("diagnosis", m_category="M1", metastasis_date="2012")),
            chart(row("diagnosis", m_category="M1"), row("metastaticsite", organ="bone", date="2012")),
            chart(row("diagnosis", m_category="M0")),
        ),
    ),
    Rule(
        id="MS-02",
        model=Diagnosis,
        field="m_category",
        severity=Severity.MISSING,
        sentence="M1 is entered, but no metastatic site.",
        breaks=Q(m_category__startswith="M1") & ~has(MetastaticSite),
        reads=(MetastaticSite,),
        harms=(*SITES, *BY_ORGAN, *COUNTED),
        broken=(chart(row("diagnosis", m_category="M1")),),
        kept=(
            chart(row("diagnosis", m_category="M1"), row("metastaticsite", organ="bone")),
            chart(row("diagnosis", m_category="M0")),
        ),
    ),
    Rule(
        id="MS-03",
        model=Diagnosis,
        field="m_category",
        severity=Severity.ERROR,
        sentence="M0 is entered, but metastasis was shown within three months of the diagnosis.",
        breaks=Q(m_category="M0")
        & (
            Q(metastasis_date_last__lte=F("date_first") + WITHIN)
            | has(MetastaticSite, date_last__lte=OuterRef("date_first") + WITHIN)
        ),
        reads=(MetastaticSite,),
        harms=("m_category", "metastasis_at_diagnosis", "stage"),
        broken=(
            chart(row("diagnosis", date="2012-03", m_category="M0", metastasis_date="2012-04")),
            chart(
                row("diagnosis", date="2012-03", m_category="M0"), row("metastaticsite", organ="lung", date="2012-02")
            ),
        ),
        kept=(
            chart(row("diagnosis", date="2012-03", m_category="M0", metastasis_date="2012-06")),
            chart(row("diagnosis", date="2012", m_category="M0", metastasis_date="2012")),
            chart(row("diagnosis", date="2012-03", m_category="M1", metastasis_date="2012-05")),
        ),
    ),
    Rule(
        id="MS-04",
        model=Diagnosis,
        field="metastasis_date",
        severity=Severity.WARNING,
        sentence="M1 is entered, but metastasis was shown more than three months after the diagnosis.",
        breaks=Q(m_category__startswith="M1", metastasis_date_first__gt=F("date_last") + BEYOND),
        harms=("m_category", "metastasis_at_diagnosis", "stage"),
        broken=(chart(row("diagnosis", date="2012-03", m_category="M1", metastasis_date="2012-08")),),
        kept=(
            chart(row("diagnosis", date="2012-03", m_category="M1", metastasis_date="2012-06")),
            chart(row("diagnosis", date="2012-03", m_category="M1", metastasis_date="2012")),
        ),
    ),
    Rule(
        id="MS-05",
        model=Diagnosis,
        field="metastasis_date",
        severity=Severity.WARNING,
        sentence="Metastasis was shown more than three months before the date of diagnosis.",
        breaks=Q(metastasis_date_last__lt=F("date_first") - BEYOND),
        harms=TIMES_FROM_METASTASIS,
        broken=(chart(row("diagnosis", date="2012-07", metastasis_date="2012-02")),),
        kept=(
            chart(row("diagnosis", date="2012-07", metastasis_date="2012-05")),
            chart(row("diagnosis", date="2012", metastasis_date="2012-02")),
        ),
    ),
    Rule(
        id="MS-06",
        model=MetastaticSite,
        field="date",
        severity=Severity.ERROR,
        sentence="The site was shown before the date at which, by the diagnosis, metastasis was first shown.",
        breaks=has(Diagnosis, metastasis_date_first__gt=OuterRef("date_last")),
        reads=(Diagnosis,),
        harms=TIMES_FROM_METASTASIS,
        broken=(
            chart(row("diagnosis", metastasis_date="2012-05"), row("metastaticsite", organ="bone", date="2012-04")),
        ),
        kept=(
            chart(row("diagnosis", metastasis_date="2012-05"), row("metastaticsite", organ="bone", date="2012")),
            chart(row("diagnosis", metastasis_date="2012-05"), row("metastaticsite", organ="bone", date="2013")),
        ),
    ),
    Rule(
        id="MS-07",
        model=MetastaticSite,
        field="n_lesions",
        severity=Severity.MISSING,
        sentence="The lesions are multiple, not counted: count them in the imaging if it can be had.",
        breaks=Q(multiple_not_counted=True),
        harms=("n_metastatic_lesions", "metastatic_lesion_count"),
        broken=(chart(row("metastaticsite", organ="bone", multiple_not_counted=True)),),
        kept=(chart(row("metastaticsite", organ="bone", n_lesions=3)), chart(row("metastaticsite", organ="bone"))),
    ),
    Rule(
        id="MS-08",
        model=MetastaticSite,
        field="n_lesions",
        severity=Severity.MISSING,
        sentence="Neither a number of lesions nor 'multiple, not counted' is entered.",
        breaks=Q(n_lesions=None, multiple_not_counted=False),
        harms=(*BY_ORGAN, *COUNTED),
        broken=(chart(row("metastaticsite", organ="bone")),),
        kept=(
            chart(row("metastaticsite", organ="bone", n_lesions=1)),
            chart(row("metastaticsite", organ="bone", multiple_not_counted=True)),
        ),
    ),
    Rule(
        id="MS-09",
        model=MetastaticSite,
        field="organ_text",
        severity=Severity.MISSING,
        sentence="The site is another organ, but not which.",
        breaks=Q(organ=Organ.OTHER, organ_text=""),
        harms=("n_metastatic_organs",),
        broken=(chart(row("metastaticsite", organ="other")),),
        kept=(chart(row("metastaticsite", organ="other", organ_text="Spleen")),),
    ),
    Rule(
        id="MS-10",
        model=MetastaticSite,
        field="node_region",
        severity=Severity.MISSING,
        sentence="The site is a distant lymph node, but not in which region.",
        breaks=Q(organ=Organ.DISTANT_NODE, node_region=None),
        harms=("n_metastatic_lesions", "metastatic_lesion_count"),
        broken=(chart(row("metastaticsite", organ="distant_node")),),
        kept=(
            chart(row("metastaticsite", organ="distant_node", node_region="axillary")),
            chart(row("metastaticsite", organ="bone")),
        ),
    ),
    Rule(
        id="MS-11",
        model=MetastaticSite,
        field="organ",
        severity=Severity.WARNING,
        sentence="The same site is entered twice with the same date, so that its lesions are counted twice.",
        breaks=Exists(
            of_patient(
                MetastaticSite,
                pk__lt=OuterRef("pk"),
                organ=OuterRef("organ"),
                organ_text=OuterRef("organ_text"),
            )
            .alias(region=Coalesce(F("node_region"), NONE), day=Coalesce(F("date"), NONE))
            .filter(region=Coalesce(OuterRef("node_region"), NONE), day=Coalesce(OuterRef("date"), NONE))
        ),
        harms=COUNTED,
        broken=(
            chart(
                row("metastaticsite", organ="bone", date="2012-05"), row("metastaticsite", organ="bone", date="2012-05")
            ),
        ),
        kept=(
            chart(row("metastaticsite", organ="bone", date="2012"), row("metastaticsite", organ="bone", date="2013")),
            chart(
                row("metastaticsite", organ="distant_node", node_region="axillary"),
                row("metastaticsite", organ="distant_node", node_region="abdominal"),
            ),
        ),
    ),
)
