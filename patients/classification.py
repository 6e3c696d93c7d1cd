"""What the fields of patients say about a person (``records.classification``)."""

from django.db import models

from patients.models import (
    ChartInHand,
    ChartLock,
    Consent,
    DataQuery,
    DataQueryMessage,
    Death,
    Diagnosis,
    Discrepancy,
    DistinctPair,
    FollowUp,
    Identity,
    IdentityKey,
    LabResult,
    MetastaticSite,
    Patient,
    PerformanceStatus,
    Progression,
    QualityOfLife,
    SecondEntry,
)
from records.classification import Fields, classified, register

FIELDS: dict[type[models.Model], Fields] = {
    Patient: classified(
        identifying="external_id",
        # The number stands for the person to whoever may look into the registry, and to nobody else.
        quasi="number registry centre sex birth_date age_at_reference age_reference",
        own="merged_into second_of",
    ),
    Identity: classified(
        identifying="name hospital_number hospital_number_index national_id national_id_index phone address",
        quasi="patient centre",
    ),
    IdentityKey: classified(identifying="wrapped", quasi="patient", own="id created_at"),
    Consent: classified(quasi="patient date withdrawn_on", clinical="basis scope"),
    Diagnosis: classified(
        quasi="patient date metastasis_date",
        clinical="biopsy_proven primary_site morphology who_type staging_edition t_category n_category m_category"
        " stage metastasis_basis other_malignancy smoking pack_years family_history comorbidities height_cm weight_kg",
    ),
    MetastaticSite: classified(
        quasi="patient date", clinical="organ organ_text node_region n_lesions multiple_not_counted largest_mm basis"
    ),
    PerformanceStatus: classified(quasi="patient date", clinical="timepoint kps ecog"),
    LabResult: classified(quasi="patient date", clinical="analyte value unit below_limit detection_limit assay"),
    QualityOfLife: classified(quasi="patient date", clinical="instrument scale score"),
    FollowUp: classified(quasi="patient date next_due", clinical="method status disease_status"),
    Progression: classified(quasi="patient date", clinical="kind sites basis"),
    Death: classified(quasi="patient date", clinical="cause"),
    DataQuery: classified(
        identifying="text value",
        quasi="patient",
        own="rule severity table row field state state_since rank cost",
    ),
    DataQueryMessage: classified(identifying="text", own="id query author written_at state"),
    DistinctPair: classified(quasi="patient other"),
    SecondEntry: classified(identifying="compared", quasi="patient chart", own="abstractor state finished_at"),
    Discrepancy: classified(
        identifying="first second", quasi="patient", own="entry table row second_row field decision"
    ),
    ChartInHand: classified(quasi="patient", own="id user saved_at"),
    ChartLock: classified(quasi="patient", own="signed_off_at"),
}
# How charts are kept, not what they say.
OVERSIGHT = (IdentityKey, DataQuery, DataQueryMessage, DistinctPair, SecondEntry, Discrepancy, ChartLock)


def declare() -> None:
    register(FIELDS, oversight=OVERSIGHT)
