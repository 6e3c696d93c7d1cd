"""The Cox model of a cause-specific hazard."""

from typing import Any

from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.cox import CoxFit, fit_cox


def cause_specific(design: ArrayLike, time: ArrayLike, event: ArrayLike, *, cause: int, **options: Any) -> CoxFit:
    """fit_cox with the other causes as censoring: the hazard of `cause` among those free of every event.

    `event` n of 0 (censored) or the number of a cause; `options` and errors are those of fit_cox, and BadOption or
    NoEvents where the cause does not happen. Equals R's `coxph(Surv(time, event == cause) ~ ...)`.
    Source: Prentice et al., Biometrics 1978.
    """
    length = checks.times(time).shape[0]
    return fit_cox(design, time, checks.causes(event, length, cause) == cause, **options)
