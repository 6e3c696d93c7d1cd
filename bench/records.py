"""From the records of a large registry to its dataset.

The rebuilt registry is copied inside a PostgreSQL server of its own until it has as many patients as asked for; folder
and server are gone afterwards. Run as `python -m bench.records 100000` it does this in the folder that REGISTRY_VAR_DIR
names and prints what it measured.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import django

from bench.memory import MEGABYTE, peak_memory
from bench.table import OURS, Line, Section
from registry import embedded_postgres, paths

if TYPE_CHECKING:
    from records.models import Recorded, Registry

T = TypeVar("T")
LIMITS = {100_000: 15.0}
REMARKS = ("All records read by COPY in one transaction, then every variable and endpoint derived.",)


def records(patients: int) -> Section:
    """Reading, deriving and freezing the dataset of at least `patients` patients."""
    with _scratch_folder() as folder:
        own = {**os.environ, "REGISTRY_VAR_DIR": str(folder)}
        own.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "bench.records", str(patients)]
        said = subprocess.run(command, env=own, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = json.loads(said)
    n = found["patients"]
    whole = {OURS: found["read"] + found["derived"]}
    lines = (
        Line(rows=n, what=f"COPY of {found['records']:,} records", values={OURS: found["read"]}),
        Line(rows=n, what="derivation", values={OURS: found["derived"]}),
        Line(rows=n, what="records to dataset", values=whole, limit=LIMITS.get(patients)),
        Line(rows=n, what="Parquet and SHA-256", values={OURS: found["frozen"]}),
        Line(rows=n, what="peak memory", values={OURS: found["peak"]}, unit="MB"),
    )
    return Section(title="Records to dataset", lines=lines, remarks=REMARKS)


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Open to all, for the server may run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _main(patients: int) -> None:
    embedded_postgres.attach(paths.var_dir())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()
    from django.core.management import call_command

    from exchange.study_cohort.writer import CODE
    from records.models import Registry

    call_command("migrate", verbosity=0)
    call_command("build_study_cohort", stdout=StringIO())
    registry = Registry.objects.get(code=CODE)
    _measured(registry)  # warm
    copied = _copy_registry(registry, patients)
    print(json.dumps({**_measured(registry), "records": copied}))


def _measured(registry: Registry) -> dict[str, Any]:
    from analyses.derivation.derive import derive
    from analyses.tables import read_frames
    from bench.study_rows import study_plan, there
    from records.accounts import service_account

    parameters = there(study_plan().derivation)
    read, frames = _clocked(lambda: read_frames(service_account(), registry))
    derived, dataset = _clocked(lambda: derive(frames, parameters))
    frozen, _ = _clocked(lambda: (dataset.to_parquet(), dataset.sha256()))
    measured = {"read": read, "derived": derived, "frozen": frozen, "peak": peak_memory() / MEGABYTE}
    return {"patients": len(dataset.frame), **measured}


def _clocked(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def _copy_registry(registry: Registry, patients: int) -> int:
    """Copies of every row, each set below its own copies of patients and parents; how many records there are then."""
    from django.db import connection, transaction

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
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sum(model._default_manager.count() for model in models)


def _last_key(model: type[Recorded]) -> int:
    last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return 0 if last is None else int(last)


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


if __name__ == "__main__":
    _main(int(sys.argv[1]))
