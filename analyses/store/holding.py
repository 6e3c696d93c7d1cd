"""What every holder of a claim does alike: keep the lease alive, and turn what goes wrong into how the work ends."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection

from analyses.models import Run
from analyses.pipeline.checks import InputError
from analyses.pipeline.errors import InvalidValueError, StudyError
from analyses.store.claims import Claim, LostLeaseError
from analyses.store.heartbeat import beating

log = logging.getLogger(__name__)
# Work that takes its worker down each time must not do so for ever.
ENDLESS = (
    "The worker was lost {} times during this run, most likely for want of memory. Ask the administrator for a worker "
    "with more memory, then run the plan again."
)


class Held(Protocol):
    """Work on a run, or on a part of one, under a claim; `fail` ends the run with a sentence."""

    @property
    def claim(self) -> Claim: ...
    @property
    def run(self) -> Run: ...
    @property
    def stage(self) -> str: ...
    def fail(self, sentence: str, patients: Sequence[str] = ()) -> None: ...


Work = TypeVar("Work", bound=Held)


@contextmanager
def holding(work: Work) -> Iterator[Work | None]:
    """Hold the claim for the block, which gets None when too many workers were lost on it; whatever happens inside is
    settled.

    What cannot be done becomes a sentence on the run. Trouble with the database leaves the row as it is: its lease runs
    out and another attempt is made.
    """
    with beating(work.claim):
        try:
            with _settled(work):
                if work.claim.lost < settings.RUN_ATTEMPTS:
                    yield work
                else:
                    work.fail(ENDLESS.format(work.claim.lost))
                    yield None
        except LostLeaseError as lost:
            log.info("The claim on %s is no longer current; what it made is dropped.", lost)
        except (OperationalError, InterfaceError):
            log.exception("The database failed during %s; it is tried again when its lease has run out.", work.claim)
            connection.close()


@contextmanager
def _settled(work: Held) -> Iterator[None]:
    try:
        yield
    except (LostLeaseError, OperationalError, InterfaceError):
        raise
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
