"""Several sessions at once, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

SECONDS = 30


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each of the jobs gives, all started together."""
    start = threading.Barrier(len(jobs))

    def one(job: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(SECONDS)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(one, job) for job in jobs]]


def rules_broken(*writes: Callable[[], Any]) -> list[str]:
    """Rules by which writes were refused that stood side by side, none committed, before each was to be committed."""
    written = threading.Barrier(len(writes))

    def side_by_side(write: Callable[[], Any]) -> str:
        try:
            with transaction.atomic():
                write()
                written.wait(SECONDS)
        except IntegrityError as error:
            return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", error))
        except ValidationError as error:
            return " ".join(error.messages)
        return ""

    return [rule for rule in at_once(*(lambda write=write: side_by_side(write) for write in writes)) if rule]
