"""Wrap the keys of all persons by the first of FIELD_KEYS, so that the older ones can be withdrawn."""

from typing import Any

from django.core.management.base import BaseCommand

from patients.actions import rewrap_identity_keys


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rewrap_identity_keys()} keys are wrapped by the first of FIELD_KEYS.")
