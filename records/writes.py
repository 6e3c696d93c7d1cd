"""What upper floors have to say about writes: guards before one is done, followers after it is committed.

An app registers them when it starts. A guard runs inside the write and may refuse it with a ``ValidationError``, or
write besides; where it would refuse a write without a reason, an asker tells the form so beforehand. A follower hears,
once the transaction is committed, of which patients rows of which models were written; should it fail, the write stands
all the same and the failure is logged.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from records.models import Recorded, User

Rows = dict[type[Recorded], set[int]]


@dataclass(frozen=True)
class Written:
    """What was written: per model the patients (primary keys) whose rows were."""

    rows: Mapping[type[Recorded], set[int]]
    by: User

    @property
    def patients(self) -> set[int]:
        return set[int]().union(*self.rows.values())


@dataclass(frozen=True)
class Write:
    """A write that is about to be done: rows of ``model`` of these ``patients`` (primary keys)."""

    model: type[Recorded]
    patients: frozenset[int]
    by: User
    reason: str
    adding: bool


Guard = Callable[[Write], None]
# Why a write (model, patient's primary key, whether a row is added) needs a reason; empty where it needs none.
Asker = Callable[[type[Recorded], int, bool], str]
Follower = Callable[[Written], None]

_guards: list[Guard] = []
_askers: list[Asker] = []
_followers: list[Follower] = []
_gathering: ContextVar[dict[User, Rows] | None] = ContextVar("gathering", default=None)


def guard(check: Guard) -> None:
    """Let ``check`` be asked before each write of a chart's rows."""
    _guards.append(check)


def ask_reason(asker: Asker) -> None:
    """Let ``asker`` say on a form why its save needs a reason."""
    _askers.append(asker)


def follow(follower: Follower) -> None:
    """Let ``follower`` hear of what was written."""
    _followers.append(follower)


def ask_guards(write: Write) -> None:
    """Raises what a guard raises; rows that are no part of a chart are not guarded."""
    if write.model.of_chart:
        for check in _guards:
            check(write)


def why_reason(model: type[Recorded], patient: int, *, adding: bool) -> str:
    """What the forms say where such a write needs a reason."""
    if not model.of_chart:
        return ""
    return " ".join(filter(None, (asker(model, patient, adding) for asker in _askers)))


def tell(rows: Rows, *, by: User) -> None:
    """Rows were written; the followers hear of it after the commit."""
    gathering = _gathering.get()
    if gathering is None:
        transaction.on_commit(partial(_tell_followers, {by: rows}), robust=True)
        return
    for model, patients in rows.items():
        gathering.setdefault(by, {}).setdefault(model, set()).update(patients)


@contextmanager
def gathered() -> Iterator[None]:
    """Let the followers hear once of all that is written inside, as of a form with its lines."""
    if _gathering.get() is not None:
        yield
        return
    written: dict[User, Rows] = {}
    token = _gathering.set(written)
    try:
        yield
    finally:
        _gathering.reset(token)
    if written:
        transaction.on_commit(partial(_tell_followers, written), robust=True)


def _tell_followers(written: Mapping[User, Rows]) -> None:
    for by, rows in written.items():
        for follower in _followers:
            follower(Written(rows, by))
