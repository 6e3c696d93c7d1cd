"""Hazard ratios as results: one fit with its refusals in words."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from analyses.pipeline.checks import Divergence, InputError
from analyses.pipeline.cox import CoxFit, fit_cox, ph_test
from analyses.pipeline.design import Codes, Floats, Mask, Term
from analyses.pipeline.results import CoxTerm, ErrorMethod, HazardRatio
from analyses.pipeline.spec import Cox

Z = float(ndtri(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The treated arm against the reference; both None where not estimable, `note` then says why."""

    model: HazardRatio | None
    robust: HazardRatio | None
    fit: CoxFit | None
    note: str

    @property
    def preferred(self) -> HazardRatio | None:
        """Pair-robust where there are pairs."""
        return self.robust or self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A fit, or the reason why there is none."""

    fit: CoxFit | None
    note: str


def attempt(
    design: Floats,
    months: Floats,
    event: Mask,
    cox: Cox,
    *,
    names: Sequence[str],
    cluster: Codes | None = None,
    entry: Floats | None = None,
) -> Attempt:
    """Fit; a refusal or a coefficient without finite estimate becomes a note."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Divergence)
        try:
            fit = fit_cox(design, months, event, names=names, entry=entry, ties=cox.ties, cluster=cluster)
        except (InputError, Divergence) as refusal:
            return Attempt(fit=None, note=str(refusal))
    return Attempt(fit=fit, note="")


def two_arm_effect(
    months: Floats,
    event: Mask,
    group: Codes,
    cluster: Codes | None,
    labels: Sequence[str],
    cox: Cox,
    *,
    entry: Floats | None = None,
) -> Effect:
    """Group 1 against group 0; nothing for more than two groups."""
    if len(labels) != 2:
        return Effect(model=None, robust=None, fit=None, note="")
    for index, label in enumerate(labels):
        if not event[group == index].any():
            return Effect(model=None, robust=None, fit=None, note=f"No event in {label}: no hazard ratio.")
    clusters = cluster if cox.cluster_by_pair else None
    arm = group[:, np.newaxis].astype(float)
    tried = attempt(arm, months, event, cox, names=[labels[1]], cluster=clusters, entry=entry)
    if tried.fit is None:
        return Effect(model=None, robust=None, fit=None, note=tried.note)
    label = f"{labels[1]} vs {labels[0]}"
    return Effect(
        model=hazard_ratio(tried.fit, label, "model"),
        robust=hazard_ratio(tried.fit, label, "pair-robust") if clusters is not None else None,
        fit=tried.fit,
        note="",
    )


def proportional_hazards_p(effect: Effect) -> float | None:
    """p of the test that the arms' hazard ratio does not change over time; None where it cannot be tested."""
    if effect.fit is None:
        return None
    try:
        return ph_test(effect.fit)[0].p
    except InputError:
        return None


def hazard_ratio(fit: CoxFit, label: str, method: ErrorMethod, position: int = 0) -> HazardRatio:
    """One coefficient of a fit with its limits exp(b -+ 1.96 se) and Wald p."""
    log_hr, se = float(fit.coef[position]), float(_errors(fit, method)[position])
    return ratio_of(log_hr, se, label=label, method=method, n=fit.n, events=fit.n_events)


def ratio_of(log_hr: float, se: float, *, label: str, method: ErrorMethod, n: int, events: int) -> HazardRatio:
    """A log hazard ratio with its standard error as a hazard ratio with limits and p."""
    return HazardRatio(
        label=label,
        method=method,
        n=n,
        events=events,
        log_hr=log_hr,
        se=se,
        hr=math.exp(log_hr),
        lower=math.exp(log_hr - Z * se),
        upper=math.exp(log_hr + Z * se),
        p=_wald_p(log_hr, se),
    )


def cox_terms(fit: CoxFit, terms: Sequence[Term], method: Literal["model", "pair-robust"]) -> tuple[CoxTerm, ...]:
    """Every coefficient of a fit, in the words of its design."""
    rows = zip(terms, fit.coef.tolist(), _errors(fit, method).tolist(), strict=True)
    return tuple(
        CoxTerm(
            variable=term.variable,
            label=term.label,
            level=term.level,
            reference=term.reference,
            log_hr=log_hr,
            se=se,
            hr=math.exp(log_hr),
            lower=math.exp(log_hr - Z * se),
            upper=math.exp(log_hr + Z * se),
            p=_wald_p(log_hr, se),
        )
        for term, log_hr, se in rows
    )


def _errors(fit: CoxFit, method: str) -> Floats:
    return fit.robust_se if method != "model" and fit.robust_se is not None else fit.se


def _wald_p(log_hr: float, se: float) -> float:
    return float(2 * ndtr(-abs(log_hr / se)))
