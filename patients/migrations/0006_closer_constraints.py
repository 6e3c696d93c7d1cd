from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0005_trail_of_identity'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='diagnosis',
            name='diagnosis_t_category_known',
        ),
        migrations.RemoveConstraint(
            model_name='diagnosis',
            name='diagnosis_n_category_known',
        ),
        migrations.RemoveConstraint(
            model_name='diagnosis',
            name='diagnosis_m_category_known',
        ),
        migrations.RemoveConstraint(
            model_name='diagnosis',
            name='diagnosis_stage_known',
        ),
        migrations.RemoveConstraint(
            model_name='patient',
            name='patient_external_id_once',
        ),
        migrations.AlterField(
            model_name='diagnosis',
            name='m_category',
            field=models.CharField(blank=True, choices=[('MX', 'MX'), ('M0', 'M0'), ('M1', 'M1'), ('M1a', 'M1a'), ('M1b', 'M1b')], max_length=3, null=True, verbose_name='M category'),
        ),
        migrations.AlterField(
            model_name='diagnosis',
            name='n_category',
            field=models.CharField(blank=True, choices=[('NX', 'NX'), ('N0', 'N0'), ('N1', 'N1'), ('N1a', 'N1a'), ('N1b', 'N1b'), ('N1c', 'N1c'), ('N2', 'N2'), ('N2a', 'N2a'), ('N2b', 'N2b'), ('N2c', 'N2c'), ('N3', 'N3'), ('N3a', 'N3a'), ('N3b', 'N3b'), ('N3c', 'N3c')], max_length=3, null=True, verbose_name='N category'),
        ),
        migrations.AlterField(
            model_name='diagnosis',
            name='stage',
            field=models.CharField(blank=True, choices=[('0', '0'), ('I', 'I'), ('IA', 'IA'), ('IB', 'IB'), ('II', 'II'), ('IIA', 'IIA'), ('IIB', 'IIB'), ('III', 'III'), ('IV', 'IV'), ('IVA', 'IVA'), ('IVB', 'IVB'), ('IVC', 'IVC')], help_text='Compared with the derived stage.', max_length=4, null=True, verbose_name='stage as entered'),
        ),
        migrations.AlterField(
            model_name='diagnosis',
            name='t_category',
            field=models.CharField(blank=True, choices=[('TX', 'TX'), ('T0', 'T0'), ('Tis', 'Tis'), ('T1', 'T1'), ('T1a', 'T1a'), ('T1b', 'T1b'), ('T2', 'T2'), ('T2a', 'T2a'), ('T2b', 'T2b'), ('T3', 'T3'), ('T3a', 'T3a'), ('T3b', 'T3b'), ('T4', 'T4'), ('T4a', 'T4a'), ('T4b', 'T4b')], max_length=3, null=True, verbose_name='T category'),
        ),
        migrations.AlterField(
            model_name='diagnosisevent',
            name='m_category',
            field=models.CharField(blank=True, choices=[('MX', 'MX'), ('M0', 'M0'), ('M1', 'M1'), ('M1a', 'M1a'), ('M1b', 'M1b')], max_length=3, null=True, verbose_name='M category'),
        ),
        migrations.AlterField(
            model_name='diagnosisevent',
            name='n_category',
            field=models.CharField(blank=True, choices=[('NX', 'NX'), ('N0', 'N0'), ('N1', 'N1'), ('N1a', 'N1a'), ('N1b', 'N1b'), ('N1c', 'N1c'), ('N2', 'N2'), ('N2a', 'N2a'), ('N2b', 'N2b'), ('N2c', 'N2c'), ('N3', 'N3'), ('N3a', 'N3a'), ('N3b', 'N3b'), ('N3c', 'N3c')], max_length=3, null=True, verbose_name='N category'),
        ),
        migrations.AlterField(
            model_name='diagnosisevent',
            name='stage',
            field=models.CharField(blank=True, choices=[('0', '0'), ('I', 'I'), ('IA', 'IA'), ('IB', 'IB'), ('II', 'II'), ('IIA', 'IIA'), ('IIB', 'IIB'), ('III', 'III'), ('IV', 'IV'), ('IVA', 'IVA'), ('IVB', 'IVB'), ('IVC', 'IVC')], help_text='Compared with the derived stage.', max_length=4, null=True, verbose_name='stage as entered'),
        ),
        migrations.AlterField(
            model_name='diagnosisevent',
            name='t_category',
            field=models.CharField(blank=True, choices=[('TX', 'TX'), ('T0', 'T0'), ('Tis', 'Tis'), ('T1', 'T1'), ('T1a', 'T1a'), ('T1b', 'T1b'), ('T2', 'T2'), ('T2a', 'T2a'), ('T2b', 'T2b'), ('T3', 'T3'), ('T3a', 'T3a'), ('T3b', 'T3b'), ('T4', 'T4'), ('T4a', 'T4a'), ('T4b', 'T4b')], max_length=3, null=True, verbose_name='T category'),
        ),
        migrations.AddConstraint(
            model_name='chartlock',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_chartlock_source_known'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_consent_source_known'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('date_first__isnull', True), ('withdrawn_on_last__isnull', True), ('withdrawn_on_last__gte', models.F('date_first')), _connector='OR'), name='consent_withdrawn_on_not_before_date', violation_error_message='The consent is withdrawn before it was given.'),
        ),
        migrations.AddConstraint(
            model_name='dataquery',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_dataquery_source_known'),
        ),
        migrations.AddConstraint(
            model_name='death',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_death_source_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_diagnosis_source_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('t_category__in', ['TX', 'T0', 'Tis', 'T1', 'T1a', 'T1b', 'T2', 'T2a', 'T2b', 'T3', 'T3a', 'T3b', 'T4', 'T4a', 'T4b']), ('t_category__isnull', True), _connector='OR'), name='diagnosis_t_category_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('n_category__in', ['NX', 'N0', 'N1', 'N1a', 'N1b', 'N1c', 'N2', 'N2a', 'N2b', 'N2c', 'N3', 'N3a', 'N3b', 'N3c']), ('n_category__isnull', True), _connector='OR'), name='diagnosis_n_category_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('m_category__in', ['MX', 'M0', 'M1', 'M1a', 'M1b']), ('m_category__isnull', True), _connector='OR'), name='diagnosis_m_category_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('stage__in', ['0', 'I', 'IA', 'IB', 'II', 'IIA', 'IIB', 'III', 'IV', 'IVA', 'IVB', 'IVC']), ('stage__isnull', True), _connector='OR'), name='diagnosis_stage_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('comorbidities__isnull', True), ('comorbidities__contained_by', ['myocardial_infarction', 'heart_failure', 'peripheral_vascular', 'cerebrovascular', 'dementia', 'pulmonary', 'connective_tissue', 'peptic_ulcer', 'liver_mild', 'liver_severe', 'diabetes', 'diabetes_complicated', 'hemiplegia', 'renal', 'aids']), _connector='OR'), name='diagnosis_comorbidities_known'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('primary_site__isnull', True), ('primary_site__regex', '^C\\d\\d(\\.\\d)?$'), _connector='OR'), name='diagnosis_primary_site_coded', violation_error_message='Write an ICD-O-3 topography code such as C11 or C11.9.'),
        ),
        migrations.AddConstraint(
            model_name='diagnosis',
            constraint=models.CheckConstraint(condition=models.Q(('morphology__isnull', True), ('morphology__regex', '^\\d{4}/\\d$'), _connector='OR'), name='diagnosis_morphology_coded', violation_error_message='Write an ICD-O-3 morphology code such as 8072/3.'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_followup_source_known'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_identity_source_known'),
        ),
        migrations.AddConstraint(
            model_name='labresult',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_labresult_source_known'),
        ),
        migrations.AddConstraint(
            model_name='labresult',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('analyte', 'ebv_dna'), ('unit', 'copies/mL')), models.Q(('analyte', 'ldh'), ('unit', 'U/L')), models.Q(('analyte', 'alp'), ('unit', 'U/L')), models.Q(('analyte', 'albumin'), ('unit', 'g/L')), models.Q(('analyte', 'haemoglobin'), ('unit', 'g/L')), models.Q(('analyte', 'lymphocytes'), ('unit', '10^9/L')), models.Q(('analyte', 'crp'), ('unit', 'mg/L')), _connector='OR'), name='labresult_in_its_unit', violation_error_message='EBV DNA is given in copies/mL, LDH and ALP in U/L, albumin and haemoglobin in g/L, lymphocytes in 10^9/L, CRP in mg/L.'),
        ),
        migrations.AddConstraint(
            model_name='labresult',
            constraint=models.CheckConstraint(condition=models.Q(('detection_limit', None), ('detection_limit__gt', 0), _connector='OR'), name='labresult_detection_limit_positive'),
        ),
        migrations.AddConstraint(
            model_name='metastaticsite',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_metastaticsite_source_known'),
        ),
        migrations.AddConstraint(
            model_name='metastaticsite',
            constraint=models.CheckConstraint(condition=models.Q(('organ_text', ''), ('organ', 'other'), _connector='OR'), name='metastaticsite_text_only_for_other', violation_error_message="Which organ is written out for 'other organ' only."),
        ),
        migrations.AddConstraint(
            model_name='metastaticsite',
            constraint=models.UniqueConstraint(fields=('id', 'patient'), name='metastaticsite_of_patient'),
        ),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_patient_source_known'),
        ),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('registry', 'external_id'), name='patient_external_id_once', violation_error_message='Stands already.'),
        ),
        migrations.AddConstraint(
            model_name='performancestatus',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_performancestatus_source_known'),
        ),
        migrations.AddConstraint(
            model_name='progression',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_progression_source_known'),
        ),
        migrations.AddConstraint(
            model_name='progression',
            constraint=models.CheckConstraint(condition=models.Q(('sites__isnull', True), ('sites__contained_by', ['bone', 'liver', 'lung', 'brain', 'distant_node', 'other']), _connector='OR'), name='progression_sites_known'),
        ),
        migrations.AddConstraint(
            model_name='qualityoflife',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chart', 'import', 'api'])), name='patients_qualityoflife_source_known'),
        ),
    ]
