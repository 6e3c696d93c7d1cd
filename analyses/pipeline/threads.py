"""Linear algebra without threads."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """One thread inside the block. Sums over several end in another last bit, so a run could not be repeated on another
    machine; and threads that wait for a core which another worker has cost more than they ever gain."""
    limited: AbstractContextManager[object] = _libraries().limit(limits=1)
    return limited
