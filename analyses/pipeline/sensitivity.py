"""How strong what was not measured would have to be, and how small an effect the study could have seen."""

import math
from dataclasses import dataclass

from scipy.special import ndtri

from analyses.pipeline import checks


@dataclass(frozen=True, slots=True)
class EValue:
    """E-values of the estimate and of the confidence limit nearer to no effect (None where that limit was not given).

    `risk_ratio` is the hazard ratio on the scale of risk ratios, on which E-values stand.
    """

    estimate: float
    limit: float | None
    risk_ratio: float


def e_value(hr: float, *, lower: float | None = None, upper: float | None = None, rare: bool = False) -> EValue:
    """The least risk ratio that an unmeasured confounder must have with both the arm and the event, given the measured
    covariates, to explain away a hazard ratio: E = RR + sqrt(RR (RR - 1)), with 1 / RR for RR below 1.

    `hr` with its confidence limits `lower`, `upper`. RR is `hr` itself where the event is `rare` (fewer than some 15%
    have it by the end of follow-up), else (1 - 0.5^sqrt(hr)) / (1 - 0.5^sqrt(1 / hr)). A limit at or beyond 1 has
    E-value 1: no confounding is needed to include no effect.
    Raises BadValue unless 0 < lower <= hr <= upper. Source: VanderWeele and Ding, Ann Intern Med 2017, Table 2.
    """
    low, high = hr if lower is None else lower, hr if upper is None else upper
    if not 0 < low <= hr <= high < math.inf:
        raise checks.BadValue(f"A hazard ratio must lie between its limits, all above 0; found {low}, {hr}, {high}.")
    near = upper if hr < 1 else lower
    limit = None
    if near is not None:
        limit = 1.0 if (near >= 1) == (hr < 1) else _strength(near, rare)
    return EValue(_strength(hr, rare), limit, _risk_ratio(hr, rare))


def _strength(hr: float, rare: bool) -> float:
    ratio = _risk_ratio(hr if hr >= 1 else 1 / hr, rare)
    return ratio + math.sqrt(ratio * (ratio - 1))


def _risk_ratio(hr: float, rare: bool) -> float:
    if rare:
        return hr
    return float((1 - 0.5 ** math.sqrt(hr)) / (1 - 0.5 ** math.sqrt(1 / hr)))


def smallest_detectable_hr(events: float, share_treated: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The hazard ratio below 1, nearest to 1, that a two-sided test of level `alpha` finds with `power`; its
    reciprocal above 1 is found as often.

    log HR = -(z_(1 - alpha/2) + z_power) / sqrt(events s (1 - s)) with s = `share_treated` of the patients (the pairs
    of 1:1 matching have 0.5) and `events` in both arms together; with weights, an effective number of events.
    Raises BadValue (events not above 0, others not between 0 and 1, power not above alpha / 2).
    Source: Schoenfeld, Biometrics 1983.
    """
    if not 0 < events < math.inf:
        raise checks.BadValue(f"events must be a number above 0; found {events}.")
    share = checks.proportion(share_treated, "share_treated")
    reach = float(ndtri(1 - checks.proportion(alpha, "alpha") / 2) + ndtri(checks.proportion(power, "power")))
    if reach <= 0:
        raise checks.BadValue(f"power must be above alpha / 2 = {alpha / 2:g}; found {power:g}.")
    return math.exp(-reach / math.sqrt(events * share * (1 - share)))
