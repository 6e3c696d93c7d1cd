"""Target curves: the survival functions whose quantiles are the latent event times of each arm.

Published points are met exactly (5-year OS, medians); the points between them, and the early part without events while
PCT and RT are given, are plausible inventions. The cumulative hazard is linear between points.
"""

import numpy as np
import numpy.typing as npt

from exchange.study_cohort.published import CCRT, RT

Floats = npt.NDArray[np.float64]
DAYS_PER_MONTH = 30.4375

# Month: survival. All eligible patients of the arm.
OVERALL = {
    RT: {5.5: 1.0, 12: 0.925, 24: 0.705, 40.1: 0.5, 60: 0.362, 96: 0.215, 160: 0.10, 260: 0.04},
    CCRT: {5.5: 1.0, 12: 0.96, 24: 0.805, 40: 0.65, 60: 0.53, 96: 0.38, 160: 0.23, 260: 0.13},
}
PROGRESSION_FREE = {
    RT: {6: 1.0, 9: 0.88, 12: 0.72, 18.3: 0.5, 24: 0.385, 36: 0.26, 60: 0.165, 96: 0.105, 260: 0.03},
    CCRT: {6: 1.0, 9: 0.925, 12: 0.83, 18.3: 0.615, 21: 0.545, 26.4: 0.425, 36: 0.35, 60: 0.25, 96: 0.18, 260: 0.07},
}
# Median 18 months and 35% alive at 24 months: PCT alone, as in the literature on metastatic disease without RT.
PCT_ALONE = {1.5: 1.0, 6: 0.90, 12: 0.68, 18: 0.5, 24: 0.355, 36: 0.20, 60: 0.09, 120: 0.03, 260: 0.01}
# Supportive care alone.
UNTREATED = {0.5: 1.0, 3: 0.72, 6: 0.45, 12: 0.2, 24: 0.06, 60: 0.01}


def quantile_days(curve: dict[float, float], uniforms: Floats) -> Floats:
    """Days at which the survival of ``curve`` falls to ``uniforms``; beyond its last point the last hazard goes on."""
    months = np.array(list(curve), dtype=float)
    hazard = -np.log(np.array(list(curve.values())))
    wanted = -np.log(uniforms)
    slope = (months[-1] - months[-2]) / (hazard[-1] - hazard[-2])
    inside = np.interp(wanted, hazard, months)
    return np.where(wanted > hazard[-1], months[-1] + slope * (wanted - hazard[-1]), inside) * DAYS_PER_MONTH


def stratified(rng: np.random.Generator, size: int) -> Floats:
    """One uniform number per stratum of width 1/size, descending: survival levels of ascending times."""
    return 1 - (np.arange(size) + 0.25 + 0.5 * rng.random(size)) / size
