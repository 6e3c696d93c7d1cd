"""A study whose chunks cost nothing, for tests about who does them and when."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from analyses import execution
from analyses.models import Chunk, Run
from analyses.pipeline.chunks import ChunkOutcome, ChunkTask
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.results import StudyResult
from analyses.pipeline.spec import StudySpec
from tests.analyses.world import World, bare_result
from tests.pipeline.factories import synthetic_dataset

SIZE = 10


@dataclass
class QuickStudy:
    """Stands in for derivation, the statistical core and the report; counts how often each was asked."""

    chunks: int = 3
    derived: int = 0
    computed: list[ChunkTask] = field(default_factory=list)
    dataset: Dataset = field(default_factory=lambda: synthetic_dataset(30, seed=1))

    def tasks(self, spec: StudySpec) -> tuple[ChunkTask, ...]:
        numbers = range(self.chunks)
        return tuple(ChunkTask(kind="bootstrap", number=number, start=SIZE * number, size=SIZE) for number in numbers)

    def derive(self, frames: object, parameters: object) -> Dataset:
        self.derived += 1
        return self.dataset

    def compute(self, dataset: Dataset, spec: StudySpec, task: ChunkTask) -> ChunkOutcome:
        self.computed.append(task)
        return self.outcome(dataset, spec, task)

    def outcome(self, dataset: Dataset, spec: StudySpec, task: ChunkTask) -> ChunkOutcome:
        draw = random.Random(f"{spec.seed} {task.kind} {task.number}")
        found = [draw.random() * len(dataset.frame) for _ in range(task.size)]
        return {"found": found, "edge": [-0.0, 1e22, 5e-324, "NoEvents"]}

    def run(
        self, dataset: Dataset, spec: StudySpec, *, chunks: Mapping[ChunkTask, ChunkOutcome], progress: object
    ) -> StudyResult:
        told = tuple(f"{task.number}: {chunks[task]!r}" for task in self.tasks(spec))
        return replace(bare_result(spec, sha256=dataset.sha256()), warnings=told)

    def serial(self, spec: StudySpec) -> StudyResult:
        """What one process finds that does everything in turn."""
        outcomes = {task: self.outcome(self.dataset, spec, task) for task in self.tasks(spec)}
        return self.run(self.dataset, spec, chunks=outcomes, progress=None)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, stand_in in {
            "derive": self.derive,
            "chunk_tasks": self.tasks,
            "compute_chunk": self.compute,
            "run_study": self.run,
            "render_report": lambda result, **options: {"result.json": json.dumps(result.to_json()).encode()},
        }.items():
            monkeypatch.setattr(execution, name, stand_in)


def parked(world: World) -> Run:
    """A run that waits for its chunks."""
    run = world.run()
    execution.execute(run.pk)
    run.refresh_from_db()
    return run


def chunks_of(run: Run) -> list[Chunk]:
    return list(run.chunks.order_by("pk"))
