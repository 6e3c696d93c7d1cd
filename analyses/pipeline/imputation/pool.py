"""Rubin's rules."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from analyses.pipeline import checks


@dataclass(frozen=True, slots=True)
class Pooled:
    """An estimate from m completed tables: `within` the mean of its variances, `between` the variance of its values,
    `total` within + (1 + 1/m) between, `se` its root; limits and p-value by t with `df` degrees of freedom.

    `increase` is the relative increase of variance (1 + 1/m) between / within; `missing_information` the fraction of
    the information that the missing values took.
    """

    estimate: float
    se: float
    lower: float
    upper: float
    statistic: float
    p: float
    df: float
    within: float
    between: float
    total: float
    increase: float
    missing_information: float
    m: int


def pool(estimates: ArrayLike, variances: ArrayLike, *, df_complete: float = np.inf, level: float = 0.95) -> Pooled:
    """Combine one number (a log hazard ratio, not a hazard ratio) over m completed tables.

    `estimates` and `variances` m each; `df_complete` the degrees of freedom that complete data would give: events less
    coefficients for a Cox model, infinite for a normal test.
    Degrees of freedom by Barnard and Rubin: with l = (1 + 1/m) between / total, 1 / df = 1 / old + 1 / observed, where
    old = (m - 1) / l^2 and observed = (1 - l) df_complete (df_complete + 1) / (df_complete + 3).
    Missing information is (increase + 2 / (df + 3)) / (increase + 1).
    Raises LengthMismatch, MissingValues, BadValue. Equals mice's `pool`, up to its floor of 1e-4 for l.
    Source: Rubin 1987; Barnard and Rubin, Biometrika 1999.
    """
    values = checks.vector(estimates, "estimates")
    spread = checks.vector(variances, "variances", values.shape[0])
    m = checks.whole(values.shape[0], "the number of completed tables", least=2)
    if not (spread.min() > 0 and df_complete > 0):
        raise checks.BadValue("variances and df_complete must be above 0.")
    estimate, within, between = float(values.mean()), float(spread.mean()), float(values.var(ddof=1))
    extra = (1 + 1 / m) * between
    total, increase = within + extra, extra / within
    df = _degrees_of_freedom(extra / total, m, float(df_complete))
    se, quantile = float(np.sqrt(total)), float(stdtrit(df, (1 + checks.proportion(level, "level")) / 2))
    return Pooled(
        estimate=estimate,
        se=se,
        lower=estimate - quantile * se,
        upper=estimate + quantile * se,
        statistic=estimate / se,
        p=float(2 * stdtr(df, -abs(estimate / se))),
        df=df,
        within=within,
        between=between,
        total=total,
        increase=increase,
        missing_information=(increase + 2 / (df + 3)) / (increase + 1),
        m=m,
    )


def _degrees_of_freedom(share: float, m: int, df_complete: float) -> float:
    old = (m - 1) / share**2 if share > 0 else np.inf
    if np.isinf(df_complete):
        return float(old)
    observed = (1 - share) * df_complete * (df_complete + 1) / (df_complete + 3)
    return float(1 / (1 / old + 1 / observed))
