"""What the data-quality rules find in whole tables: what these deserve, and nothing else."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from django.core.management import call_command

from exchange import mapping, table_import
from patients.models import DataQuery
from records import quality, uploads
from records.accounts import service_account
from registry.paths import BASE_DIR
from tests.conftest import needs_shared

# Rules that the rebuilt cohort may break, and why: what print leaves open, and what a chart of the review lacks.
DESERVED = {
    "DX-03": "reviewed and outside the study: T category missing",
    "DX-04": "reviewed and outside the study: N category missing",
    "MS-02": "reviewed and outside the study: metastatic sites missing",
    "MS-07": "some charts say 'multiple' and give no number",
    "RS-01": "response to PCT unknown in print",
    "RS-02": "response to PCT unknown in print",
    "RT-03": "technique unknown in print",
    "RT-04": "dose unknown in print",
    "RT-05": "dose unknown in print",
    "RT-09": "doses below 60 Gy in print",
    "RT-15": "KPS before radiotherapy unknown in print",
    "RV-01": "doses below 60 Gy in print",
}
# The same of RADCURE. The table has no consent, date of diagnosis, biopsy, edition, regimen, KPS nor organs of distant
# failure, and of radiotherapy neither end, technique nor delivered dose: these are missing by its nature.
BY_NATURE = {
    "CS-01": 3346,
    "DX-02": 3346,
    "DX-06": 3346,
    "PG-04": 408,
    "RT-02": 3346,
    "RT-03": 3346,
    "RT-05": 3346,
    "RT-15": 3346,
    "ST-01": 3334,
    "SY-01": 1413,
    "SY-02": 1485,
}
FAULTS = {
    "DT-02": 22,
    "DT-04": 14,
    "DX-03": 13,
    "DX-04": 13,
    "DX-05": 14,
    "DX-07": 198,
    "DX-12": 4,
    "MS-01": 2,
    "MS-02": 2,
    "PG-05": 2,
    "PG-06": 2,
    "RT-08": 2,
}


@pytest.mark.django_db
def test_the_rebuilt_cohort_opens_the_queries_that_print_deserves() -> None:
    call_command("build_study_cohort", seed=1, stdout=io.StringIO())
    assert {finding.rule for finding in quality.findings(quality.registered())} == set(DESERVED)
    assert not DataQuery.objects.exists()  # they are opened after the commit


@pytest.mark.django_db
def test_radcure_opens_the_queries_of_its_known_faults() -> None:
    table = uploads.read_table(needs_shared("data", "radcure", "RADCURE_Clinical_v04_20241219.csv"))
    rules = mapping.read(BASE_DIR / "exchange" / "mappings" / "radcure.yaml")
    plan = table_import.plan(rules, table.columns, table.rows)
    table_import.take_in(plan, rules, by=service_account())
    found = Counter(finding.rule for finding in quality.findings(quality.registered()))
    assert found == BY_NATURE | FAULTS
