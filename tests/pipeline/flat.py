"""Any flat table as a dataset with one endpoint, and a plan to run on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analyses.pipeline.dataset import Dataset, Endpoint, Variable
from analyses.pipeline.parameters import DerivationParameters
from analyses.pipeline.spec import Exposure, StudySpec

PARAMETERS = DerivationParameters(data_cutoff=date(2020, 1, 1))


def flat_dataset(
    table: pd.DataFrame, columns: Sequence[str], *, months: Any, event: Any, levels: dict[str, list[str]] | None = None
) -> Dataset:
    """Text and few-valued columns become categorical (levels sorted unless given), floats numeric; rows keep their
    order as patient numbers."""
    index = pd.Index([f"P-{row:07d}" for row in range(len(table))], name="patient")
    frame = pd.DataFrame(index=index)
    variables = {}
    for name in columns:
        values = table[name]
        if values.dtype == np.float64:
            frame[name] = values.to_numpy()
            variables[name] = Variable(name=name, label=name, kind="numeric", doc="From a flat table.")
            continue
        found = (levels or {}).get(name) or sorted(values.dropna().astype(str).unique())
        texts = [None if pd.isna(value) else str(value) for value in values]
        frame[name] = pd.Categorical(texts, categories=found, ordered=True)
        variables[name] = Variable(
            name=name, label=name, kind="categorical", levels=tuple(found), doc="From a flat table."
        )
    frame["os_months"] = np.asarray(months, dtype=float)
    frame["os_event"] = pd.array(np.asarray(event).astype(int), dtype="Int8")
    os = Endpoint(name="os", label="Overall survival", event_label="Death", doc="From a flat table.")
    return Dataset(
        frame=frame,
        variables=variables,
        endpoints={"os": os},
        parameters=PARAMETERS,
        registry="Flat table",
        invented=False,
    )


def flat_plan(exposure: str, reference: str, treated: str, *, starts: str | None = None, **sections: Any) -> StudySpec:
    """Everybody is eligible; `sections` are those of the plan."""
    return StudySpec(
        name="flat",
        title="A study of a flat table",
        question="Do the arms differ?",
        seed=1,
        derivation=PARAMETERS,
        eligibility=(),
        exposure=Exposure(
            variable=exposure,
            reference=reference,
            treated=treated,
            reference_label=reference,
            treated_label=treated,
            starts=starts,
        ),
        **sections,
    )
