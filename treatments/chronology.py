"""The dated tables of treatments, held within the patient's life by the triggers of ``patients.chronology``."""

from patients.chronology import Dated

TREATMENTS = (
    Dated("treatments_systemiccourse", "start"),
    Dated("treatments_systemiccourse", "stop"),
    Dated("treatments_chemotherapycycle", "day_1"),
    Dated("treatments_radiotherapycourse", "start"),
    Dated("treatments_radiotherapycourse", "end"),
    Dated("treatments_localtreatment"),
    Dated("treatments_responseassessment"),
    Dated("treatments_adverseevent", "onset"),
    Dated("treatments_adverseevent", "resolution"),
)
