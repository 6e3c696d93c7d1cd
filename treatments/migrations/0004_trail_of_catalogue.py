import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('treatments', '0003_chronology'),
    ]

    operations = [
        migrations.CreateModel(
            name='DrugEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(max_length=60)),
                ('agent_class', models.CharField(choices=[('chemotherapy', 'Chemotherapy'), ('checkpoint_inhibitor', 'Immune checkpoint inhibitor'), ('anti_egfr', 'Anti-EGFR antibody'), ('other', 'Other')], max_length=20)),
                ('is_platinum', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RegimenDrugEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('mg_m2', models.DecimalField(blank=True, decimal_places=1, help_text='Empty where not standard.', max_digits=7, null=True, verbose_name='dose, mg/m² per day')),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, help_text='Days of the cycle on which it is given.', size=None)),
                ('route', models.CharField(choices=[('iv', 'Intravenous'), ('civ', 'Continuous infusion'), ('po', 'By mouth')], max_length=3)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RegimenEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(max_length=100)),
                ('cycle_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='cycle length, days')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drug',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_drugevent" ("agent_class", "code", "id", "is_platinum", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."agent_class", new_values."code", new_values."id", new_values."is_platinum", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='28dee89cdaa544a6915f8e87a128a92b669e4712', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_b5ad0', referencing='REFERENCING NEW TABLE AS new_values ', table='treatments_drug', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drug',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_drugevent" ("agent_class", "code", "id", "is_platinum", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."agent_class", new_values."code", new_values."id", new_values."is_platinum", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='9278f29295a50773b201c0f709840b733053daf3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_103ac', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='treatments_drug', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimen',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_regimenevent" ("code", "cycle_days", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."code", new_values."cycle_days", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='531c705fe70011d83c577737a72ddc556d66c189', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_15026', referencing='REFERENCING NEW TABLE AS new_values ', table='treatments_regimen', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimen',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_regimenevent" ("code", "cycle_days", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."code", new_values."cycle_days", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='19b86e948107f52f61ef135e8262b6209d9450c9', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_54d5e', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='treatments_regimen', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimendrug',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_regimendrugevent" ("days", "drug_id", "id", "mg_m2", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regimen_id", "route") SELECT new_values."days", new_values."drug_id", new_values."id", new_values."mg_m2", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."regimen_id", new_values."route" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='0a42250318bfdc164096eb526f244fe264c5afa5', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2e36f', referencing='REFERENCING NEW TABLE AS new_values ', table='treatments_regimendrug', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimendrug',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_regimendrugevent" ("days", "drug_id", "id", "mg_m2", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regimen_id", "route") SELECT new_values."days", new_values."drug_id", new_values."id", new_values."mg_m2", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."regimen_id", new_values."route" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='c7492ed5701953aa54ff06df7b80ff02ec8c1a57', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_b6024', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='treatments_regimendrug', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimendrug',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "treatments_regimendrugevent" ("days", "drug_id", "id", "mg_m2", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regimen_id", "route") SELECT old_values."days", old_values."drug_id", old_values."id", old_values."mg_m2", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."regimen_id", old_values."route" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='7e31c11e24aecad24091dd0490769ee56cd1194f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_73445', referencing='REFERENCING OLD TABLE AS old_values ', table='treatments_regimendrug', when='AFTER')),
        ),
        migrations.AddField(
            model_name='drugevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='drugevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='treatments.drug'),
        ),
        migrations.AddField(
            model_name='regimendrugevent',
            name='drug',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treatments.drug'),
        ),
        migrations.AddField(
            model_name='regimendrugevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='regimendrugevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='treatments.regimendrug'),
        ),
        migrations.AddField(
            model_name='regimendrugevent',
            name='regimen',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treatments.regimen'),
        ),
        migrations.AddField(
            model_name='regimenevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='regimenevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='treatments.regimen'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drugevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6e531aa0274211443033f4d3f49df9bfaa052995', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5fe82', table='treatments_drugevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimendrugevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fc844274dbf22a1f9d6e0e7939eadcd2ffb71ad7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ad6a5', table='treatments_regimendrugevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regimenevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='052f622e81d38b51729439e09746395069218656', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b98c4', table='treatments_regimenevent', when='BEFORE')),
        ),
    ]
