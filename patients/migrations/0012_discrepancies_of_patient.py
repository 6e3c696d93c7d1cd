"""A discrepancy belongs to the patient of its second entry, and does not outlive it."""

from django.db import migrations, models

from patients.across_tables import live_below_live


class Migration(migrations.Migration):
    dependencies = [("patients", "0011_chart_in_hand")]

    operations = [
        migrations.AddConstraint(
            model_name="secondentry",
            constraint=models.UniqueConstraint(fields=["id", "patient"], name="secondentry_of_patient"),
        ),
        migrations.RunSQL(
            "ALTER TABLE patients_discrepancy ADD CONSTRAINT discrepancy_of_parents_patient"
            " FOREIGN KEY (entry_id, patient_id) REFERENCES patients_secondentry (id, patient_id)"
            " DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE patients_discrepancy DROP CONSTRAINT discrepancy_of_parents_patient",
        ),
        migrations.RunSQL(
            live_below_live("patients_discrepancy", "entry_id", "patients_secondentry"),
            "DROP FUNCTION patients_discrepancy_below_live CASCADE;"
            "DROP FUNCTION patients_secondentry_above_discrepancy CASCADE;",
        ),
    ]
