"""The dataset contract: every column declared and typed, one Parquet form, one hash per content."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analyses.pipeline.dataset import Dataset, Exclusion, Variable
from analyses.pipeline.errors import InvalidValueError
from tests.pipeline.factories import synthetic_dataset


def rich_dataset() -> Dataset:
    """All column kinds, provenance, exclusions, missing values."""
    dataset = synthetic_dataset(40)
    frame = dataset.frame.copy()
    frame["diagnosed"] = pd.to_datetime(["2012-05-17", None] * 20)
    frame.loc[frame.index[3], ["os_months", "os_event"]] = [np.nan, None]
    frame.loc[frame.index[4], "biopsy_proven"] = None
    variable = Variable(name="diagnosed", label="Diagnosed on", kind="date", doc="Synthetic.")
    provenance = pd.DataFrame({"os": ["Death.date", None] * 20}, index=frame.index)
    return replace(
        dataset,
        frame=frame,
        variables={**dataset.variables, "diagnosed": variable},
        provenance=provenance,
        exclusions=(Exclusion(patient=str(frame.index[3]), reason="no date of metastasis", endpoint="os"),),
    )


def test_parquet_keeps_everything() -> None:
    dataset = rich_dataset()
    again = Dataset.from_parquet(dataset.to_parquet())
    pd.testing.assert_frame_equal(again.frame, dataset.frame)
    pd.testing.assert_frame_equal(again.toxicity, dataset.toxicity)
    assert again.provenance["os"].dropna().to_dict() == dataset.provenance["os"].dropna().to_dict()
    assert again.declarations() == dataset.declarations()
    assert again.sha256() == dataset.sha256()
    assert again.to_parquet() == dataset.to_parquet()


def test_a_dataset_without_toxicity_or_provenance_has_a_parquet_form() -> None:
    dataset = synthetic_dataset(10)
    bare = replace(dataset, toxicity=dataset.toxicity.iloc[:0])
    again = Dataset.from_parquet(bare.to_parquet())
    assert again.toxicity.empty
    assert again.sha256() == bare.sha256()


def test_the_hash_does_not_depend_on_the_order_of_rows() -> None:
    dataset = rich_dataset()
    shuffled = replace(
        dataset,
        frame=dataset.frame.sample(frac=1, random_state=3),
        toxicity=dataset.toxicity.sample(frac=1, random_state=4),
        provenance=dataset.provenance.sample(frac=1, random_state=5),
    )
    assert shuffled.sha256() == dataset.sha256()
    pd.testing.assert_frame_equal(shuffled.frame, dataset.frame)


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("sex", 0, None),
        ("age", 1, 99.0),
        ("age", 2, np.nan),
        ("biopsy_proven", 3, None),
        ("os_event", 5, None),
        ("diagnosed", 6, pd.Timestamp("2012-05-18")),
    ],
)
def test_the_hash_follows_every_cell(column: str, row: int, value: object) -> None:
    dataset = rich_dataset()
    frame = dataset.frame.copy()
    frame.loc[frame.index[row], column] = value
    assert replace(dataset, frame=frame).sha256() != dataset.sha256()


def test_the_hash_follows_toxicity_provenance_and_declarations() -> None:
    dataset = rich_dataset()
    assert replace(dataset, toxicity=dataset.toxicity.iloc[1:]).sha256() != dataset.sha256()
    assert replace(dataset, provenance=dataset.provenance.iloc[2:]).sha256() != dataset.sha256()
    assert replace(dataset, registry="Another").sha256() != dataset.sha256()
    later = replace(dataset.parameters, age_cut=50)
    assert replace(dataset, parameters=later).sha256() != dataset.sha256()


def test_a_patient_stands_in_one_row() -> None:
    dataset = synthetic_dataset(5)
    twice = pd.concat([dataset.frame, dataset.frame.iloc[[2]]])
    with pytest.raises(InvalidValueError, match="NPC-000003"):
        replace(dataset, frame=twice)


def test_columns_and_declarations_agree() -> None:
    dataset = synthetic_dataset(5)
    with pytest.raises(InvalidValueError, match="hospital_number"):
        replace(dataset, frame=dataset.frame.assign(hospital_number=1.0))
    with pytest.raises(InvalidValueError, match="age_group"):
        replace(dataset, frame=dataset.frame.drop(columns="age_group"))


@pytest.mark.parametrize(
    ("column", "values"),
    [("sex", ["Male"] * 5), ("age", [40] * 5), ("biopsy_proven", [True] * 5)],
)
def test_columns_have_the_declared_type(column: str, values: list[object]) -> None:
    dataset = synthetic_dataset(5)
    wrong = pd.Series(values, index=dataset.frame.index)
    with pytest.raises(InvalidValueError, match=f"frame.{column}"):
        replace(dataset, frame=dataset.frame.assign(**{column: wrong}))


def test_unknown_is_a_missing_value_not_a_level() -> None:
    with pytest.raises(InvalidValueError, match="a missing value is None"):
        Variable(name="x", label="X", kind="categorical", levels=("A", "Unknown"), doc="")
    with pytest.raises(InvalidValueError, match="distinct levels"):
        Variable(name="x", label="X", kind="numeric", levels=("A",), doc="")
