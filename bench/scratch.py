"""A large registry in a PostgreSQL server of its own, both gone afterwards.

The rebuilt registry is copied inside the server until it has as many patients as asked for.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from registry import embedded_postgres, paths

if TYPE_CHECKING:
    from records.models import Recorded, Registry


def apart(module: str, *arguments: object) -> Any:
    """What `python -m module arguments` prints as JSON, run in demo mode on a server and in a folder of its own."""
    with scratch_folder() as folder:
        own = {**os.environ, "REGISTRY_VAR_DIR": str(folder), "DEMO": "1"}
        for name in ("DATABASE_URL", "SECRET_KEY"):
            own.pop(name, None)
        command = [sys.executable, "-m", module, *map(str, arguments)]
        said = subprocess.run(command, env=own, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(said)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Open to all, for the server may run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def rebuilt() -> Registry:
    """The rebuilt registry, in the server of the folder that REGISTRY_VAR_DIR names. Sets Django up."""
    embedded_postgres.attach(paths.var_dir())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()
    from django.core.management import call_command

    from exchange.study_cohort.writer import CODE
    from records.models import Registry

    call_command("migrate", verbosity=0)
    call_command("build_study_cohort", stdout=StringIO())
    return Registry.objects.get(code=CODE)


def copied(registry: Registry, patients: int) -> int:
    """Copies of every row, each set below its own copies of patients and parents; how many records there are then."""
    from django.db import connection, transaction
    from django.db.models import F

    from exchange.study_cohort.records import TABLES
    from exchange.study_cohort.writer import MODELS

    models = [MODELS[table] for table in TABLES]
    copies = math.ceil(patients / registry.patients.count()) - 1
    with transaction.atomic(), connection.cursor() as cursor:
        # Originals have passed every check and stand in the trail: their copies skip both.
        cursor.execute("SET LOCAL session_replication_role = replica")
        spans = {model: _last_key(model) for model in models}
        for model in models:
            cursor.execute(_copy_statement(model, spans), [copies])
            cursor.execute(_next_key_statement(model))
        type(registry).objects.filter(pk=registry.pk).update(
            last_number=F("last_number") + copies * spans[MODELS["patient"]]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sum(model._default_manager.count() for model in models)


def _last_key(model: type[Recorded]) -> int:
    last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return 0 if last is None else int(last)


def _next_key_statement(model: type[Recorded]) -> str:
    """So that rows can be added after the copies."""
    table = model._meta.db_table
    return f"""SELECT setval(pg_get_serial_sequence('"{table}"', 'id'), max(id)) FROM "{table}" HAVING max(id) > 0"""


def _copy_statement(model: type[Recorded], spans: dict[type[Recorded], int]) -> str:
    """Keys move on by as many as there were in their table, registry numbers by as many as there were patients."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.generated:
            continue
        column = f'"{field.column}"'
        target = model if field.primary_key else field.related_model
        values[column] = f"{column} + copy * {spans[target]}" if target in spans else column
    if '"number"' in values and model._meta.model_name == "patient":
        prefix = """split_part("number", '-', 1) || '-' || """
        moved = f"""split_part("number", '-', 2)::int + copy * {spans[model]}"""
        values['"number"'] = f"{prefix} lpad(({moved})::text, 6, '0')"
    columns, expressions = ", ".join(values), ", ".join(values.values())
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({columns}) SELECT {expressions} FROM "{table}", generate_series(1, %s) AS copy'
