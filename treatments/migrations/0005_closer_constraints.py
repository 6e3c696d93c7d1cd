from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0004_trail_of_catalogue'),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name='drugdose',
            name='drugdose_mg_m2_possible',
            constraint=models.CheckConstraint(condition=models.Q(('mg_m2__isnull', True), ('mg_m2__range', (0, 15000)), _connector='OR'), name='drugdose_mg_m2_possible', violation_error_message='Dose must lie between 0 and 15000 mg/m².'),
        ),
        migrations.AddConstraint(
            model_name='adverseevent',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_adverseevent_source_known'),
        ),
        migrations.AddConstraint(
            model_name='chemotherapycycle',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_chemotherapycycle_source_known'),
        ),
        migrations.AddConstraint(
            model_name='drugdose',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_drugdose_source_known'),
        ),
        migrations.AddConstraint(
            model_name='localtreatment',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_localtreatment_source_known'),
        ),
        migrations.AddConstraint(
            model_name='radiotherapycourse',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_radiotherapycourse_source_known'),
        ),
        migrations.AddConstraint(
            model_name='radiotherapyvolume',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_radiotherapyvolume_source_known'),
        ),
        migrations.AddConstraint(
            model_name='regimen',
            constraint=models.CheckConstraint(condition=models.Q(('cycle_days__isnull', True), ('cycle_days__range', (1, 90)), _connector='OR'), name='regimen_cycle_days_possible', violation_error_message='Cycle length must lie between 1 and 90 days.'),
        ),
        migrations.AddConstraint(
            model_name='regimendrug',
            constraint=models.CheckConstraint(condition=models.Q(('mg_m2__isnull', True), ('mg_m2__range', (0, 15000)), _connector='OR'), name='regimendrug_mg_m2_possible', violation_error_message='Dose must lie between 0 and 15000 mg/m².'),
        ),
        migrations.AddConstraint(
            model_name='responseassessment',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_responseassessment_source_known'),
        ),
        migrations.AddConstraint(
            model_name='responseassessment',
            constraint=models.CheckConstraint(condition=models.Q(('modalities__isnull', True), ('modalities__contained_by', ['mri_head_neck', 'chest_xray', 'chest_ct', 'abdominal_us', 'abdominal_ct', 'bone_scan', 'pet_ct']), _connector='OR'), name='responseassessment_modalities_known'),
        ),
        migrations.AddConstraint(
            model_name='systemiccourse',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_systemiccourse_source_known'),
        ),
        migrations.AddConstraint(
            model_name='systemiccourse',
            constraint=models.CheckConstraint(condition=models.Q(('line', None), models.Q(models.Q(('intent', 'palliative'), ('line__gt', 1), _negated=True), models.Q(('intent', 'later_line'), ('line', 1), _negated=True)), _connector='OR'), name='systemiccourse_line_of_intent', violation_error_message='PCT is the first line, a later line the second or a further one.'),
        ),
        migrations.AddConstraint(
            model_name='targetlesion',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='treatments_targetlesion_source_known'),
        ),
    ]
