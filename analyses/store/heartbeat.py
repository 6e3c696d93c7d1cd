"""The lease of a claim is renewed by a thread of its own while the work goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection

from analyses.store.claims import Claim, LostLeaseError, lease

log = logging.getLogger(__name__)
BEATS_PER_LEASE = 3


@contextmanager
def beating(claim: Claim) -> Iterator[None]:
    """Renew the claim's lease until the block ends or the claim is lost."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(claim, stop), name=f"heartbeat-{claim.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(claim: Claim, stop: threading.Event) -> None:
    try:
        while not stop.wait(lease().total_seconds() / BEATS_PER_LEASE):
            try:
                claim.renew()
            except LostLeaseError:
                return
            except (OperationalError, InterfaceError):
                log.warning("The lease of attempt %s could not be renewed; trying again.", claim.token)
                connection.close()
    finally:
        connection.close()
