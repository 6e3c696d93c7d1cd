"""A run in the hands of the worker who claimed it: its stages, and the ways in which it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db.models.functions import Coalesce, Now

from analyses.models import Run, State
from analyses.pipeline.steps.stages import Progress
from analyses.store.claims import Claim, claim
from analyses.store.holding import holding


class CancelRequestedError(Exception):
    """Somebody asked that the run stop."""


@dataclass(slots=True)
class Work:
    """One attempt at a run: where it stands, and the seconds that each stage took."""

    claim: Claim
    run: Run
    stage: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    def enter(self, stage: str, progress: float) -> None:
        """Say where the run stands. Raises when it was taken over or shall stop, so that work ends at this point."""
        now = time.perf_counter()
        if self.stage:
            self.timings[self.stage] = self.timings.get(self.stage, 0.0) + now - self.since
        self.stage, self.since = stage, now
        self.claim.write(stage=stage, progress=min(max(progress, 0.0), 1.0))
        if self.claim.held().filter(cancel_requested_at__isnull=False).exists():
            raise CancelRequestedError

    def between(self, start: float, end: float) -> Progress:
        """What a part of the work calls with its own stages and its own share, from 0 to 1, of the run's."""
        return lambda stage, fraction: self.enter(stage, start + fraction * (end - start))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """A transaction in which nobody takes the run over or asks it to stop. Raises when either has happened."""
        with self.claim.locked() as run:
            if run.cancel_requested_at is not None:
                raise CancelRequestedError
            yield

    @contextmanager
    def last_word(self) -> Iterator[None]:
        """The transaction that publishes: at its end the run is done."""
        with self.locked():
            yield
            self._end(State.SUCCEEDED, stage="", progress=1.0)

    def fail(self, sentence: str, patients: Sequence[str] = ()) -> None:
        self._end(State.FAILED, error=sentence, error_patients=list(patients))

    def cancel(self) -> None:
        self._end(State.CANCELLED)

    def _end(self, state: State, **values: object) -> None:
        self.claim.write(state=state, lease_expires=None, finished_at=Now(), **values)


@contextmanager
def held(run_id: int) -> Iterator[Work | None]:
    """Claim the run and hold it for the block, None when there is nothing to do; whatever happens inside is settled."""
    taken = claim(Run, run_id)
    if taken is None:
        yield None
        return
    taken.write(started_at=Coalesce("started_at", Now()))
    work = Work(taken, Run.objects.select_related("plan__registry", "requested_by").get(pk=run_id))
    with holding(work) as kept:
        try:
            yield kept
        except CancelRequestedError:
            work.cancel()
