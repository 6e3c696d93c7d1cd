import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0004_followup_index'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('records', '0003_trail_of_centres_and_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdentityKeyEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='identity',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='identity',
            name='update_update',
        ),
        migrations.RemoveField(
            model_name='identityevent',
            name='hospital_number_index',
        ),
        migrations.RemoveField(
            model_name='identityevent',
            name='national_id_index',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dataquerymessage',
            trigger=pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f3e73355be10e5612db589b6ed6aa01ea40d6c76', operation='UPDATE', pgid='pgtrigger_never_changed_c9170', table='patients_dataquerymessage', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "patients_identityevent" ("address", "centre_id", "created_at", "created_by_id", "hospital_number", "id", "name", "national_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "source", "updated_at", "updated_by_id", "version", "void_reason", "voided_at", "voided_by_id") SELECT new_values."address", new_values."centre_id", new_values."created_at", new_values."created_by_id", new_values."hospital_number", new_values."id", new_values."name", new_values."national_id", new_values."note", new_values."patient_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."source", new_values."updated_at", new_values."updated_by_id", new_values."version", new_values."void_reason", new_values."voided_at", new_values."voided_by_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='0687ff6025253463dde80071119e8347cda3a0a6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_0194a', referencing='REFERENCING NEW TABLE AS new_values ', table='patients_identity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "patients_identityevent" ("address", "centre_id", "created_at", "created_by_id", "hospital_number", "id", "name", "national_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "source", "updated_at", "updated_by_id", "version", "void_reason", "voided_at", "voided_by_id") SELECT new_values."address", new_values."centre_id", new_values."created_at", new_values."created_by_id", new_values."hospital_number", new_values."id", new_values."name", new_values."national_id", new_values."note", new_values."patient_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phone", new_values."source", new_values."updated_at", new_values."updated_by_id", new_values."version", new_values."void_reason", new_values."voided_at", new_values."voided_by_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."address" IS DISTINCT FROM (new_values."address") OR old_values."centre_id" IS DISTINCT FROM (new_values."centre_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."created_by_id" IS DISTINCT FROM (new_values."created_by_id") OR old_values."hospital_number" IS DISTINCT FROM (new_values."hospital_number") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."national_id" IS DISTINCT FROM (new_values."national_id") OR old_values."note" IS DISTINCT FROM (new_values."note") OR old_values."patient_id" IS DISTINCT FROM (new_values."patient_id") OR old_values."phone" IS DISTINCT FROM (new_values."phone") OR old_values."source" IS DISTINCT FROM (new_values."source") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."updated_by_id" IS DISTINCT FROM (new_values."updated_by_id") OR old_values."version" IS DISTINCT FROM (new_values."version") OR old_values."void_reason" IS DISTINCT FROM (new_values."void_reason") OR old_values."voided_at" IS DISTINCT FROM (new_values."voided_at") OR old_values."voided_by_id" IS DISTINCT FROM (new_values."voided_by_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='9e2458ff7301df102b332f8c59ae155575aa4e2a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_e3b49', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='patients_identity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitykey',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "patients_identitykeyevent" ("created_at", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."created_at", new_values."id", new_values."patient_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1b4ec99afc18993dbb8ec09708920a336ddb691d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_4cf3f', referencing='REFERENCING NEW TABLE AS new_values ', table='patients_identitykey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitykey',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "patients_identitykeyevent" ("created_at", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."created_at", new_values."id", new_values."patient_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."patient_id" IS DISTINCT FROM (new_values."patient_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='343f87c52ee352601a026e8138f5abc05252d0fa', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_624af', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='patients_identitykey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitykey',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "patients_identitykeyevent" ("created_at", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT old_values."created_at", old_values."id", old_values."patient_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='20492a7e6fae9a00d46702ae5f0956b60b048aaf', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_2b0b9', referencing='REFERENCING OLD TABLE AS old_values ', table='patients_identitykey', when='AFTER')),
        ),
        migrations.AddField(
            model_name='identitykeyevent',
            name='patient',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='identitykeyevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='identitykeyevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='patients.identitykey'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitykeyevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='994a86da20cb1d4a1be21456b796a13239a10c32', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6f078', table='patients_identitykeyevent', when='BEFORE')),
        ),
    ]
