"""Parts of a study that may be computed anywhere: replicates and completed datasets, each seeded by its number.

Whoever runs a study either lets it compute its chunks on the spot or hands them in, computed by other workers from the
same dataset and spec; the result is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from analyses.pipeline.dataset import Dataset
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import select_cohort
from analyses.pipeline.steps.imputation import impute_and_estimate
from analyses.pipeline.steps.pairing import Paired, pair_arms
from analyses.pipeline.steps.resampling import replicates
from analyses.pipeline.steps.table1 import table1_before
from analyses.pipeline.threads import one_thread

Kind: TypeAlias = Literal["bootstrap", "pairs", "stability", "imputation"]
ChunkOutcome: TypeAlias = dict[str, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkTask:
    """Chunk `number` (from 0) of a kind: its replicates or completed datasets `start`, ..., `start` + `size` - 1."""

    kind: Kind
    number: int
    start: int
    size: int


def chunk_tasks(spec: StudySpec) -> tuple[ChunkTask, ...]:
    """Every chunk that the plan needs; none where it asks for no resampling."""
    return tuple(_tasks(spec))


def _tasks(spec: StudySpec) -> Iterator[ChunkTask]:
    if spec.resampling is not None:
        size = spec.resampling.chunk
        if spec.weighting is not None:
            yield from _split("bootstrap", spec.resampling.replicates, size)
        if spec.weighting is not None and spec.matching is not None:
            yield from _split("pairs", spec.resampling.replicates, size)
        if spec.cox.prognostic is not None:
            yield from _split("stability", spec.resampling.stability, size)
    if spec.imputation is not None:
        yield from _split("imputation", spec.imputation.sets, 1)


def _split(kind: Kind, total: int, size: int) -> Iterator[ChunkTask]:
    for number, start in enumerate(range(0, total, size)):
        yield ChunkTask(kind=kind, number=number, start=start, size=min(size, total - start))


def compute_chunk(dataset: Dataset, spec: StudySpec, task: ChunkTask) -> ChunkOutcome:
    """The outcome of one chunk in plain JSON values; floats keep every bit. Raises as `run_study` does."""
    with one_thread():
        cohort, _ = select_cohort(dataset, spec)
        return _compute(pair_arms(cohort, spec, table1_before(cohort, spec)), spec, task)


def _compute(paired: Paired, spec: StudySpec, task: ChunkTask) -> ChunkOutcome:
    numbers = range(task.start, task.start + task.size)
    if spec.imputation is not None and task.kind == "imputation":
        return dict(impute_and_estimate(paired, spec, spec.imputation, numbers))
    return dict(replicates(paired, spec, task.kind, numbers))


def gather(
    paired: Paired, spec: StudySpec, computed: Mapping[ChunkTask, ChunkOutcome] | None
) -> dict[str, ChunkOutcome]:
    """Kind -> outcomes of all its chunks in order, as other workers `computed` them, or computed here."""
    found: dict[str, ChunkOutcome] = {}
    for task in chunk_tasks(spec):
        outcome = _compute(paired, spec, task) if computed is None else computed[task]
        _append(found.setdefault(task.kind, {}), outcome)
    return found


def _append(joined: ChunkOutcome, outcome: Mapping[str, Sequence[Any]]) -> None:
    for name, values in outcome.items():
        joined.setdefault(name, []).extend(values)
