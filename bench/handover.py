"""Columns on disk that R and a second Python process read back: one binary file each, and a list of their types."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

LIST = "columns.tsv"
# R's NA_integer_
MISSING = np.iinfo(np.int32).min


def write_columns(columns: Mapping[str, Any], folder: Path) -> None:
    """Floats as doubles; whole numbers and booleans as integers; categoricals as R's factors, codes from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["name\tkind\tlevels"]
    for name, column in columns.items():
        kind, values, levels = _parts(column)
        values.tofile(folder / f"{name}.bin")
        lines.append(f"{name}\t{kind}\t{'|'.join(levels)}")
    (folder / LIST).write_text("\n".join(lines) + "\n")


def _parts(column: Any) -> tuple[str, npt.NDArray[Any], list[str]]:
    if isinstance(column, pd.Categorical):
        codes = np.asarray(column.codes, dtype=np.int32)
        return "factor", np.where(codes < 0, MISSING, codes + 1).astype(np.int32), list(column.categories)
    values = np.asarray(column)
    if values.dtype.kind == "f":
        return "double", values.astype(np.float64), []
    return "integer", values.astype(np.int32), []


def read_column(name: str, folder: Path) -> npt.NDArray[Any]:
    """A column again; a factor as its codes from 1."""
    kind = pd.read_csv(folder / LIST, sep="\t", index_col="name", dtype=str)["kind"][name]
    return np.fromfile(folder / f"{name}.bin", dtype=np.float64 if kind == "double" else np.int32)
