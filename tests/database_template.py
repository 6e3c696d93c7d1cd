"""A migrated, empty database that test databases are copied from.

Migrating takes most of a minute and copying a quarter of a second, so each state of the migrations is built once per
server, and every test process and every later run copies it.
"""

import hashlib
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

LOCK = 746_355_134  # any number that no other advisory lock of the server uses


def ensure() -> str:
    """Name of the template database for the present migrations; made if the server has none."""
    name = f"{_prefix()}{_state_of_migrations()}"
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        cursor.execute("select datname from pg_database where starts_with(datname, %s)", [_prefix()])
        existing = {row[0] for row in cursor.fetchall()}
        if name not in existing:
            for outdated in existing:
                cursor.execute(f'drop database if exists "{outdated}" with (force)')
            cursor.execute(f'create database "{name}.draft"')
            _migrate(f"{name}.draft")
            cursor.execute(f'alter database "{name}.draft" rename to "{name}"')
    return name


def _prefix() -> str:
    return f"template_{connection.settings_dict['NAME']}_"


def _state_of_migrations() -> str:
    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        for file in sorted(Path(app.path).glob("migrations/*.py")):
            digest.update(f"{app.label}/{file.name}".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(database: str) -> None:
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
