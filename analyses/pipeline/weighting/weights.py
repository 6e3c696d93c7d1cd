"""Weights that make the arms alike: one per patient, from the propensity score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray

ESTIMANDS = ("ate", "att", "atc", "overlap")


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """`weights` (n) for the effect in the population that `estimand` names.

    `effective_n` is Kish's effective sample size of the (control, treated) arm: how many equally weighted patients
    would say as much; `largest` is the largest weight.
    """

    weights: FloatArray
    estimand: str
    stabilised: bool
    effective_n: tuple[float, float]
    largest: float


def weights(score: ArrayLike, treated: ArrayLike, *, estimand: str = "ate", stabilised: bool = False) -> Weights:
    """Weights of treated and of control patients with score e:

    `ate` 1 / e and 1 / (1 - e) (all patients; inverse probability of treatment), `att` 1 and e / (1 - e) (those like
    the treated), `atc` (1 - e) / e and 1 (those like the controls), `overlap` 1 - e and e (those who could have been
    either). `stabilised` multiplies the `ate` weights by the share of patients in the patient's own arm.

    `score` n probabilities strictly between 0 and 1, `treated` n of 0/1. After overlap weighting with the score of a
    logistic maximum likelihood fit the weighted means of the score's own terms are the same in both arms. Effective
    sample size: (sum w)^2 / sum w^2.
    Raises BadValue, BadOption (stabilised with another estimand), EmptyArm, MissingValues, LengthMismatch.
    Source: Li, Morgan and Zaslavsky, JASA 2018; Robins, Hernan and Brumback, Epidemiology 2000 (stabilised); Kish 1965.
    """
    checks.option(estimand, "estimand", ESTIMANDS)
    if stabilised and estimand != "ate":
        raise checks.BadOption(f"Stabilised weights exist for the estimand ate, not for {estimand}.")
    arm = checks.two_arms(treated)
    e = checks.vector(score, "score", arm.shape[0])
    if e.min() <= 0 or e.max() >= 1:
        raise checks.BadValue("Weights need scores strictly between 0 and 1; leave out patients without overlap.")
    found = _weights(e, arm, estimand)
    if stabilised:
        found = found * np.where(arm, arm.mean(), 1 - arm.mean())
    sizes = effective_size(found[~arm]), effective_size(found[arm])
    return Weights(found, estimand, stabilised, sizes, float(found.max()))


def _weights(e: FloatArray, arm: BoolArray, estimand: str) -> FloatArray:
    if estimand == "ate":
        return 1 / np.where(arm, e, 1 - e)
    if estimand == "att":
        return np.where(arm, 1.0, e / (1 - e))
    if estimand == "atc":
        return np.where(arm, (1 - e) / e, 1.0)
    return np.where(arm, 1 - e, e)


def effective_size(weight: FloatArray) -> float:
    """Kish's effective sample size of patients with these weights."""
    return float(weight.sum() ** 2 / (weight @ weight))
