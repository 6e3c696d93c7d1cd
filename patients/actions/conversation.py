"""The conversation about a data query: what people ask, say and decide.

These actions, and the rules themselves (``patients.actions.queries``), are all that moves a query from state to state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.functions import Now

from patients.models import DataQuery, DataQueryMessage, QueryState
from patients.selectors import chart_model, fields_of, value_of
from records import access
from records.access import Actor
from records.actions import StaleVersion, built, centre_of, put, refuse_void, whole
from records.models import Recorded, Source, User
from records.roles import Act

STANDING = frozenset({QueryState.OPEN, QueryState.ANSWERED, QueryState.ACCEPTED})


@dataclass(frozen=True)
class Turn:
    """What somebody may do with a query that is in one of the states ``of``; ``to`` None leaves it where it is."""

    title: str
    of: frozenset[QueryState]
    to: QueryState | None
    may: Callable[[Actor, DataQuery], bool]
    needs_words: bool = True


def may_write(user: Actor, query: DataQuery) -> bool:
    """Who writes the record answers for it."""
    model = chart_model(query.table)
    return access.may(user, model.written_under if model else Act.ENTER, centre_of(query))


def may_manage(user: Actor, query: DataQuery) -> bool:
    return access.may(user, Act.MANAGE, centre_of(query))


def may_settle(user: Actor, query: DataQuery) -> bool:
    """A question is closed by who asked it or manages the chart; what a rule raised closes when the data are right."""
    sees = access.may(user, Act.VIEW, centre_of(query))
    return not query.rule and (may_manage(user, query) or (sees and query.created_by_id == user.pk))


def may_see(user: Actor, query: DataQuery) -> bool:
    return access.may(user, Act.VIEW, centre_of(query))


TURNS = {
    "answer": Turn("Answer", frozenset({QueryState.OPEN}), QueryState.ANSWERED, may_write),
    "accept": Turn("Accept as it is", frozenset({QueryState.ANSWERED}), QueryState.ACCEPTED, may_manage, False),
    "send_back": Turn("Send back", frozenset({QueryState.ANSWERED, QueryState.ACCEPTED}), QueryState.OPEN, may_manage),
    "close": Turn("Close the question", STANDING, QueryState.CLOSED, may_settle, False),
    "comment": Turn("Comment", frozenset(QueryState), None, may_see),
}


def turns_open_to(user: Actor, query: DataQuery) -> list[str]:
    """Names of the turns that the user may take now."""
    if query.is_void:
        return []
    return [name for name, turn in TURNS.items() if query.state in turn.of and turn.may(user, query)]


def answer(query: DataQuery, *, by: User, version: int, text: str, source: str = Source.CHART) -> DataQuery:
    """Say, as who writes the record, why the value found is what it is; a data manager then decides."""
    return _taken("answer", query, by=by, version=version, text=text, source=source)


def accept(query: DataQuery, *, by: User, version: int, text: str = "", source: str = Source.CHART) -> DataQuery:
    """Agree with the answer: the value stays as it is, and the query rests until the value changes."""
    return _taken("accept", query, by=by, version=version, text=text, source=source)


def send_back(query: DataQuery, *, by: User, version: int, text: str, source: str = Source.CHART) -> DataQuery:
    """Disagree with the answer, and say what is wanted: the query is open again."""
    return _taken("send_back", query, by=by, version=version, text=text, source=source)


def close(query: DataQuery, *, by: User, version: int, text: str = "", source: str = Source.CHART) -> DataQuery:
    """Settle a question that a person asked."""
    return _taken("close", query, by=by, version=version, text=text, source=source)


def comment(query: DataQuery, *, by: User, version: int, text: str, source: str = Source.CHART) -> DataQuery:
    """Say something that decides nothing."""
    return _taken("comment", query, by=by, version=version, text=text, source=source)


def _taken(name: str, query: DataQuery, *, by: User, version: int, text: str, source: str) -> DataQuery:
    turn, said = TURNS[name], text.strip()
    if not turn.may(by, query):
        raise PermissionDenied(f"Your roles do not allow you to {turn.title.lower()} here.")
    refuse_void(query)
    if query.version != version:
        raise StaleVersion(DataQuery.objects.select_related("updated_by").get(pk=query.pk))
    if query.state not in turn.of:
        state = query.get_state_display().lower()
        raise ValidationError(f"The query is {state}; that is no time to {turn.title.lower()}.", code="state")
    if turn.needs_words and not said:
        raise ValidationError({"text": "Say why."}, code="text")
    with whole(by, reason=said, source=source):
        if turn.to is None:
            DataQueryMessage.objects.create(query=query, author=by, text=said)
        else:
            moved(query, turn.to, said, by=by)
    query.refresh_from_db()
    return query


def moved(query: DataQuery, state: QueryState, text: str, *, by: User, **values: Any) -> None:
    """Move a query to a state and keep what was said. A step of an action, inside its ``whole``."""
    put(query, by=by, version=query.version, state=state, state_since=Now(), **values)
    DataQueryMessage.objects.create(query=query, author=by, text=text, state=state)


def ask(record: Recorded, *, by: User, field: str = "", text: str, source: str = Source.CHART) -> DataQuery:
    """Ask about a record of a chart, or one field of it.

    Whoever sees the chart may: auditors and investigators find discrepancies too, and a question changes no record.
    """
    access.require(by, Act.VIEW, centre_of(record))
    refuse_void(record)
    if chart_model(record._meta.label_lower) is None:
        raise ValidationError(f"Questions are asked about a chart, and a {record._meta.verbose_name} is no part of it.")
    if field and field not in fields_of(type(record)):
        raise ValidationError({"field": f"A {record._meta.verbose_name} has no such field."}, code="field")
    if not text.strip():
        raise ValidationError({"text": "Say what is to be looked at."}, code="text")
    query = built(
        DataQuery,
        by=by,
        source=source,
        patient=getattr(record, "patient", record),
        table=record._meta.label_lower,
        row=record.pk,
        field=field,
        text=text.strip(),
        value=value_of(record, field),
    )
    with whole(by, reason=text.strip(), source=source):
        query.full_clean()
        query.save(force_insert=True)
    return query
