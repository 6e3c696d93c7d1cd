"""Dates of consent join the chronology; a live identity is held at the patient's centre."""

from django.db import migrations

from patients import across_tables, chronology


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_closer_constraints")]

    operations = [
        migrations.RunSQL(
            chronology.uninstall("patients", chronology.PATIENTS) + chronology.install("patients", chronology.PATIENTS),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            across_tables.identity_at_centre(),
            "DROP FUNCTION identity_at_centre CASCADE; DROP FUNCTION identity_moves_along CASCADE;",
        ),
    ]
