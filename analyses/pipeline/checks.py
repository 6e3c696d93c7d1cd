"""The one door through which data enter the statistical core.

Every public function of the pipeline turns its inputs into plain arrays here. Bad input ends in one of the named errors
below, which say what is wrong, where, and what to do; it never ends in a NaN or in a numpy trace.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analyses.pipeline.extremes import extremes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
LARGEST_CAUSE = 2**31
LARGEST_SPAN, SMALLEST_SPAN = 4, 1024


class InputError(ValueError):
    """The input cannot be analysed as it is."""


class LengthMismatch(InputError):
    """Two inputs do not have one entry per patient each, or an array has the wrong number of dimensions."""


class MissingValues(InputError):
    """An input has missing or infinite values, or values that are no numbers."""


class NegativeTime(InputError):
    """A time lies before time zero, or an entry is not before its own end."""


class EmptyArm(InputError):
    """A group that must have patients has none."""


class NoEvents(InputError):
    """No event was seen, so nothing can be estimated."""


class ConstantColumn(InputError):
    """A covariate has one value only."""


class Collinear(InputError):
    """A covariate is a linear combination of the others."""


class Separation(InputError):
    """A covariate, or a combination of covariates, tells the arms apart without error."""


class BadOption(InputError):
    """An option has a value that the method does not know, or two options contradict each other."""


class BadValue(InputError):
    """A value lies outside the range that the method allows."""


class BeyondFollowUp(InputError):
    """A time lies after the last observation."""


class NotConverged(InputError):
    """The iterations ended without a solution."""


class NotSupported(InputError):
    """The method does not offer this combination of options."""


class AnalysisWarning(UserWarning):
    """The result stands, but must be read with care."""


class Divergence(AnalysisWarning):
    """The likelihood grows for ever in the direction of the named coefficients (no finite estimate)."""


def vector(values: ArrayLike, name: str, length: int | None = None) -> FloatArray:
    """A finite float array of one dimension (and, where given, of `length`)."""
    result = _as_float(values, name)
    if result.ndim != 1:
        raise LengthMismatch(f"{name} must have one dimension, not {result.ndim}.")
    _require_length(result.shape[0], name, length)
    _require_finite(result, name)
    return result


def _as_float(values: ArrayLike, name: str) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MissingValues(f"{name} has entries that are not numbers; recode or leave out those patients.") from error


def _require_length(found: int, name: str, length: int | None) -> None:
    if found == 0:
        raise EmptyArm(f"{name} has no entries: there are no patients to analyse.")
    if length is not None and found != length:
        raise LengthMismatch(f"{name} has {found} entries where {length} are needed.")


def _require_finite(values: FloatArray, name: str) -> None:
    good = np.isfinite(values)
    if not good.all():
        rows = np.flatnonzero(~good)
        raise MissingValues(
            f"{name} is missing or infinite in {rows.size} of {values.shape[0]} rows (first row {rows[0]}); "
            "leave those patients out or impute."
        )


def counts(values: ArrayLike, name: str = "counts") -> FloatArray:
    """A table of finite numbers that are not negative, with two dimensions."""
    table = _as_float(values, name)
    if table.ndim != 2:
        raise LengthMismatch(f"{name} must be a table with two dimensions: levels by groups.")
    if not np.isfinite(table).all():
        raise MissingValues(f"{name} has missing or infinite cells.")
    if (table < 0).any():
        raise BadValue(f"{name} must not be negative.")
    return table


def partial_vector(values: ArrayLike, name: str, length: int) -> FloatArray:
    """A float array of one dimension and `length` in which NaN is missing; infinite values are refused, as is a column
    without any value."""
    result = _as_float(values, name)
    if result.ndim != 1:
        raise LengthMismatch(f"{name} must have one dimension, not {result.ndim}.")
    _require_length(result.shape[0], name, length)
    known = ~np.isnan(result)
    if not known.any():
        raise MissingValues(f"{name} is missing in all rows; leave it out.")
    _require_finite(np.where(known, result, 0.0), name)
    return result


def partial_codes(codes: ArrayLike, levels: int, name: str, length: int) -> IntArray:
    """Codes 0..levels - 1 of one dimension and `length` in which -1 is missing, with at least one that is known."""
    result = vector(codes, name, length)
    whole = result.astype(np.int64)
    if (whole != result).any() or whole.min() < -1 or whole.max() >= levels:
        raise BadValue(f"{name} must hold codes from 0 to {levels - 1}, or -1 for missing.")
    if whole.max() < 0:
        raise MissingValues(f"{name} is missing in all rows; leave it out.")
    return whole


def times(values: ArrayLike, name: str = "time", length: int | None = None) -> FloatArray:
    """Times since time zero: finite and not negative."""
    result = vector(values, name, length)
    if result.min() < 0:
        rows = np.flatnonzero(result < 0)
        raise NegativeTime(f"{name} is negative in {rows.size} rows (first row {rows[0]}); correct the dates.")
    return result


def indicator(values: ArrayLike, name: str, length: int | None = None) -> BoolArray:
    """A 0/1 or boolean array of one dimension."""
    result = vector(values, name, length)
    truth: BoolArray = result != 0
    if not np.array_equal(result, truth):
        row = int(np.flatnonzero(result != truth)[0])
        raise BadValue(f"{name} must be 0 or 1; row {row} has {result[row]:g}.")
    return truth


def events(values: ArrayLike, length: int) -> BoolArray:
    """Event indicators with at least one event among them."""
    result = indicator(values, "event", length)
    if not result.any():
        raise NoEvents("No patient has the event; nothing can be estimated from censored times alone.")
    return result


def causes(values: ArrayLike, length: int, cause: int | None = None) -> IntArray:
    """What ended each follow-up: 0 censored, 1, 2, ... causes, with at least one event (of `cause`, where given)."""
    result = vector(values, "event", length)
    codes = np.floor(np.clip(result, -1, LARGEST_CAUSE)).astype(np.int64)
    bad = (codes != result) | (codes < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise BadValue(
            f"event must be 0 (censored) or the number of a cause, 1, 2, ...; row {row} has {result[row]:g}."
        )
    if cause is not None:
        _require_cause(codes, cause)
    elif not codes.any():
        raise NoEvents("No patient has an event of any cause; nothing can be estimated from censored times alone.")
    return codes


def _require_cause(codes: IntArray, cause: int) -> None:
    if not isinstance(cause, (int, np.integer)) or cause < 1:
        raise BadOption(f"cause must be the number of a cause, 1, 2, ...; found {cause!r}.")
    if not (codes == cause).any():
        seen = ", ".join(str(code) for code in np.unique(codes[codes > 0])) or "none"
        raise NoEvents(f"No patient has an event of cause {cause} (causes seen: {seen}); nothing can be estimated.")


def two_arms(treated: ArrayLike, length: int | None = None) -> BoolArray:
    """A treatment indicator with patients in both arms."""
    result = indicator(treated, "treated", length)
    if result.all() or not result.any():
        missing = "control" if result.all() else "treated"
        raise EmptyArm(f"There is no {missing} patient; a comparison needs both arms.")
    return result


def entries(values: ArrayLike, ends: FloatArray) -> FloatArray:
    """Delayed entry times, each before its own end."""
    result = times(values, "entry", ends.shape[0])
    late = result >= ends
    if late.any():
        rows = np.flatnonzero(late)
        raise NegativeTime(
            f"entry is not before time in {rows.size} rows (first row {rows[0]}); such patients were never at risk."
        )
    return result


def weights(values: ArrayLike | None, length: int) -> FloatArray:
    """Case weights, not negative and not all zero; ones where none are given."""
    if values is None:
        return np.ones(length)
    result = vector(values, "weights", length)
    if result.min() < 0:
        raise BadValue(f"weights are negative (first row {int(np.argmax(result < 0))}).")
    if not result.any():
        raise BadValue("weights are all zero.")
    return result


def labels(values: ArrayLike, name: str, length: int) -> tuple[list[Any], IntArray]:
    """Distinct labels in sorted order and the code of each row; missing labels are refused."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise LengthMismatch(f"{name} must have one dimension, not {array.ndim}.")
    _require_length(array.shape[0], name, length)
    if array.dtype.kind == "f":
        _require_finite(array.astype(np.float64), name)
    if array.dtype.kind == "O":
        return _object_labels(array, name)
    if array.dtype.kind == "b":
        names, codes = _counted_labels(array.astype(np.uint8))
        return [bool(item) for item in names], codes
    if array.dtype.kind in "iu" and _span(array) < max(LARGEST_SPAN * length, SMALLEST_SPAN):
        return _counted_labels(array)
    distinct, codes = np.unique(array, return_inverse=True)
    return distinct.tolist(), codes.astype(np.int64)


