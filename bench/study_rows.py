"""The saved study's dataset at any size: the rebuilt cohort's eligible patients, as often as needed.

A patient who comes in again has other times (up to a month earlier or later) and, for one characteristic in five, the
value of another patient of the arm, so that large datasets are no copies of a few patterns.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyses.derivation.derive import derive
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.parameters import DAYS_PER_MONTH
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import Cohort, select_cohort
from exchange.study_cohort import cohort, frames

T = TypeVar("T")
PLAN = Path(__file__).resolve().parent.parent / "analyses" / "plans" / "ccrt_vs_rt.json"
PUBLISHED = 355
SHARE_MIXED, DAYS_MOVED = 0.2, 30
# What decides the arm, or belongs to it.
FIXED = ("treatment_group", "concurrent_regimen")


def study_plan() -> StudySpec:
    """The saved plan without the chunks that workers share out: its bootstrap has a section of its own."""
    return replace(StudySpec.from_json(json.loads(PLAN.read_text())), resampling=None, imputation=None)


def there(part: T | None) -> T:
    """A part that the saved plan and its result have."""
    if part is None:
        raise TypeError("the saved plan has lost a section that is measured")
    return part


@cache
def _rebuilt() -> tuple[Dataset, Cohort]:
    """The dataset of the rebuilt registry and its eligible patients."""
    spec = study_plan()
    dataset = derive(frames.frames(cohort.draw(1)), there(spec.derivation))
    return dataset, select_cohort(dataset, spec)[0]


def study_rows(n: int, seed: int = 1) -> Dataset:
    """`n` eligible patients; at the size of the published cohort, just these."""
    dataset, eligible = _rebuilt()
    rng = np.random.default_rng(seed)
    source = np.resize(rng.permutation(eligible.n), n)
    index = pd.Index([f"P-{number:07d}" for number in range(1, n + 1)], name="patient")
    original = dataset.frame.loc[eligible.frame.index]
    frame = original.iloc[source].set_axis(index)
    again = np.arange(n) >= eligible.n
    columns = _moved(frame, dataset, rng, again) | _mixed(original, source, eligible.treated, dataset, rng, again)
    return Dataset(
        frame=frame.assign(**columns),
        variables=dataset.variables,
        endpoints=dataset.endpoints,
        moments=dataset.moments,
        parameters=dataset.parameters,
        registry=dataset.registry,
        invented=True,
        toxicity=_toxicity(dataset.toxicity, original.index, source, index),
    )


def _moved(
    frame: pd.DataFrame, dataset: Dataset, rng: np.random.Generator, again: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.float64]]:
    """Every endpoint of a patient later or earlier by the same days, at least one day after time zero."""
    days = rng.integers(-DAYS_MOVED, DAYS_MOVED + 1, len(frame)) * again
    months = {item.months: frame[item.months].to_numpy(dtype=float) for item in dataset.endpoints.values()}
    return {name: np.maximum(np.round(old * DAYS_PER_MONTH) + days, 1) / DAYS_PER_MONTH for name, old in months.items()}


def _mixed(
    original: pd.DataFrame,
    source: npt.NDArray[np.int64],
    treated: npt.NDArray[np.bool_],
    dataset: Dataset,
    rng: np.random.Generator,
    again: npt.NDArray[np.bool_],
) -> dict[str, pd.api.extensions.ExtensionArray]:
    """The characteristics, some of them from another patient of the arm."""
    exposed, reference = np.flatnonzero(treated), np.flatnonzero(~treated)
    n, columns = len(source), {}
    for name in sorted(dataset.variables.keys() - set(FIXED)):
        other = np.where(treated[source], rng.choice(exposed, n), rng.choice(reference, n))
        mixed = again & (rng.random(n) < SHARE_MIXED)
        columns[name] = original[name].array[np.where(mixed, other, source)]
    return columns


def _toxicity(
    events: pd.DataFrame, patients: pd.Index[str], source: npt.NDArray[np.int64], index: pd.Index[str]
) -> pd.DataFrame:
    """The events of each copy's original, under the copy's number."""
    at = pd.Series(patients.get_indexer(pd.Index(events["patient"])))
    rows = pd.DataFrame({"at": at[at >= 0]}).rename_axis("row").reset_index()
    copies = pd.DataFrame({"at": source, "patient": index})
    joined = copies.merge(rows, on="at")
    return events.drop(columns="patient").iloc[joined["row"]].assign(patient=joined["patient"].to_numpy())
