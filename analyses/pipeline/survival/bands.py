"""Confidence limits of a survival curve, and where a curve crosses one half."""

import numpy as np
from scipy.special import ndtri

from analyses.pipeline.checks import FloatArray

CONF_TYPES = ("log", "log-log", "plain")
CROSSING_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))


def limits(survival: FloatArray, log_se: FloatArray, conf_type: str, level: float) -> tuple[FloatArray, FloatArray]:
    """Pointwise limits; `log_se` is the standard error of log S. Undefined (NaN) where S = 0, as in R's survfit."""
    z = float(ndtri((1 + level) / 2))
    inner = (survival > 0) & (survival < 1)
    s = np.where(inner, survival, 0.5)
    half = z * np.where(inner, log_se, 0.0)
    if conf_type == "plain":
        lower, upper = np.maximum(s * (1 - half), 0.0), np.minimum(s * (1 + half), 1.0)
    elif conf_type == "log":
        lower, upper = s * np.exp(-half), np.minimum(s * np.exp(half), 1.0)
    else:
        centre, shift = np.log(-np.log(s)), half / np.log(s)
        lower, upper = np.exp(-np.exp(centre - shift)), np.exp(-np.exp(centre + shift))
    edge = np.where(survival <= 0, np.nan, 1.0)
    return np.where(inner, lower, edge), np.where(inner, upper, edge)


def crossing(curve: FloatArray, time: FloatArray, probability: float = 0.5) -> float | None:
    """First time the curve lies below `probability`; where it equals it, the midpoint to the next lower step.

    None when the curve stays above. Source: R survival, print.survfit.
    """
    below = np.flatnonzero(curve < probability + CROSSING_TOLERANCE)
    if below.size == 0:
        return None
    first = int(below[0])
    if abs(curve[first] - probability) < CROSSING_TOLERANCE:
        lower = below[curve[below] < curve[first]]
        if lower.size:
            return float(time[first] + time[lower[0]]) / 2
    return float(time[first])
