"""Score residuals and the cluster-robust covariance."""

import numpy as np

from analyses.pipeline.checks import FloatArray, IntArray
from analyses.pipeline.cox.likelihood import Evaluation, hazard_of
from analyses.pipeline.cox.risk_sets import RiskSets
from analyses.pipeline.grouping import group_sums


def score_residuals(sets: RiskSets, x: FloatArray, state: Evaluation) -> FloatArray:
    """Derivative of the score with respect to each row's weight (n x p, rows in the order of `sets`).

    Row i has event_i (x_i - mean of mu_l) - r_i sum over its time at risk of (1 - event l / d) (x_i - mu_l) m / phi_l,
    with Efron's weights for tied deaths. Source: R survival, residuals(type = "score"); Therneau and Grambsch 2000, 4.
    """
    sums = state.sums
    first = sets.over_sets(state.risk, x)
    mean, drift = sums.a[:, np.newaxis] * first, sums.p[:, np.newaxis] * first
    own = None
    if sums.b is not None and sums.q is not None and sums.s is not None:
        dying = sets.over_deaths(state.risk, x)
        mean = mean - sums.b[:, np.newaxis] * dying
        drift = drift - sums.q[:, np.newaxis] * dying
        own = sums.q[:, np.newaxis] * first - sums.s[:, np.newaxis] * dying
    relative = state.risk / sets.weight
    expected = x * hazard_of(sets, sums.a, sums.b)[:, np.newaxis] - sets.while_at_risk(drift)
    if own is not None:
        expected[sets.event] += own[sets.group]
    result = -relative[:, np.newaxis] * expected
    result[sets.event] += x[sets.event] - (mean / sets.death_weight[:, np.newaxis])[sets.group]
    return np.asarray(result)


def robust_covariance(
    sets: RiskSets, x: FloatArray, state: Evaluation, covariance: FloatArray, cluster: IntArray
) -> FloatArray:
    """D'D with D the weighted dfbeta (score residuals times the model covariance) summed within clusters.

    `cluster` holds one code per row in the order of `sets`. Source: Lin and Wei, JASA 1989; R coxph(cluster =).
    """
    weighted = score_residuals(sets, x, state) * sets.weight[:, np.newaxis]
    size = int(cluster.max()) + 1
    totals = np.stack([group_sums(cluster, column, size) for column in weighted.T], axis=1)
    influence = totals @ covariance
    return np.asarray(influence.T @ influence)
