"""Step 1: who is in the study. Eligibility in order, each patient's truth kept, two arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from analyses.pipeline import criteria, references
from analyses.pipeline.dataset import Dataset, Endpoint, Variable
from analyses.pipeline.design import Codes, Floats, Mask
from analyses.pipeline.errors import StudyError
from analyses.pipeline.results import Arm, Attrition, AttritionRow
from analyses.pipeline.spec import Population, Recode, StudySpec

STAGE = "eligibility"
TIME_USABLE = "time_usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The patients of a population with the study's variables; rows by patient number.

    `treated` marks the treated arm. `cluster` numbers the matched set of each patient; None before matching.
    """

    frame: pd.DataFrame
    variables: Mapping[str, Variable]
    endpoints: Mapping[str, Endpoint]
    treated: Mask
    arm_labels: tuple[str, str]
    cluster: Codes | None = None

    @property
    def n(self) -> int:
        return len(self.frame)

    @property
    def patients(self) -> tuple[str, ...]:
        return tuple(self.frame.index)

    @property
    def arm(self) -> Codes:
        """0 reference, 1 treated."""
        return self.treated.astype(np.int64)

    @property
    def arm_sizes(self) -> tuple[int, int]:
        exposed = int(self.treated.sum())
        return self.n - exposed, exposed

    def outcome(self, endpoint: str) -> tuple[Floats, Mask]:
        """Months and event of an endpoint."""
        declared = self.endpoints[endpoint]
        months = self.frame[declared.months].to_numpy(dtype=float)
        return months, (self.frame[declared.event] == 1).to_numpy(dtype=bool)

    def keep(self, mask: Mask) -> Cohort:
        """The patients where `mask` is true."""
        return replace(
            self,
            frame=self.frame[mask],
            treated=self.treated[mask],
            cluster=None if self.cluster is None else self.cluster[mask],
        )


Cohorts: TypeAlias = Mapping[Population, Cohort]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    """One attrition row before counting."""

    name: str
    label: str
    sentence: str
    truth: criteria.Truth


def select_cohort(dataset: Dataset, spec: StudySpec) -> tuple[Cohort, Attrition]:
    """Apply the spec's recodes and criteria; `StudyError` when an arm stays empty, `InvalidValueError` on unknown
    names."""
    variables = references.check_dataset(spec, dataset)
    frame = _recode(dataset.frame, spec.recodes, dataset.variables)
    applied = [_apply(item.name, item.label, item.criterion, frame, variables) for item in spec.eligibility]
    applied += _implied(dataset, spec, frame, applied)
    attrition = _count(dataset, applied)
    eligible = np.ones(len(frame), dtype=bool)
    for row in applied:
        eligible &= row.truth.met
    frame = frame[eligible]
    treated = (frame[spec.exposure.variable] == spec.exposure.treated).to_numpy(dtype=bool)
    labels = (spec.exposure.reference_label, spec.exposure.treated_label)
    cohort = Cohort(frame=frame, variables=variables, endpoints=dataset.endpoints, treated=treated, arm_labels=labels)
    for label, size in zip(labels, cohort.arm_sizes, strict=True):
        if size == 0:
            raise StudyError(STAGE, f"No eligible patient is in the arm {label}; nothing can be compared.")
    return cohort, attrition


def arms(cohort: Cohort, spec: StudySpec) -> tuple[Arm, Arm]:
    sizes = cohort.arm_sizes
    return (
        Arm(level=spec.exposure.reference, label=spec.exposure.reference_label, n=sizes[0]),
        Arm(level=spec.exposure.treated, label=spec.exposure.treated_label, n=sizes[1]),
    )


def _recode(frame: pd.DataFrame, recodes: tuple[Recode, ...], variables: Mapping[str, Variable]) -> pd.DataFrame:
    levels = {name: variable.levels for name, variable in variables.items()}
    added: dict[str, pd.Categorical] = {}
    for recode in recodes:
        source = added[recode.variable] if recode.variable in added else frame[recode.variable].array
        new = {value: code for code, group in enumerate(recode.groups) for value in group.values}
        table = np.array([new.get(level, -1) for level in levels[recode.variable]] + [-1])
        levels[recode.name] = tuple(group.level for group in recode.groups)
        codes = table[np.asarray(source.codes)]
        added[recode.name] = pd.Categorical.from_codes(codes, categories=pd.Index(levels[recode.name]), ordered=True)
    return frame.assign(**added)


def _apply(
    name: str, label: str, criterion: criteria.Criterion, frame: pd.DataFrame, variables: Mapping[str, Variable]
) -> _Applied:
    truth = criteria.evaluate(criterion, frame, variables)
    return _Applied(name=name, label=label, sentence=criteria.sentence(criterion, variables), truth=truth)


def _implied(dataset: Dataset, spec: StudySpec, frame: pd.DataFrame, before: list[_Applied]) -> list[_Applied]:
    """What every study asks without saying: one of the two arms, and a usable time for each endpoint. A row appears
    only where it removes somebody."""
    arm = frame[spec.exposure.variable]
    in_arm = arm.isin([spec.exposure.reference, spec.exposure.treated]).to_numpy(dtype=bool)
    used = references.endpoints_used(spec)
    columns = [column for name in used for column in (dataset.endpoints[name].months, dataset.endpoints[name].event)]
    timed = np.asarray(frame[columns].notna().all(axis=1))
    rows = [
        _Applied(
            name="in_one_arm",
            label="In one of the two arms",
            sentence=f"treated as {spec.exposure.reference_label} or {spec.exposure.treated_label}",
            truth=criteria.Truth(met=in_arm, unknown=np.asarray(arm.isna())),
        ),
        _Applied(
            name=TIME_USABLE,
            label="Time zero known and no event before it" if spec.table is None else "Time and status known",
            sentence="the times of " + ", ".join(dataset.endpoints[name].label.lower() for name in used) + " are known",
            truth=criteria.Truth(met=timed, unknown=~timed),
        ),
    ]
    kept, left = [], np.ones(len(frame), dtype=bool)
    for row in before:
        left &= row.truth.met
    for row in rows:
        if (left & ~row.truth.met).any():
            kept.append(row)
        left &= row.truth.met
    return kept


def _count(dataset: Dataset, applied: list[_Applied]) -> Attrition:
    patients = dataset.frame.index
    left = np.ones(len(patients), dtype=bool)
    met, unknown = np.zeros(len(patients), dtype=np.int64), np.zeros(len(patients), dtype=np.int64)
    rows, untimed = [], set[str]()
    for bit, row in enumerate(applied):
        met |= row.truth.met.astype(np.int64) << bit
        unknown |= row.truth.unknown.astype(np.int64) << bit
        before, gone = int(left.sum()), left & ~row.truth.met
        if row.name == TIME_USABLE:
            untimed = set(patients[gone])
        unsure = int((gone & row.truth.unknown).sum())
        left = left & row.truth.met
        rows.append(
            AttritionRow(
                name=row.name,
                label=row.label,
                sentence=row.sentence,
                before=before,
                not_met=int(gone.sum()) - unsure,
                unknown=unsure,
                after=int(left.sum()),
                removed=tuple(patients[gone]),
            )
        )
    return Attrition(
        top_label=dataset.registry,
        top_count=len(patients),
        rows=tuple(rows),
        patients=tuple(patients),
        met=tuple(met.tolist()),
        unknown=tuple(unknown.tolist()),
        untimed=tuple(item for item in dataset.exclusions if item.patient in untimed),
    )
