"""The declarations: complete, readable, and what the saved plans ask for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from analyses.derivation import dictionary
from analyses.derivation.chart import MODELS
from analyses.derivation.frames import SCHEMA
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.parameters import DerivationParameters
from analyses.pipeline.references import check_references
from analyses.pipeline.spec import StudySpec
from tests.conftest import needs_shared
from tests.derivation.factories import derived

PLANS = sorted((Path(__file__).parents[2] / "analyses" / "plans").glob("*.json"))
STUDY = DerivationParameters(data_cutoff=date(2019, 12, 31), oligo_threshold=1)
TABLES = {model: table for table, (model, _) in MODELS.items()} | {"Patient": "patient"}


def test_every_variable_says_what_it_is() -> None:
    variables = dictionary.variables(STUDY)
    assert len({variable.name for variable in variables}) == len({variable.label for variable in variables})
    for variable in variables:
        assert variable.doc.endswith("."), variable.name
        assert variable.sources, variable.name
        assert "{" not in variable.window


def test_every_source_is_a_field_that_derivation_reads() -> None:
    for item in (*dictionary.variables(STUDY), *dictionary.moments()):
        for source in item.sources:
            model, field = source.split(".")
            assert {field, f"{field}_id"} & set(SCHEMA[TABLES[model]]), f"{item.name}: {source}"


def test_levels_and_windows_follow_the_parameters() -> None:
    other = DerivationParameters(
        data_cutoff=date(2019, 12, 31), age_cut=50, period_breaks=(2010, 2015), pct_cycle_cuts=(2,), rt_dose_cut_gy=66.5
    )
    levels = {variable.name: variable.levels for variable in dictionary.variables(other)}
    assert levels["age_group"] == ("<50", ">=50")
    assert levels["diagnosis_period"] == ("2010-2014",)
    assert levels["pct_cycles"] == ("1-2", ">2")
    assert levels["rt_dose_group"] == ("<66.5", ">=66.5")


@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.stem)
def test_every_saved_plan_finds_the_variables_it_names(plan: Path) -> None:
    spec = StudySpec.from_json(json.loads(plan.read_text()))
    check_references(
        spec,
        {item.name: item for item in dictionary.variables(spec.derivation)},
        {item.name: item for item in dictionary.endpoints(spec.derivation)},
        {item.name: item for item in dictionary.moments()},
    )


def test_levels_are_those_of_the_published_table() -> None:
    published = json.loads(needs_shared("paper", "published_figures.json").read_text())["table1"]
    levels = {variable.name: variable.levels for variable in dictionary.variables(STUDY)}
    for row in published:
        known = [level for level in row["levels"] if level != "Unknown"]
        assert [level for level in levels[row["variable"]] if level in known] == known
        assert set(levels[row["variable"]]) - set(known) <= {"PD"}, row["variable"]


def test_a_dataset_survives_parquet_and_keeps_its_hash() -> None:
    dataset = derived(
        patients=2,
        diagnosis=[{"date": "2012-05", "metastasis_date": "2012-06", "t_category": "T2"}],
        followup=[{"date": "2014", "status": "alive"}],
        adverseevent=[{"term": "Nausea", "grade": 2, "phase": "pct"}],
    )
    again = Dataset.from_parquet(dataset.to_parquet())
    assert again.sha256() == dataset.sha256()
    assert again.exclusions == dataset.exclusions
    assert [item.patient for item in again.exclusions] == ["NPC-000002"]
