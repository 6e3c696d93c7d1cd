"""Who sees and writes what: the one place that turns memberships into centres and query sets."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from records.models import Centre, Membership, User
from records.roles import MAY, Act

Row = TypeVar("Row", bound=Model)
Actor = User | AnonymousUser
# Patients, as a query of primary keys, whom an upper floor hides from a user who would see them by role.
Veil = Callable[[User], QuerySet[Any, Any]]

# An analysis counts the same patients for whoever runs it; a chart may be hidden from one of them for a while.
UNVEILED = frozenset({Act.ANALYSE, Act.EXPORT})
_veils: list[Veil] = []


def veil(hidden: Veil) -> None:
    """Let ``hidden`` say which charts a user does not see, whatever their role."""
    _veils.append(hidden)


def centres_of(user: Actor, act: Act = Act.VIEW) -> set[int] | None:
    """Primary keys of the centres at which ``user`` may ``act``; None stands for every centre (administrators)."""
    if not isinstance(user, User) or not user.is_active:
        return set()
    if user.is_superuser:
        return None
    return {centre for centre, role in roles_of(user) if act in MAY[role]}


def roles_of(user: Actor) -> list[tuple[int, str]]:
    """The user's memberships as (centre, role)."""
    if not isinstance(user, User):
        return []
    if not hasattr(user, "_roles_by_centre"):
        # Read once per user object, that is once per request.
        user._roles_by_centre = list(  # type: ignore[attr-defined]
            Membership.objects.filter(user=user).values_list("centre_id", "role")
        )
    return user._roles_by_centre  # type: ignore[attr-defined]


def signed_in(request: HttpRequest) -> User:
    """The user of a request behind a login. Raises ``PermissionDenied`` for anybody else."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Log in first.")
    return request.user


def may(user: Actor, act: Act, centre: Centre | int | None = None) -> bool:
    """Whether ``user`` may ``act`` at ``centre``; without a centre, anywhere at all."""
    centres = centres_of(user, act)
    if centres is None:
        return True
    if centre is None:
        return bool(centres)
    return (centre.pk if isinstance(centre, Centre) else centre) in centres


def require(user: Actor, act: Act, centre: Centre | int | None = None) -> None:
    """Raise ``PermissionDenied`` with a sentence unless ``user`` may ``act`` at ``centre``."""
    if not may(user, act, centre):
        where = f" at {centre}" if isinstance(centre, Centre) else ""
        raise PermissionDenied(f"Your roles do not allow you to {act.label}{where}.")


def visible_to(user: Actor, rows: QuerySet[Row], act: Act = Act.VIEW) -> QuerySet[Row]:
    """The ``rows`` (patients, or rows that belong to a patient) of the centres at which ``user`` may ``act``, without
    those of charts that are hidden from them."""
    centres = centres_of(user, act)
    owner = owner_of(rows)
    if centres is not None:
        rows = rows.filter(**{f"{owner}centre__in": centres})
    if isinstance(user, User) and act not in UNVEILED:
        for hidden in _veils:
            rows = rows.exclude(**{f"{owner}pk__in": hidden(user)})
    return rows


def of_patients(rows: QuerySet[Row]) -> QuerySet[Row]:
    """The ``rows`` without those of charts that are abstracted a second time: no list and no count has them."""
    return rows.filter(**{f"{owner_of(rows)}second_of": None})


def owner_of(rows: QuerySet[Any]) -> str:
    """The path from a row to its patient."""
    return "" if rows.model._meta.label == "patients.Patient" else "patient__"