def _span(values: NDArray[np.integer]) -> int:
    return int(values.max()) - int(values.min())


def _counted_labels(values: NDArray[np.integer]) -> tuple[list[Any], IntArray]:
    """Whole numbers close to each other, such as codes, are counted instead of sorted."""
    wide = values.astype(np.int64 if values.dtype.kind == "i" else np.uint64)
    low = int(wide.min())
    offset = (wide - wide.min()).astype(np.int64)
    present = np.bincount(offset) > 0
    position = np.cumsum(present) - 1
    return [low + step for step in np.flatnonzero(present).tolist()], position[offset]


def _object_labels(array: NDArray[Any], name: str) -> tuple[list[Any], IntArray]:
    missing = np.array([item is None or item != item for item in array.tolist()])
    if missing.any():
        raise MissingValues(
            f"{name} is missing in {int(missing.sum())} rows (first row {int(np.argmax(missing))}); "
            "leave those patients out or give them a level of their own."
        )
    items = array.tolist()
    distinct = sorted(set(items), key=lambda item: (type(item).__name__, item))
    position = {item: code for code, item in enumerate(distinct)}
    return distinct, np.array([position[item] for item in items], dtype=np.int64)


def design_matrix(design: ArrayLike, names: Sequence[str] | None = None) -> tuple[FloatArray, tuple[str, ...]]:
    """A finite n x p matrix and its p column names (a DataFrame brings its own; otherwise x0, x1, ...)."""
    if names is None and hasattr(design, "columns"):
        names = [str(column) for column in design.columns]
    matrix = _as_float(design, "design")
    if matrix.ndim == 1:
        matrix = matrix[:, np.newaxis]
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise LengthMismatch("design must be a table of patients by covariates with at least one covariate.")
    _require_length(matrix.shape[0], "design", None)
    found = tuple(names) if names is not None else tuple(f"x{column}" for column in range(matrix.shape[1]))
    if len(found) != matrix.shape[1]:
        raise LengthMismatch(f"design has {matrix.shape[1]} columns but {len(found)} names.")
    if not np.isfinite(matrix.sum()):
        for column, name in enumerate(found):
            _require_finite(matrix[:, column], name)
    return matrix, found


def refuse_constant(matrix: FloatArray, names: Sequence[str]) -> None:
    """Every column must vary."""
    low, high = extremes(matrix)
    flat = low == high
    if flat.any():
        listed = ", ".join(name for name, bad in zip(names, flat, strict=True) if bad)
        raise ConstantColumn(f"One value only in: {listed}. Leave out what does not vary among these patients.")


def option(value: str, name: str, allowed: Sequence[str]) -> str:
    """One of the allowed words."""
    if value not in allowed:
        raise BadOption(f"{name} must be one of {', '.join(allowed)}; found {value!r}.")
    return value


def proportion(value: float, name: str) -> float:
    """A number strictly between 0 and 1."""
    if not 0 < value < 1:
        raise BadValue(f"{name} must lie between 0 and 1; found {value:g}.")
    return value


def whole(value: int, name: str, *, least: int) -> int:
    """A whole number of at least `least`."""
    if int(value) != value or value < least:
        raise BadValue(f"{name} must be a whole number of at least {least}; found {value}.")
    return int(value)


def finite(value: float, name: str) -> float:
    """A number that is neither missing nor infinite."""
    if not np.isfinite(value):
        raise BadValue(f"{name} must be a finite number; found {value}.")
    return value
