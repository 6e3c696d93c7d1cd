"""Children belong to their parent's patient."""

from django.db import migrations

CHILDREN = (
    ("chemotherapycycle", "course_id", "systemiccourse"),
    ("drugdose", "cycle_id", "chemotherapycycle"),
    ("radiotherapyvolume", "course_id", "radiotherapycourse"),
    ("targetlesion", "assessment_id", "responseassessment"),
)


def same_patient(child: str, column: str, parent: str) -> migrations.RunSQL:
    """A composite foreign key, so that a child can never hang below another patient's row."""
    return migrations.RunSQL(
        f"ALTER TABLE treatments_{child} ADD CONSTRAINT {child}_of_parents_patient FOREIGN KEY ({column}, patient_id)"
        f" REFERENCES treatments_{parent} (id, patient_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE treatments_{child} DROP CONSTRAINT {child}_of_parents_patient",
    )


class Migration(migrations.Migration):
    dependencies = [("treatments", "0001_initial"), ("patients", "0001_initial")]

    operations = [same_patient(*child) for child in CHILDREN]
