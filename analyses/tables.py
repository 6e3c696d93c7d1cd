"""The live rows of one registry, read by COPY for derivation."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pyarrow as pa
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from psycopg import pq
from psycopg.errors import error_from_result
from pyarrow import csv

from analyses.derivation.frames import SCHEMA, Column, Frames, columns, empty
from patients import models as patient_models
from patients.models import ClinicalRow, Patient
from patients.selectors import live, patients
from records.access import Actor
from records.models import Registry
from records.roles import Act
from treatments import models as treatment_models

ARROW: dict[Column, pa.DataType] = {
    "key": pa.int64(),
    "reference": pa.float64(),
    "number": pa.float64(),
    "code": pa.dictionary(pa.int32(), pa.string()),
    "flag": pa.bool_(),
}
MODELS: dict[str, type[Model]] = {
    model._meta.model_name: model
    for module in (patient_models, treatment_models)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, Model) and model._meta.model_name in SCHEMA
}


def read_frames(user: Actor, registry: Registry) -> Frames:
    """The live rows (not void, of unmerged patients) of `registry` at the centres where `user` may analyse.

    All tables show the database at one moment: the reads share one REPEATABLE READ transaction, unless the caller has a
    transaction open, whose isolation can no longer be chosen and then decides.
    """
    with _one_moment():
        tables = {table: _frame(table, _rows(user, registry, MODELS[table])) for table in SCHEMA}
    return Frames(registry=registry.title, invented=registry.is_invented, tables=tables)


@contextmanager
def _one_moment() -> Iterator[None]:
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Must be the first statement of the transaction.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _rows(user: Actor, registry: Registry, model: type[Model]) -> QuerySet[Any]:
    """What the user may analyse of one table; the catalogue of drugs and regimens belongs to everybody."""
    if issubclass(model, Patient):
        return patients(user, Act.ANALYSE).filter(registry=registry)
    if issubclass(model, ClinicalRow):
        return live(user, model, Act.ANALYSE).filter(patient__registry=registry)
    return model._default_manager.all()


def _frame(table: str, rows: QuerySet[Any]) -> pd.DataFrame:
    content = _copied(rows.order_by().values_list(*columns(table)))
    if not content:
        return empty(table)
    # Types are declared, never inferred; NULL is an empty field without quotes, an empty text one with them.
    options = csv.ConvertOptions(
        column_types=_types(table),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    parsed = csv.read_csv(
        pa.py_buffer(content),
        read_options=csv.ReadOptions(column_names=list(columns(table))),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    )
    frame: pd.DataFrame = parsed.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    return frame


def _types(table: str) -> dict[str, pa.DataType]:
    types: dict[str, pa.DataType] = {}
    for name, kind in SCHEMA[table].items():
        if kind == "date":
            types |= {name: ARROW["code"], f"{name}_first": pa.timestamp("ns"), f"{name}_last": pa.timestamp("ns")}
        else:
            types[name] = ARROW[kind]
    return types


def _copied(rows: QuerySet[Any]) -> bytes:
    """The rows as CSV without a heading, in no particular order; empty where there are none."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:  # the user has no centre
        return b""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        statement = f"COPY ({cursor.mogrify(sql, parameters)}) TO STDOUT (FORMAT csv)"
        return _received(cursor.connection.pgconn, statement.encode())


def _received(server: pq.abc.PGconn, statement: bytes) -> bytes:
    """What a COPY statement sends, taken through libpq: the driver's own loop costs more per row than the server."""
    result = server.exec_(statement)
    content = io.BytesIO()
    if result.status == pq.ExecStatus.COPY_OUT:
        size, data = server.get_copy_data(0)
        while size > 0:
            content.write(data)
            size, data = server.get_copy_data(0)
        result = server.get_result() or result
        while server.get_result() is not None:
            continue
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise error_from_result(result)
    return content.getvalue()
