"""Multiple imputation: pooling and hazards exactly, imputed values by their mean effect."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from analyses.pipeline.cox import fit_cox
from analyses.pipeline.imputation import Category, Column, Number, impute, nelson_aalen, pool
from analyses.verification.case import Case
from analyses.verification.check import Numbers
from analyses.verification.datasets import HERE

# as OURS in references/r/imputation.R
SETS = 20
SEED = 5


def _holes(length: int, number: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where the column `number` (from 1) of those with holes has none of its values; the rule of the R script."""
    return (7 * np.arange(1, length + 1) + 3 * number) % 10 < 3


def _number(table: pd.DataFrame, name: str, hole: int = 0) -> Number:
    values = table[name].to_numpy(dtype=np.float64)
    return Number(np.where(_holes(len(table), hole), np.nan, values) if hole else values)


def _category(table: pd.DataFrame, name: str, levels: Sequence[object], hole: int) -> Category:
    codes = np.array([levels.index(value) for value in table[name]], dtype=np.int64)
    return Category(np.where(_holes(len(table), hole), -1, codes), len(levels))


def _breast(table: pd.DataFrame) -> Numbers:
    columns: dict[str, Column] = {
        "treat": _number(table, "treat"),
        "age": _number(table, "age"),
        "tsize": _number(table, "tsize", 1),
        "pnodes": _number(table, "pnodes", 2),
        "tgrade": _category(table, "tgrade", ("I", "II", "III"), 3),
    }
    return _mean_log_hr(table, columns, ("treat", "tsize", "pnodes", "tgrade"), {"tgrade": ("I", "II", "III")})


def _recidivism(table: pd.DataFrame) -> Numbers:
    columns: dict[str, Column] = {
        "treat": _number(table, "treat"),
        "age": _number(table, "age", 1),
        "race": _category(table, "race", (0, 1), 2),
        "prio": _number(table, "prio", 3),
    }
    return _mean_log_hr(table, columns, ("treat", "age", "race", "prio"), {"race": ("0", "1")})


def _mean_log_hr(
    table: pd.DataFrame, columns: dict[str, Column], names: Sequence[str], levels: dict[str, Sequence[str]]
) -> Numbers:
    found = []
    for number in range(SETS):
        completed = impute(columns, table["time"], table["event"], seed=SEED, number=number)
        design = pd.DataFrame(_design({name: completed[name] for name in names}, levels))
        found.append(fit_cox(design, table["time"], table["event"]).coef)
    return dict(zip((f"log HR {name}" for name in design.columns), np.mean(found, axis=0).tolist(), strict=True))


def _design(columns: dict[str, Column], levels: dict[str, Sequence[str]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, column in columns.items():
        if isinstance(column, Number):
            result[name] = column.values
        else:
            result |= {f"{name} {levels[name][code]}": (column.codes == code) * 1.0 for code in range(1, column.levels)}
    return result


def _pooled(name: str, term: str, table: pd.DataFrame) -> Numbers:
    """Estimates and variances are those of the tables that mice completed; the degrees of freedom are those of a Cox
    model of `table`, as mice takes them."""
    written = pd.read_csv(HERE / "mice_estimates.csv")
    rows = written[written["data"] == name]
    ours = rows[rows["term"] == term]
    df = int(table["event"].sum()) - rows["term"].nunique()
    found = pool(ours["estimate"], ours["variance"], df_complete=df)
    return {
        "estimate": found.estimate,
        "SE": found.se,
        "df": found.df,
        "lower": found.lower,
        "upper": found.upper,
        "p": found.p,
        "missing information": found.missing_information,
    }


def _hazard(time: str, event: str, times: Sequence[float], table: pd.DataFrame) -> Numbers:
    found = nelson_aalen(table[time], table[event])
    return {f"H({moment:g})": float(found[table[time] == moment][0]) for moment in times}


CASES = (
    Case("gbsg2", (impute,), _breast),
    Case("rossi", (impute,), _recidivism),
    Case("gbsg2", (pool,), partial(_pooled, "gbsg2", "tsize")),
    Case("rossi", (pool,), partial(_pooled, "rossi", "prio")),
    Case("waltons", (nelson_aalen,), partial(_hazard, "T", "E", (19, 41, 60))),
    Case("rossi", (nelson_aalen,), partial(_hazard, "week", "arrest", (5, 26, 52))),
)
