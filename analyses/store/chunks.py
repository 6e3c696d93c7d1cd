"""The chunks of a run: made when it is parked, each done by whichever worker is free, put together at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, Now

from analyses.models import Chunk, Run, State
from analyses.models.leased import ENDED
from analyses.pipeline.chunks import ChunkOutcome, ChunkTask, Kind
from analyses.store.claims import Claim, claim
from analyses.store.holding import holding
from analyses.store.work import Work

# Where a run's chunks begin and end, as shares of the whole.
BEGIN, END = 0.16, 0.5


def park(work: Work, tasks: Sequence[ChunkTask]) -> None:
    """Make a chunk of each task and let go of the run, which waits, held by nobody, until they are all done."""
    with work.locked():
        Chunk.objects.bulk_create(
            Chunk(run=work.run, kind=task.kind, number=task.number, start=task.start, size=task.size) for task in tasks
        )
        work.claim.write(state=State.WAITING, lease_expires=None, **_standing(work.run.pk))


def outcomes(run: Run) -> dict[ChunkTask, ChunkOutcome]:
    """What the chunks of a run gave; empty for a run that has none."""
    return {_task(chunk): json.loads(chunk.outcome or "") for chunk in run.chunks.all()}


def drop_chunks(run_id: int) -> None:
    """Stop what is left of the chunks of a run that ends: their holders find their claims gone and write nothing."""
    unfinished = Chunk.objects.filter(run=run_id).exclude(state__in=ENDED)
    unfinished.update(state=State.CANCELLED, lease_expires=None)


@dataclass(slots=True)
class ChunkWork:
    """One attempt at a chunk."""

    claim: Claim
    chunk: Chunk

    @property
    def run(self) -> Run:
        return self.chunk.run

    @property
    def stage(self) -> str:
        return f"Resampling ({self.chunk.kind} {self.chunk.number})"

    @property
    def task(self) -> ChunkTask:
        return _task(self.chunk)

    def finish(self, outcome: ChunkOutcome) -> None:
        """Publish the outcome; who finishes the last chunk queues the run again. `LostLeaseError` as for runs."""
        text = json.dumps(outcome, separators=(",", ":"))
        with self._run_locked():
            self.claim.write(state=State.SUCCEEDED, lease_expires=None, outcome=text)
            self._write_run(**_standing(self.run.pk))

    def fail(self, sentence: str, patients: Sequence[str] = ()) -> None:
        """The run cannot do without this chunk: it fails, and its other chunks stop."""
        with self._run_locked():
            self.claim.write(state=State.FAILED, lease_expires=None)
            drop_chunks(self.run.pk)
            self._write_run(state=State.FAILED, error=sentence, error_patients=list(patients), finished_at=Now())

    @contextmanager
    def _run_locked(self) -> Iterator[None]:
        """Those who end chunks of a run come one after the other, so that the last one sees that it is the last."""
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=self.run.pk)
            yield

    def _write_run(self, **values: Any) -> None:
        Run.objects.filter(pk=self.run.pk).update(**values)


@contextmanager
def held_chunk(chunk_id: int) -> Iterator[ChunkWork | None]:
    """Claim the chunk and hold it for the block, None when there is nothing to do; as `held` for runs."""
    taken = claim(Chunk, chunk_id)
    if taken is None:
        yield None
        return
    chunk = Chunk.objects.select_related("run__plan__registry", "run__requested_by").get(pk=chunk_id)
    with holding(ChunkWork(taken, chunk)) as work:
        yield work


def _task(chunk: Chunk) -> ChunkTask:
    return ChunkTask(kind=cast(Kind, chunk.kind), number=chunk.number, start=chunk.start, size=chunk.size)


def _standing(run_id: int) -> dict[str, Any]:
    """What the run's row says of its chunks: how many replicates are done, or that it may go on."""
    done, total = _counted(run_id)
    if done == total:
        return {"state": State.QUEUED, "rung_at": None, "stage": "", "progress": END}
    share = BEGIN + (END - BEGIN) * done / total
    return {"stage": f"Resampling: {done:,} of {total:,} replicates", "progress": share}


def _counted(run_id: int) -> tuple[int, int]:
    done = Coalesce(Sum("size", filter=Q(state=State.SUCCEEDED)), 0)
    counted = Chunk.objects.filter(run=run_id).aggregate(done=done, total=Sum("size"))
    return counted["done"], counted["total"]
