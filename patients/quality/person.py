"""Rules about the person."""

from django.db.models import Q

from patients.models import Patient
from records.quality import Rule, Severity

RULES = (
    Rule(
        id="PT-01",
        model=Patient,
        field="sex",
        severity=Severity.MISSING,
        sentence="The sex is not entered.",
        breaks=Q(sex=None),
        harms=("sex",),
        broken=((("patient", {}),),),
        kept=((("patient", {"sex": "male"}),),),
    ),
)
