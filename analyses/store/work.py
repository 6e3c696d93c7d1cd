"""A run in the hands of the worker who claimed it: its stages, and the ways in which it ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Coalesce, Now

from analyses.models import Run, State
from analyses.pipeline.checks import InputError
from analyses.pipeline.errors import InvalidValueError, StudyError
from analyses.pipeline.steps.stages import Progress
from analyses.store.claims import Claim, LostLeaseError, claim
from analyses.store.heartbeat import beating

log = logging.getLogger(__name__)
# A run that takes its worker down each time must not do so for ever.
ENDLESS = (
    "The worker was lost {} times during this run, most likely for want of memory. Ask the administrator for a worker "
    "with more memory, then run the plan again."
)


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
    def last_word(self) -> Iterator[None]:
        """The transaction that publishes: the run's row is locked, the claim is current, and the run ends as done."""
        with transaction.atomic():
            run = self.claim.held().select_for_update().first()
            if run is None:
                raise LostLeaseError(f"run {self.run.pk}, attempt {self.claim.token}")
            if run.cancel_requested_at is not None:
                raise CancelRequestedError
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
    """Claim the run and hold it for the block, None when there is nothing to do; whatever happens inside is settled.

    A study that cannot be done becomes a sentence on the run. Trouble with the database leaves the run as it is: its
    lease runs out and another attempt is made.
    """
    taken = claim(Run, run_id)
    if taken is None:
        yield None
        return
    taken.write(started_at=Coalesce("started_at", Now()))
    work = Work(taken, Run.objects.select_related("plan__registry", "requested_by").get(pk=run_id))
    if taken.token > settings.RUN_ATTEMPTS:
        work.fail(ENDLESS.format(settings.RUN_ATTEMPTS))
        yield None
        return
    with beating(taken):
        try:
            with _settled(work):
                yield work
        except LostLeaseError as lost:
            log.info("The claim on %s is no longer current; what it made is dropped.", lost)
        except (OperationalError, InterfaceError):
            log.exception("The database failed during run %s; it is tried again when its lease has run out.", run_id)
            connection.close()


@contextmanager
def _settled(work: Work) -> Iterator[None]:
    """Turn what went wrong into how the run ends."""
    try:
        yield
    except (LostLeaseError, OperationalError, InterfaceError):
        raise
    except CancelRequestedError:
        work.cancel()
    except StudyError as error:
        work.fail(error.sentence, error.patients)
    except InvalidValueError as error:
        work.fail(f"The plan does not fit the data. {error}.")
    except (InputError, PermissionDenied) as error:
        work.fail(str(error))
    except Exception:
        log.exception("Run %s failed in stage %r for a reason that nobody foresaw.", work.run.pk, work.stage)
        work.fail(
            f"Something unforeseen went wrong in the stage '{work.stage or 'start'}'. The details are in the worker's "
            f"log under run {work.run.pk}; show them to the administrator."
        )
