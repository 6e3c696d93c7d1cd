"""The dataset contract: one row per patient, every column declared, frozen, with a Parquet form and a content
hash."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analyses.pipeline import codec
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.parameters import DerivationParameters

Kind = Literal["categorical", "numeric", "boolean", "date"]
KnownAt = Literal["time_zero", "diagnosis", "metastasis", "pct_start", "pct_end", "rt_start", "rt_end", "follow_up"]
TOXICITY_COLUMNS = ("patient", "term", "grade", "phase")
EVENTS = "toxicity:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One analysis variable: the column `name` of the frame.

    Column types: categorical = ordered pandas Categorical with exactly `levels`; numeric = float64 in `unit`; boolean
    = pandas 'boolean'; date = datetime64[ns]. Missing is None/NaN/NaT and never a level: reports print 'Unknown'.
    `sources` are the record fields it reads, `window` its time window in words, `known_at` the moment at which its
    value is settled (the immortal-time guard compares it with time zero).
    """

    name: str
    label: str
    kind: Kind
    doc: str
    levels: tuple[str, ...] = ()
    unit: str = ""
    sources: tuple[str, ...] = ()
    window: str = ""
    known_at: KnownAt = "diagnosis"

    def __post_init__(self) -> None:
        if (self.kind == "categorical") != bool(self.levels) or len(set(self.levels)) != len(self.levels):
            raise InvalidValueError(
                f"{self.name}.levels", self.levels, "distinct levels, for a categorical variable only"
            )
        if "Unknown" in self.levels:
            raise InvalidValueError(f"{self.name}.levels", "Unknown", "known levels: a missing value is None")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A time to an event: columns `<name>_months` (float64, from time zero) and `<name>_event` (Int8: 0 censored, 1
    event, 2 competing event where `competing` names one). Both are missing for a patient listed in the dataset's
    exclusions."""

    name: str
    label: str
    event_label: str
    doc: str
    competing: str = ""

    @property
    def months(self) -> str:
        return f"{self.name}_months"

    @property
    def event(self) -> str:
        return f"{self.name}_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A dated moment of a patient's course: column `<name>_months` (float64, months from time zero, may be negative,
    missing when it did not happen before the data cut-off)."""

    name: str
    label: str
    doc: str
    sources: tuple[str, ...] = ()

    @property
    def months(self) -> str:
        return f"{self.name}_months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A patient who has no usable time for an endpoint (all endpoints when `endpoint` is empty), and why."""

    patient: str
    reason: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """Everything about a dataset that is no cell of a table."""

    registry: str
    invented: bool
    parameters: DerivationParameters | None
    variables: tuple[Variable, ...]
    endpoints: tuple[Endpoint, ...]
    moments: tuple[Moment, ...]
    exclusions: tuple[Exclusion, ...]


def _no_toxicity() -> pd.DataFrame:
    return pd.DataFrame({"patient": [], "term": [], "grade": [], "phase": []}).astype({"grade": "int64"})


