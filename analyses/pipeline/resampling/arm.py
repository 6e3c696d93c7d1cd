"""The log hazard ratio of the arm in one replicate."""

import warnings

import numpy as np

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray
from analyses.pipeline.cox import fit_cox


def arm_log_hr(
    treated: BoolArray,
    time: FloatArray,
    event: BoolArray,
    *,
    weights: FloatArray,
    covariates: FloatArray | None = None,
    ties: str = "efron",
) -> float:
    """Weighted Cox estimate, adjusted for `covariates` where given. Raises NotConverged where it is not finite (one
    arm without events); a covariate may diverge without harm to it. Raises the errors of fit_cox."""
    arm = checks.two_arms(treated).astype(np.float64)[:, np.newaxis]
    design = arm if covariates is None else np.hstack([arm, covariates])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", checks.Divergence)
        fit = fit_cox(design, time, event, weights=weights, ties=ties)
    if fit.names[0] in fit.diverging:
        raise checks.NotConverged("The hazard ratio of the arms has no finite estimate.")
    return float(fit.coef[0])
