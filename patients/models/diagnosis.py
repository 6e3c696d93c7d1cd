"""Diagnosis and metastatic sites."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

from patients.models.base import AsWritten, ClinicalRow, one_live
from records.audit import audited
from records.constraints import between, coded, known_items, known_values
from records.matching import Match
from records.models import TOPOGRAPHY
from records.partial_dates import PartialDateField, first_day, last_day, well_formed


class WhoType(models.TextChoices):
    I = "I", "I: keratinising"  # noqa: E741
    II = "II", "II: differentiated non-keratinising"
    III = "III", "III: undifferentiated non-keratinising"


class TCategory(AsWritten):
    TX = "TX"
    T0 = "T0"
    TIS = "Tis"
    T1 = "T1"
    T1A = "T1a"
    T1B = "T1b"
    T2 = "T2"
    T2A = "T2a"
    T2B = "T2b"
    T3 = "T3"
    T3A = "T3a"
    T3B = "T3b"
    T4 = "T4"
    T4A = "T4a"
    T4B = "T4b"


class NCategory(AsWritten):
    NX = "NX"
    N0 = "N0"
    N1 = "N1"
    N1A = "N1a"
    N1B = "N1b"
    N1C = "N1c"
    N2 = "N2"
    N2A = "N2a"
    N2B = "N2b"
    N2C = "N2c"
    N3 = "N3"
    N3A = "N3a"
    N3B = "N3b"
    N3C = "N3c"


class MCategory(AsWritten):
    MX = "MX"
    M0 = "M0"
    M1 = "M1"
    M1A = "M1a"
    M1B = "M1b"


class Stage(AsWritten):
    O = "0"  # noqa: E741
    I = "I"  # noqa: E741
    IA = "IA"
    IB = "IB"
    II = "II"
    IIA = "IIA"
    IIB = "IIB"
    III = "III"
    IV = "IV"
    IVA = "IVA"
    IVB = "IVB"
    IVC = "IVC"


class MetastasisBasis(models.TextChoices):
    PATHOLOGY = "pathology", "Pathology"
    IMAGING = "imaging", "Imaging"


class Smoking(models.TextChoices):
    NEVER = "never", "Never smoker"
    FORMER = "former", "Former smoker"
    CURRENT = "current", "Current smoker"


class Comorbidity(models.TextChoices):
    """Items of the Charlson index."""

    MYOCARDIAL_INFARCTION = "myocardial_infarction", "Myocardial infarction"
    HEART_FAILURE = "heart_failure", "Congestive heart failure"
    PERIPHERAL_VASCULAR = "peripheral_vascular", "Peripheral vascular disease"
    CEREBROVASCULAR = "cerebrovascular", "Cerebrovascular disease"
    DEMENTIA = "dementia", "Dementia"
    PULMONARY = "pulmonary", "Chronic pulmonary disease"
    CONNECTIVE_TISSUE = "connective_tissue", "Connective tissue disease"
    PEPTIC_ULCER = "peptic_ulcer", "Peptic ulcer disease"
    LIVER_MILD = "liver_mild", "Mild liver disease"
    LIVER_SEVERE = "liver_severe", "Moderate or severe liver disease"
    DIABETES = "diabetes", "Diabetes"
    DIABETES_COMPLICATED = "diabetes_complicated", "Diabetes with end-organ damage"
    HEMIPLEGIA = "hemiplegia", "Hemiplegia"
    RENAL = "renal", "Moderate or severe renal disease"
    AIDS = "aids", "AIDS"


MORPHOLOGY = RegexValidator(r"^\d{4}/\d$", "Write an ICD-O-3 morphology code such as 8072/3.")


@audited
class Diagnosis(ClinicalRow):
    """The primary tumour, its stage, and how metastasis was shown."""

    date = PartialDateField("date of pathological diagnosis", null=True, blank=True)
    date_first = first_day("date")
    date_last = last_day("date")
    biopsy_proven = models.BooleanField(null=True, blank=True)
    primary_site = models.CharField(
        max_length=5,
        null=True,
        blank=True,
        validators=[TOPOGRAPHY],
        help_text="ICD-O-3 topography; C11 is nasopharynx.",
    )
    morphology = models.CharField(
        max_length=6, null=True, blank=True, validators=[MORPHOLOGY], help_text="ICD-O-3 morphology, such as 8072/3."
    )
    who_type = models.CharField("WHO type", max_length=3, choices=WhoType, null=True, blank=True)
    staging_edition = models.PositiveSmallIntegerField("AJCC/UICC edition", null=True, blank=True)
    t_category = models.CharField("T category", max_length=3, choices=TCategory, null=True, blank=True)
    n_category = models.CharField("N category", max_length=3, choices=NCategory, null=True, blank=True)
    m_category = models.CharField("M category", max_length=3, choices=MCategory, null=True, blank=True)
    stage = models.CharField(
        "stage as entered",
        max_length=4,
        choices=Stage,
        null=True,
        blank=True,
        help_text="Compared with the derived stage.",
    )
    metastasis_date = PartialDateField("date metastasis was shown", null=True, blank=True)
    metastasis_date_first = first_day("metastasis_date")
    metastasis_date_last = last_day("metastasis_date")
    metastasis_basis = models.CharField(
        "metastasis shown by", max_length=9, choices=MetastasisBasis, null=True, blank=True
    )
    other_malignancy = models.BooleanField(null=True, blank=True)
    smoking = models.CharField(max_length=7, choices=Smoking, null=True, blank=True)
    pack_years = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    family_history = models.BooleanField("family history of this cancer", null=True, blank=True)
    comorbidities = ArrayField(
        models.CharField(max_length=24, choices=Comorbidity),
        null=True,
        blank=True,
        help_text="Charlson items; an empty list means none, no list means not known.",
    )
    height_cm = models.DecimalField("height, cm", max_digits=4, decimal_places=1, null=True, blank=True)
    weight_kg = models.DecimalField("weight, kg", max_digits=4, decimal_places=1, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        verbose_name_plural = "diagnoses"
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            one_live("diagnosis", "patient"),
            *well_formed("diagnosis", "date", "metastasis_date"),
            *known_values(
                "diagnosis",
                who_type=WhoType,
                t_category=TCategory,
                n_category=NCategory,
                m_category=MCategory,
                stage=Stage,
                metastasis_basis=MetastasisBasis,
                smoking=Smoking,
            ),
            *known_items("diagnosis", comorbidities=Comorbidity),
            *coded("diagnosis", primary_site=TOPOGRAPHY, morphology=MORPHOLOGY),
            between("diagnosis", "pack_years", 0, 400, "pack-years"),
            between("diagnosis", "height_cm", 40, 250, "cm"),
            between("diagnosis", "weight_kg", 10, 350, "kg"),
            between("diagnosis", "staging_edition", 1, 9, ""),
        ]


class Organ(models.TextChoices):
    BONE = "bone", "Bone"
    LIVER = "liver", "Liver"
    LUNG = "lung", "Lung"
    BRAIN = "brain", "Brain"
    DISTANT_NODE = "distant_node", "Distant lymph node"
    OTHER = "other", "Other organ"


class NodeRegion(models.TextChoices):
    AXILLARY = "axillary", "Axillary"
    MEDIASTINAL = "mediastinal", "Mediastinal"
    ABDOMINAL = "abdominal", "Abdominal"
    INGUINAL = "inguinal", "Inguinal"
    OTHER = "other", "Other region"


@audited
class MetastaticSite(ClinicalRow):
    """Metastases in one organ, or in one region of distant nodes."""

    matched_by = Match(same=("organ", "node_region"), near="date")

    organ = models.CharField(max_length=12, choices=Organ)
    organ_text = models.CharField(max_length=100, blank=True, default="", help_text="Which organ, where it is 'other'.")
    node_region = models.CharField(max_length=11, choices=NodeRegion, null=True, blank=True)
    n_lesions = models.PositiveSmallIntegerField("number of lesions", null=True, blank=True)
    multiple_not_counted = models.BooleanField(
        "multiple, not counted", default=False, help_text="The chart says 'multiple' and gives no number."
    )
    largest_mm = models.PositiveSmallIntegerField("largest diameter, mm", null=True, blank=True)
    date = PartialDateField("date shown", null=True, blank=True)
    date_first = first_day("date")
    date_last = last_day("date")
    basis = models.CharField("shown by", max_length=9, choices=MetastasisBasis, null=True, blank=True)

    class Meta(ClinicalRow.Meta):
        constraints: ClassVar[list[Any]] = [
            *ClinicalRow.Meta.constraints,
            *well_formed("metastaticsite", "date"),
            *known_values("metastaticsite", organ=Organ, node_region=NodeRegion, basis=MetastasisBasis),
            between("metastaticsite", "n_lesions", 1, 500, "lesions"),
            between("metastaticsite", "largest_mm", 1, 400, "mm"),
            models.CheckConstraint(
                condition=models.Q(node_region=None) | models.Q(organ=Organ.DISTANT_NODE),
                name="metastaticsite_region_only_for_nodes",
                violation_error_message="A node region is given for distant lymph nodes only.",
            ),
            models.CheckConstraint(
                condition=models.Q(organ_text="") | models.Q(organ=Organ.OTHER),
                name="metastaticsite_text_only_for_other",
                violation_error_message="Which organ is written out for 'other organ' only.",
            ),
            models.CheckConstraint(
                condition=models.Q(n_lesions=None) | models.Q(multiple_not_counted=False),
                name="metastaticsite_counted_or_not",
                violation_error_message="Give a number of lesions or 'multiple, not counted', not both.",
            ),
            models.UniqueConstraint(fields=["id", "patient"], name="metastaticsite_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_organ_display()} metastasis of {self.patient}"
