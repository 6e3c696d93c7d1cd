"""Every URL x method x role x {own centre, other centre, absent}, from the matrix in ``tests/access_matrix.py``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from tests.access_matrix import ADMIN, ANYBODY, COMMON, OBJECTS, PATCH, ROWS, Row

if TYPE_CHECKING:
    from django.urls import URLResolver

    from tests.worlds import World

ABSENT = {"pk": 999_999_999, "number": "NPC-999999", "code": "NOWHERE", "label": "records_absent"}


def patterns(resolver: Any, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Every pattern with its full name; one without a name is known by its route."""
    for part in resolver.url_patterns:
        if isinstance(part, URLPattern):
            yield ":".join([*namespaces, part.name or f"unnamed {part.pattern}"]), part
        else:
            below: URLResolver = part
            yield from patterns(below, (*namespaces, below.namespace) if below.namespace else namespaces)


@cache
def argument_of(name: str, extra: tuple[str, ...]) -> str:
    """The name of the argument that carries the object's key."""
    for found, pattern in patterns(get_resolver()):
        if found == name:
            names = [*pattern.pattern.converters, *pattern.pattern.regex.groupindex]
            return next(n for n in dict.fromkeys(names) if n not in (*extra, "format"))
    raise LookupError(name)


def test_every_url_is_in_the_matrix() -> None:
    known = {name for name, _ in patterns(get_resolver())}
    listed = {row.name for rows in ROWS.values() for row in rows}
    assert sorted(known - listed) == []
    assert sorted(listed - known - {"admin:app_list"}) == []


class Asking:
    """Sends the matrix's requests, each in a transaction that is rolled back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.made: dict[tuple[str, int], Any] = {}
        self.clients = {name: Client(raise_request_exception=False) for name in sorted(ANYBODY)}
        for name, user in world.users.items():
            self.clients[name].force_login(user)

    def object_of(self, kind: str, centre: Any) -> Any:
        if kind == "centre of a member":
            return centre
        if (kind, centre.pk) not in self.made:
            self.made[kind, centre.pk] = OBJECTS[kind](self.world, centre)
        return self.made[kind, centre.pk]

    def targets(self, row: Row) -> list[tuple[str, Any]]:
        """The row's objects by where they stand; None where the address has no object, or an absent one."""
        if not row.kind:
            return [("page", None)]
        if row.kind == "app":
            return [("page", "patients"), ("absent", None)]
        own = [("own", self.object_of(row.kind, self.world.here)), ("absent", None)]
        return own if row.kind in COMMON else [*own, ("other", self.object_of(row.kind, self.world.there))]

    def status(self, row: Row, who: str, found: Any) -> tuple[int, str]:
        kwargs = dict(row.extra)
        if row.kind:
            key = ABSENT[row.key] if found is None else found if row.kind == "app" else getattr(found, row.key)
            kwargs[argument_of(row.name, tuple(row.extra))] = key
        try:
            url = reverse(row.name, kwargs=kwargs)
        except NoReverseMatch:
            return 404, ""  # the address of an app that is absent cannot even be written
        sent: dict[str, Any] = {}
        if row.method != "GET":
            sent["data"] = row.data(self.world, found)
        if row.api:
            sent |= {"content_type": "application/json", "headers": {"If-Match": '"1"'}} if row.method != "GET" else {}
        cookies = self.clients[who].cookies.copy()
        with transaction.atomic():
            response = getattr(self.clients[who], row.method.lower())(url + row.query, **sent)
            transaction.set_rollback(True)
        self.clients[who].cookies = cookies  # the request may have been to log out
        return response.status_code, response.headers.get("Location", "")


def expected(row: Row, who: str, where: str) -> set[int]:
    """Statuses that the matrix allows."""
    if row.closed and who not in (row.see | {"anonymous"}):
        return {403}
    if where == "absent" and (who != "anonymous" or row.kind == "app"):
        return {404}
    if who in row.doers and (where != "other" or who in ADMIN):
        return set(row.answers)
    if who == "anonymous":
        return {401, 403} if row.api else {302}
    if where == "page":
        return {404} if row.kind else {403}
    return {403} if who in row.see and (where == "own" or who in ADMIN) else {404}


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entry pages are decided before they are rendered; what they show is asked elsewhere."""
    from django.template.response import SimpleTemplateResponse

    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("group", ROWS)
def test_nobody_gets_more_or_less_than_the_matrix_says(group: str, world: World) -> None:
    asking = Asking(world)
    surprises, asked = [], 0
    for row in ROWS[group]:
        for where, found in asking.targets(row):
            # Absence is the same to everybody; one who may do all and one who may do nothing stand for the others.
            for who in sorted(ANYBODY) if where != "absent" else ("administrator", "stranger", "auditor"):
                status, location = asking.status(row, who, found)
                asked += 1
                may = expected(row, who, where)
                to_login = "/accounts/login/" in location
                if status not in may or (to_login and who in row.doers and who != "anonymous" and "next" in location):
                    surprises.append(
                        f"{row.method} {row.name} ({where}) as {who}: {status} {location}, not {sorted(may)}"
                    )
    print(f"{asked} requests")
    assert surprises == [], "\n".join(surprises)


def test_the_matrix_knows_each_method_it_names() -> None:
    assert {row.method for rows in ROWS.values() for row in rows} <= {"GET", "POST", PATCH}
