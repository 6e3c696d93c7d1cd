"""A small registry for tests of pages and forms: two centres, a person per role at the first, patients at both."""

from dataclasses import dataclass
from typing import Any

from patients.actions import register
from patients.models import Patient
from records.actions import add
from records.models import Centre, Membership, Registry, User
from records.roles import Role


@dataclass
class World:
    registry: Registry
    here: Centre
    there: Centre
    users: dict[str, User]

    @property
    def admin(self) -> User:
        return self.users["administrator"]

    def patient(self, centre: Centre | None = None, **values: Any) -> Patient:
        return register(by=self.admin, registry=self.registry, centre=centre or self.here, **values)

    def add(self, model: Any, **values: Any) -> Any:
        return add(model, by=self.admin, **values)


def build() -> World:
    """The world, with users named after their roles; ``stranger`` has an account and no role.

    Nobody has a password: hashing seven would take longer than most tests.
    """
    here = Centre.objects.create(code="HERE", name="This centre")
    there = Centre.objects.create(code="THERE", name="That centre")
    registry = Registry.objects.create(code="npc", title="mNPC registry", number_prefix="NPC", is_invented=True)
    users = {str(role): User.objects.create(username=role) for role in Role.values}
    for role, user in users.items():
        Membership.objects.create(user=user, centre=here, role=role)
    users["administrator"] = User.objects.create(username="administrator", is_superuser=True)
    users["stranger"] = User.objects.create(username="stranger")
    return World(registry, here, there, users)