def _no_provenance() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """One row per patient of a registry (those who will be found ineligible included), indexed by patient number.

    `parameters` is None where the rows were read from a flat table; `registry` is then the table's title.

    `toxicity` is long: patient, term, grade 1-5, phase ('PCT', 'RT', 'late'). `provenance` has the frame's index and
    one column per variable or endpoint that records which record and field gave the value ('MetastaticSite.date').
    Rows are sorted by patient number on the way in, so that no result can depend on the order in which rows arrived.
    """

    frame: pd.DataFrame
    variables: Mapping[str, Variable]
    endpoints: Mapping[str, Endpoint]
    parameters: DerivationParameters | None
    registry: str
    invented: bool
    moments: Mapping[str, Moment] = field(default_factory=dict)
    toxicity: pd.DataFrame = field(default_factory=_no_toxicity)
    provenance: pd.DataFrame = field(default_factory=_no_provenance)
    exclusions: tuple[Exclusion, ...] = ()

    def __post_init__(self) -> None:
        if not self.frame.index.is_unique:
            twice = sorted(set(self.frame.index[self.frame.index.duplicated()]))
            raise InvalidValueError("frame", twice[:10], "each patient number once")
        _check_columns(self)
        order = self.frame.sort_index(kind="stable")
        object.__setattr__(self, "frame", order)
        object.__setattr__(self, "provenance", self.provenance.reindex(order.index))
        by = list(TOXICITY_COLUMNS)
        object.__setattr__(self, "toxicity", self.toxicity[by].sort_values(by, kind="stable").reset_index(drop=True))

    def declarations(self) -> Declarations:
        return Declarations(
            registry=self.registry,
            invented=self.invented,
            parameters=self.parameters,
            variables=tuple(self.variables.values()),
            endpoints=tuple(self.endpoints.values()),
            moments=tuple(self.moments.values()),
            exclusions=self.exclusions,
        )

    def to_parquet(self) -> bytes:
        """One Parquet file: the frame, `toxicity:` as a list column, provenance as `source:<name>`, declarations as
        metadata."""
        table = pa.Table.from_pandas(self._wide(), preserve_index=True)
        meta = {
            b"pandas": (table.schema.metadata or {})[b"pandas"],
            b"dataset": codec.canonical(self.declarations()).encode(),
        }
        if not self.toxicity.empty:
            table = table.append_column(EVENTS, _lists(self.toxicity, self.frame.index))
        sink = io.BytesIO()
        pq.write_table(table.replace_schema_metadata(meta), sink, compression="zstd")
        return sink.getvalue()

    def _wide(self) -> pd.DataFrame:
        wide = self.frame.rename_axis("patient")
        if not self.provenance.empty:
            wide = wide.join(self.provenance.add_prefix("source:"))
        return wide

    @classmethod
    def from_parquet(cls, content: bytes) -> Dataset:
        table = pq.read_table(io.BytesIO(content))
        declared = codec.from_json(Declarations, json.loads(table.schema.metadata[b"dataset"]))
        has_events = EVENTS in table.column_names
        wide = (table.drop_columns([EVENTS]) if has_events else table).to_pandas()
        sources = [name for name in wide.columns if name.startswith("source:")]
        toxicity = _long(table[EVENTS], wide.index) if has_events else _no_toxicity()
        return cls(
            frame=wide.drop(columns=sources),
            provenance=wide[sources].rename(columns=lambda name: name.removeprefix("source:")),
            toxicity=toxicity,
            variables={item.name: item for item in declared.variables},
            endpoints={item.name: item for item in declared.endpoints},
            moments={item.name: item for item in declared.moments},
            parameters=declared.parameters,
            registry=declared.registry,
            invented=declared.invented,
            exclusions=declared.exclusions,
        )

    def sha256(self) -> str:
        """Hash of the content: equal for equal data whatever the row order, the file format or its library
        version."""
        digest = hashlib.sha256(codec.canonical(self.declarations()).encode())
        for name in ("frame", "provenance", "toxicity"):
            table: pd.DataFrame = getattr(self, name)
            digest.update(_hashes(table.index))
            for column in sorted(table.columns):
                digest.update(f"{name}.{column}".encode())
                digest.update(_column_hash(table[column]))
        return digest.hexdigest()


def _column_hash(column: pd.Series[Any]) -> bytes:
    """One hash per row, from the texts of distinct values where the column is no number."""
    if isinstance(column.dtype, pd.BooleanDtype):
        column = column.astype("float64")
    if column.dtype == object or isinstance(column.dtype, pd.CategoricalDtype):
        codes, distinct = pd.factorize(column.astype(object))
        texts = np.array([*map(str, distinct), "\x00"], dtype=object)
        return bytes(pd.util.hash_array(texts, categorize=False)[codes].tobytes())
    return _hashes(column)


def _hashes(values: pd.Series[Any] | pd.Index[Any]) -> bytes:
    return bytes(np.ascontiguousarray(pd.util.hash_pandas_object(values, index=False).to_numpy()).tobytes())


def _lists(toxicity: pd.DataFrame, patients: pd.Index[Any]) -> pa.ListArray:
    """Each patient's events as a list; null for none. Both tables are sorted by patient."""
    at = patients.get_indexer(pd.Index(toxicity["patient"]))
    kept = toxicity[at >= 0]
    counts = np.bincount(at[at >= 0], minlength=len(patients))
    fields = list(TOXICITY_COLUMNS[1:])
    events = pa.StructArray.from_arrays([pa.array(kept[name]) for name in fields], names=fields)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), events, mask=pa.array(counts == 0))


def _long(column: pa.ChunkedArray, patients: pd.Index[Any]) -> pd.DataFrame:
    """The events of such lists, one row each."""
    lists = column.combine_chunks()
    events: pd.DataFrame = pa.Table.from_struct_array(lists.flatten()).to_pandas()
    events.insert(0, "patient", patients.to_numpy()[pc.list_parent_indices(lists).to_numpy()])
    return events


def _check_columns(dataset: Dataset) -> None:
    """Every declared column is present with the declared type, and every column of the frame is declared."""
    frame = dataset.frame
    declared = set(dataset.variables)
    for endpoint in dataset.endpoints.values():
        declared |= {endpoint.months, endpoint.event}
    declared |= {moment.months for moment in dataset.moments.values()}
    if declared != set(frame.columns):
        odd = sorted(declared.symmetric_difference(map(str, frame.columns)))
        raise InvalidValueError("frame.columns", odd, "exactly the declared variables, endpoints and moments")
    for name, variable in dataset.variables.items():
        if not _has_type(frame[name], variable):
            raise InvalidValueError(f"frame.{name}", str(frame[name].dtype), f"a {variable.kind} column, see Variable")


def _has_type(column: pd.Series[Any], variable: Variable) -> bool:
    if variable.kind == "categorical":
        return isinstance(column.dtype, pd.CategoricalDtype) and tuple(column.cat.categories) == variable.levels
    if variable.kind == "boolean":
        return isinstance(column.dtype, pd.BooleanDtype)
    return bool(column.dtype == np.float64) if variable.kind == "numeric" else column.dtype.kind == "M"
