"""What a data query costs the saved analyses. An upper floor that knows these ranks the queries; here it is kept.

Ranks are no part of the trail: they follow from plans and runs. A query without a cost in words has not been ranked
since it was opened.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from patients.models import DataQuery, QueryState
from records.quality import Severity

AT_ONCE = 5000
# Among equally dear queries a person's question and a contradiction come before what is unusual, or missing.
URGENCY = {None: 3, Severity.ERROR: 3, Severity.WARNING: 2, Severity.MISSING: 1}


@dataclass(frozen=True)
class Asked:
    """What a ranker is told of a query; ``patient`` is the registry number, ``registry`` a primary key."""

    pk: int
    version: int
    rule: str
    table: str
    field: str
    severity: str | None
    patient: str
    registry: int
    rank: int
    cost: str


@dataclass(frozen=True)
class Cost:
    points: int
    sentence: str


Ranker = Callable[[Sequence[Asked]], Iterable[Cost]]
_rankers: list[Ranker] = []
_told: list[Callable[[], None]] = []


def rank_by(ranker: Ranker, *, tell: Callable[[], None]) -> None:
    """Let ``ranker`` say, query by query, what they cost. ``tell`` hears that there are some to be ranked."""
    _rankers.append(ranker)
    _told.append(tell)


def tell_of_new() -> None:
    """After the commit: ranking may take longer than who saves a chart should wait."""
    for tell in _told:
        transaction.on_commit(tell, robust=True)


def rank_of(severity: str | None, points: int = 0) -> int:
    return len(URGENCY) * points + URGENCY[Severity(severity) if severity else None]


def rank_new() -> int:
    """Rank what was opened since it was last ranked: how many queries that were."""
    return _ranked(standing().filter(cost=""))


def rank_all(registry: int | None = None) -> int:
    """Rank every standing query, of one registry or all, as the saved plans and runs now are: how many changed."""
    return _ranked(standing() if registry is None else standing().filter(patient__registry=registry))


def standing() -> QuerySet[DataQuery]:
    return DataQuery.objects.filter(voided_at=None).exclude(state=QueryState.CLOSED)


def _ranked(queries: QuerySet[DataQuery]) -> int:
    told = (
        "pk",
        "version",
        "rule",
        "table",
        "field",
        "severity",
        "patient__number",
        "patient__registry",
        "rank",
        "cost",
    )
    asked = [Asked(*values) for values in queries.order_by("pk").values_list(*told)]
    changed = [
        (query, rank, cost.sentence)
        for ranker in _rankers
        for query, cost in zip(asked, ranker(asked), strict=True)
        for rank in [rank_of(query.severity, cost.points)]
        if (query.rank, query.cost) != (rank, cost.sentence)
    ]
    for start in range(0, len(changed), AT_ONCE):
        _kept(changed[start : start + AT_ONCE])
    return len(changed)


def _kept(ranked: Sequence[tuple[Asked, int, str]]) -> None:
    """In one statement; a query that moved on since it was read waits for the next ranking."""
    keys, versions = [query.pk for query, _, _ in ranked], [query.version for query, _, _ in ranked]
    with transaction.atomic(), connection.cursor() as cursor:
        # In the order in which checks hold them, so that neither waits for the other for good.
        list(DataQuery.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        cursor.execute(
            "UPDATE patients_dataquery AS query SET rank = new.rank, cost = new.cost"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS new (id, version, rank, cost)"
            " WHERE query.id = new.id AND query.version = new.version",
            [keys, versions, [rank for _, rank, _ in ranked], [cost for _, _, cost in ranked]],
        )
