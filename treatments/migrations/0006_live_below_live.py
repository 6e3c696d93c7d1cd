"""No live row below a void one; a treated site is the patient's own; ends of courses and events lie within the life."""

from django.db import migrations

from patients.across_tables import live_below_live
from patients.chronology import install, uninstall
from treatments.chronology import TREATMENTS

PAIRS = (
    ("chemotherapycycle", "course_id", "systemiccourse"),
    ("drugdose", "cycle_id", "chemotherapycycle"),
    ("radiotherapyvolume", "course_id", "radiotherapycourse"),
    ("targetlesion", "assessment_id", "responseassessment"),
)


def below(child: str, column: str, parent: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        live_below_live(f"treatments_{child}", column, f"treatments_{parent}"),
        f"DROP FUNCTION treatments_{child}_below_live CASCADE;"
        f"DROP FUNCTION treatments_{parent}_above_{child} CASCADE;",
    )


class Migration(migrations.Migration):
    dependencies = [("treatments", "0005_closer_constraints"), ("patients", "0007_across_tables")]

    operations = [
        *[below(*pair) for pair in PAIRS],
        migrations.RunSQL(
            "ALTER TABLE treatments_localtreatment ADD CONSTRAINT localtreatment_of_sites_patient"
            " FOREIGN KEY (site_id, patient_id) REFERENCES patients_metastaticsite (id, patient_id)"
            " DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE treatments_localtreatment DROP CONSTRAINT localtreatment_of_sites_patient",
        ),
        migrations.RunSQL(
            uninstall("treatments", TREATMENTS) + install("treatments", TREATMENTS), migrations.RunSQL.noop
        ),
    ]
