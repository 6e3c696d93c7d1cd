"""The final models refitted by an independent implementation, with the largest difference."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import lifelines
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression

from analyses.pipeline.checks import InputError
from analyses.pipeline.design import Floats, Mask
from analyses.pipeline.results import SecondOpinion, SecondOpinionRow
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.effects import attempt
from analyses.pipeline.steps.pairing import Paired
from analyses.pipeline.steps.prognostic import FinalDesign
from analyses.pipeline.steps.score import Scored

# Differences are relative, but a coefficient below this is compared as if it were this large.
SMALLEST_COMPARED = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """A model to fit twice."""

    model: str
    names: tuple[str, ...]
    design: Floats
    months: Floats
    event: Mask


def second_opinion(paired: Paired, spec: StudySpec, final: FinalDesign | None) -> SecondOpinion | None:
    """Model-based log hazard ratios and standard errors beside those of lifelines, the score's coefficients beside
    those of scikit-learn; None when the plan has no such model."""
    rows, skipped = list[SecondOpinionRow](), list[str]()
    if paired.scored is not None:
        rows.extend(_score_rows(paired.scored, paired.cohort))
    for refit in _refits(paired.cohorts, spec, final):
        try:
            rows.extend(_rows(refit, spec))
        except (InputError, lifelines.exceptions.ConvergenceError) as refusal:
            skipped.append(f"{refit.model}: {refusal}")
    if not rows and not skipped:
        return None
    differences = [abs(row.ours - row.theirs) / max(abs(row.theirs), SMALLEST_COMPARED) for row in rows]
    return SecondOpinion(
        software=f"lifelines {lifelines.__version__} and scikit-learn {sklearn.__version__}",
        rows=tuple(rows),
        largest_difference=max(differences, default=None),
        note=" ".join(skipped) or "Model-based standard errors; pair-robust ones are not compared.",
    )


def _score_rows(scored: Scored, cohort: Cohort) -> Iterator[SecondOpinionRow]:
    centre, scale = scored.design.mean(axis=0), scored.design.std(axis=0)
    model = LogisticRegression(C=math.inf, solver="newton-cholesky", tol=1e-10, max_iter=200)
    model.fit((scored.design - centre) / scale, cohort.treated[scored.scored])
    ours = {item.term: item.estimate for item in scored.result.coefficients}
    for term, theirs in zip(scored.terms, (model.coef_[0] / scale).tolist(), strict=True):
        yield SecondOpinionRow(
            model="propensity score", term=term, quantity="log odds ratio", ours=ours[term], theirs=theirs
        )


def _refits(cohorts: Cohorts, spec: StudySpec, final: FinalDesign | None) -> Iterator[Refit]:
    if spec.survival is not None:
        endpoint = spec.survival.endpoints[0]
        population = spec.survival.populations[-1]
        yield _arm_model(cohorts[population], endpoint, f"{endpoint}, {population}")
    if final is not None:
        yield Refit(
            model="prognostic factors",
            names=final.names,
            design=final.matrix,
            months=final.months,
            event=final.event,
        )


def _arm_model(cohort: Cohort, endpoint: str, model: str) -> Refit:
    months, event = cohort.outcome(endpoint)
    arm = cohort.treated.astype(float)[:, None]
    return Refit(model=model, names=(cohort.arm_labels[1],), design=arm, months=months, event=event)


def _rows(refit: Refit, spec: StudySpec) -> Iterator[SecondOpinionRow]:
    ours = attempt(refit.design, refit.months, refit.event, spec.cox, names=refit.names).fit
    if ours is None or spec.cox.ties != "efron":
        return
    table = pd.DataFrame(refit.design, columns=list(refit.names))
    table["months"], table["event"] = refit.months, refit.event
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lifelines.exceptions.ConvergenceWarning)
        theirs = lifelines.CoxPHFitter().fit(table, "months", "event", fit_options={"precision": 1e-10})
    for position, term in enumerate(refit.names):
        coef, se = float(theirs.params_[term]), float(theirs.standard_errors_[term])
        yield SecondOpinionRow(
            model=refit.model, term=term, quantity="log HR", ours=float(ours.coef[position]), theirs=coef
        )
        yield SecondOpinionRow(
            model=refit.model, term=term, quantity="standard error", ours=float(ours.se[position]), theirs=se
        )
