"""The API of treatments, response and toxicity."""

from records.api import viewset_for
from treatments.models import (
    AdverseEvent,
    ChemotherapyCycle,
    DrugDose,
    LocalTreatment,
    RadiotherapyCourse,
    RadiotherapyVolume,
    ResponseAssessment,
    SystemicCourse,
    TargetLesion,
)

BY_CODE = {"treatments.Regimen": "code", "treatments.Drug": "code"}

ROUTES = (
    ("systemic-courses", viewset_for(SystemicCourse, BY_CODE)),
    ("chemotherapy-cycles", viewset_for(ChemotherapyCycle)),
    ("drug-doses", viewset_for(DrugDose, BY_CODE)),
    ("radiotherapy-courses", viewset_for(RadiotherapyCourse)),
    ("radiotherapy-volumes", viewset_for(RadiotherapyVolume)),
    ("local-treatments", viewset_for(LocalTreatment)),
    ("response-assessments", viewset_for(ResponseAssessment)),
    ("target-lesions", viewset_for(TargetLesion)),
    ("adverse-events", viewset_for(AdverseEvent)),
)
