"""Rules about the person and their consent."""

from django.db.models import Exists, F, OuterRef, Q

from patients.models import AgeReference, Consent, ContactMethod, Diagnosis, FollowUp, Patient
from records.quality import Days, Rule, Severity, chart, has, in_words, of_patient, row

AGE = ("age", "age_group")
YEAR = 365.25
OLDEST = 100
OF_PATIENT = OuterRef("pk")

# Completed years are entered, or years with a decimal: 0.1 of a year for rounding, one year for completion.
OTHER_AGE = Q(least__gt=(OuterRef("age_at_reference") + 1.1) * YEAR) | Q(
    most__lt=(OuterRef("age_at_reference") - 0.1) * YEAR
)

RULES = (
    Rule(
        id="PT-01",
        model=Patient,
        field="sex",
        severity=Severity.MISSING,
        sentence="The sex is not entered.",
        breaks=Q(sex=None),
        harms=("sex",),
        broken=(chart(),),
        kept=(chart(sex="male"),),
    ),
    Rule(
        id="PT-02",
        model=Patient,
        field="birth_date",
        severity=Severity.MISSING,
        sentence="Neither the birth date nor, where it is withheld, an age is entered.",
        breaks=Q(birth_date=None, age_at_reference=None),
        harms=AGE,
        broken=(chart(),),
        kept=(chart(birth_date="1960"), chart(age_at_reference=51, age_reference="diagnosis")),
    ),
    Rule(
        id="PT-03",
        model=Patient,
        field="birth_date",
        severity=Severity.WARNING,
        sentence=f"By this birth date the patient was older than {OLDEST} years at diagnosis.",
        breaks=Exists(
            of_patient(Diagnosis, patient=OF_PATIENT)
            .alias(least=Days(F("date_first"), OuterRef("birth_date_last")))
            .filter(least__gt=(OLDEST + 1) * YEAR)
        ),
        reads=(Diagnosis,),
        harms=AGE,
        broken=(chart(row("diagnosis", date="2012-05"), birth_date="1910"),),
        kept=(chart(row("diagnosis", date="2012-05"), birth_date="1911"), chart(birth_date="1910")),
    ),
    Rule(
        id="PT-04",
        model=Patient,
        field="age_at_reference",
        severity=Severity.WARNING,
        sentence=f"An age over {OLDEST} years is entered.",
        breaks=Q(age_at_reference__gt=OLDEST),
        harms=AGE,
        broken=(chart(age_at_reference=101, age_reference="rt_start"),),
        kept=(chart(age_at_reference=100, age_reference="rt_start"),),
    ),
    Rule(
        id="PT-05",
        model=Patient,
        field="age_at_reference",
        severity=Severity.ERROR,
        sentence="The age entered is not the age at diagnosis by birth date and date of diagnosis.",
        breaks=Q(age_reference=AgeReference.DIAGNOSIS)
        & Exists(
            of_patient(Diagnosis, patient=OF_PATIENT)
            .alias(
                least=Days(F("date_first"), OuterRef("birth_date_last")),
                most=Days(F("date_last"), OuterRef("birth_date_first")),
            )
            .filter(OTHER_AGE)
        ),
        value=in_words("{age_at_reference}, born {birth_date}"),
        reads=(Diagnosis,),
        harms=AGE,
        broken=(
            chart(row("diagnosis", date="2012-05"), birth_date="1960", age_at_reference=57, age_reference="diagnosis"),
            chart(row("diagnosis", date="2012-05"), birth_date="1960", age_at_reference=49, age_reference="diagnosis"),
        ),
        kept=(
            chart(row("diagnosis", date="2012-05"), birth_date="1960", age_at_reference=51, age_reference="diagnosis"),
            chart(row("diagnosis", date="2012-05"), birth_date="1960", age_at_reference=57, age_reference="rt_start"),
        ),
    ),
    Rule(
        id="CS-01",
        model=Patient,
        field="",
        severity=Severity.MISSING,
        sentence="Neither a consent nor a waiver is entered.",
        breaks=~has(Consent, patient=OF_PATIENT),
        reads=(Consent,),
        harms=("consent_withdrawn",),
        broken=(chart(),),
        kept=(chart(row("consent", basis="waiver", scope="research", date="2019")),),
    ),
    Rule(
        id="CS-02",
        model=FollowUp,
        field="date",
        severity=Severity.ERROR,
        sentence="The patient was contacted after the consent had been withdrawn.",
        breaks=Q(method__in=(ContactMethod.CLINIC, ContactMethod.PHONE))
        & has(Consent, withdrawn_on_last__lt=OuterRef("date_first"))
        & ~has(Consent, withdrawn_on=None),
        reads=(Consent,),
        harms=("consent_withdrawn",),
        broken=(
            chart(
                row("consent", basis="consent", scope="research", date="2012", withdrawn_on="2014-03"),
                row("followup", date="2014-04-02", status="alive", method="phone"),
            ),
        ),
        kept=(
            chart(
                row("consent", basis="consent", scope="research", date="2012", withdrawn_on="2014-03"),
                row("followup", date="2014-03-30", status="alive", method="phone"),
            ),
            chart(
                row("consent", basis="consent", scope="research", date="2012", withdrawn_on="2014-03"),
                row("consent", basis="consent", scope="research", date="2014-04"),
                row("followup", date="2014-04-20", status="alive", method="phone"),
            ),
        ),
    ),
)
