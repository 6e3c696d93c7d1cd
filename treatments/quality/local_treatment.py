"""Rules about local treatment of metastases."""

from django.db.models import F, Q

from patients.models import MetastaticSite, Organ
from records.quality import At, Rule, Severity, chart, in_words, row
from treatments.models import LocalModality, LocalTreatment

HARMS = ("local_treatment",)

RULES = (
    Rule(
        id="LT-01",
        model=LocalTreatment,
        field="site",
        severity=Severity.MISSING,
        sentence="Which metastasis was treated is not entered.",
        breaks=Q(site=None),
        broken=(chart(row("localtreatment", modality="surgery")),),
        kept=(chart(row("metastaticsite", organ="bone"), row("localtreatment", modality="surgery", site=At(1))),),
    ),
    Rule(
        id="LT-02",
        model=LocalTreatment,
        field="date",
        severity=Severity.MISSING,
        sentence="When the metastasis was treated is not entered.",
        breaks=Q(date=None),
        harms=HARMS,
        broken=(chart(row("localtreatment", modality="surgery")),),
        kept=(chart(row("localtreatment", modality="surgery", date="2012")),),
    ),
    Rule(
        id="LT-03",
        model=LocalTreatment,
        field="modality",
        severity=Severity.ERROR,
        sentence="Chemoembolisation is a treatment of the liver; the metastasis treated lies elsewhere.",
        breaks=Q(modality=LocalModality.TACE, site__isnull=False) & ~Q(site__organ=Organ.LIVER),
        value=in_words("{modality} of {site__organ}"),
        reads=(MetastaticSite,),
        broken=(chart(row("metastaticsite", organ="bone"), row("localtreatment", modality="tace", site=At(1))),),
        kept=(
            chart(row("metastaticsite", organ="liver"), row("localtreatment", modality="tace", site=At(1))),
            chart(row("localtreatment", modality="tace")),
        ),
    ),
    Rule(
        id="LT-04",
        model=LocalTreatment,
        field="date",
        severity=Severity.ERROR,
        sentence="The metastasis was treated before it was shown.",
        breaks=Q(date_last__lt=F("site__date_first")),
        value=in_words("{date}, shown {site__date}"),
        reads=(MetastaticSite,),
        harms=(*HARMS, "metastasis_date"),
        broken=(
            chart(
                row("metastaticsite", organ="liver", date="2012-05-17"),
                row("localtreatment", modality="surgery", site=At(1), date="2012-05-16"),
            ),
        ),
        kept=(
            chart(
                row("metastaticsite", organ="liver", date="2012-05-17"),
                row("localtreatment", modality="surgery", site=At(1), date="2012-05"),
            ),
        ),
    ),
)
