"""Parts of a study that may be computed anywhere: resampling in chunks, each seeded by its kind and number.

Whoever runs a study either lets it compute its chunks on the spot or hands them in, computed by other workers from the
same dataset and spec; the result is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyses.pipeline.dataset import Dataset
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import select_cohort
from analyses.pipeline.steps.pairing import pair_arms
from analyses.pipeline.steps.resampling import ChunkOutcome, ChunkTask, Kind, compute
from analyses.pipeline.steps.table1 import table1_before

__all__ = ["ChunkOutcome", "ChunkTask", "chunk_tasks", "compute_chunk"]


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
    cohort, _ = select_cohort(dataset, spec)
    return compute(pair_arms(cohort, spec, table1_before(cohort, spec)), spec, task)
