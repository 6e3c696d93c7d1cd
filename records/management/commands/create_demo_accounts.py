"""One account per role for trying the registry out; never where real data could be."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from records.models import Centre, Membership, User
from records.roles import Role

ADMINISTRATOR = "administrator"
# Syllables that nobody misreads or mistypes: 85 of them, so six give 38 bits, and the login locks after five tries.
CONSONANTS, VOWELS = "bdfghjklmnprstvwz", "aeiou"


class Command(BaseCommand):
    help = "Demo mode only: an account per role at every centre, and an administrator. Prints each password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--renew", action="store_true", help="give accounts that stand a new password, and print it"
        )

    @transaction.atomic
    def handle(self, *args: Any, renew: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "Demo accounts are made in demo mode only, that is without SECRET_KEY in the environment."
            )
        for name, label in [*Role.choices, (ADMINISTRATOR, "Administrator")]:
            self.stdout.write(self.line(name, str(label), renew=renew))

    def line(self, name: str, label: str, *, renew: bool) -> str:
        user, created = User.objects.get_or_create(
            username=name, defaults={"first_name": "Demo", "last_name": label, "is_superuser": name == ADMINISTRATOR}
        )
        if name != ADMINISTRATOR:
            for centre in Centre.objects.all():
                Membership.objects.get_or_create(user=user, centre=centre, role=name)
        if not created and not renew:
            return f"{label:<22} {name:<14} stands already; --renew gives a new password"
        password = new_password()
        user.set_password(password)
        user.save(update_fields=["password"])
        return f"{label:<22} {name:<14} {password}"


def new_password() -> str:
    """Three words of two syllables."""
    return "-".join("".join(secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(2)) for _ in range(3))
