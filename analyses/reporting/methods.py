"""The methods paragraph, written from the plan: what was done, in the words of a paper."""

from __future__ import annotations

from collections.abc import Iterator

from analyses.pipeline.results import BalanceResult, EffectsResult, PropensityResult, StudyResult
from analyses.pipeline.spec import Landmark, Prognostic, StudySpec, Survival, Table1
from analyses.reporting import format, labels

_SELECTION = {
    "forward-lr": (
        "forward selection (entry by the score test, p < {p_in:g}; removal by the likelihood-ratio test, p > {p_out:g})"
    ),
    "backward-lr": "backward selection by the likelihood-ratio test (removal at p > {p_out:g})",
    "backward-wald": "backward selection by the Wald test (removal at p > {p_out:g})",
    "aic": "selection by the Akaike information criterion",
    "enter": "all candidates entered together",
}


def methods_paragraphs(result: StudyResult) -> tuple[str, ...]:
    """One paragraph per step of the plan, in order."""
    spec = result.spec
    found = [_patients(result), _exposure(spec)]
    if spec.table1 is not None:
        found.append(_baseline(spec.table1, matched=spec.matching is not None))
    if result.propensity is not None:
        found.append(_score(result, result.propensity))
    if spec.survival is not None:
        found.append(_survival(result, spec.survival))
    if spec.cox.prognostic is not None:
        found.append(_prognostic(result, spec.cox.prognostic))
    found += _further(result)
    return (*found, _software(result))


def _patients(result: StudyResult) -> str:
    rows, cutoff = result.attrition.rows, result.manifest.data_cutoff
    asked = "; ".join(row.sentence for row in rows) + ". Patients for whom a criterion was unknown were not eligible"
    return (
        f"Patients were taken from {result.attrition.top_label} "
        f"({format.plural(result.attrition.top_count, 'patient')}{f'; data cut-off {cutoff}' if cutoff else ''}). "
        f"Eligibility: {asked if rows else 'none'}."
    )


def _exposure(spec: StudySpec) -> str:
    begun = f" Exposure began at {spec.exposure.starts.replace('_', ' ')}." if spec.exposure.starts else ""
    return (
        f"{spec.exposure.treated_label} (treated) was compared with {spec.exposure.reference_label} (reference). Time "
        f"was counted in months from {labels.time_zero(spec)}.{begun}"
    )


def _baseline(table1: Table1, *, matched: bool) -> str:
    def corrected(yates: bool) -> str:
        return "with" if yates else "without"

    after = f" before and {corrected(table1.yates_after)} it after matching" if matched else ""
    missing = "counted as a level of its own" if table1.missing == "level" else "left out of the test"
    numeric = "Wilcoxon rank-sum" if table1.numeric_test == "wilcoxon" else "Welch t"
    return (
        f"Arms were compared by the chi-square test ({corrected(table1.yates_before)} Yates correction in 2 x 2 "
        f"tables{after}), Fisher's exact test when an expected count was below 5, and the {numeric} test for numeric "
        f"characteristics; missing values were {missing}. Differences are also given as standardised mean differences "
        "(SMD; Yang and Dalton for several levels)."
    )


def _score(result: StudyResult, score: PropensityResult) -> str:
    names = format.joined([format.uncapital(name) for name in labels.named(result, score.covariates)])
    text = f"The propensity score was estimated by logistic regression (maximum likelihood) on {score.rule}: {names}."
    aside = sum(len(item.patients) for item in score.non_overlap)
    if aside:
        verb = "was" if aside == 1 else "were"
        text += f" {format.plural(aside, 'patient')} at a level absent in one arm {verb} neither scored nor matched."
    if result.matching is not None:
        text += f" Matching: {result.matching.method}. Estimand: {result.matching.estimand}."
    return text + (_balance(result.balance) if result.balance is not None else "")


def _balance(balance: BalanceResult) -> str:
    low, high = balance.variance_ratio_limits
    return (
        f" Balance was judged by the SMD ({balance.denominator}; threshold {balance.smd_threshold:g}) and, for numeric "
        f"covariates, the variance ratio ({low:g} to {high:g})."
    )


def _survival(result: StudyResult, options: Survival) -> str:
    endpoints = format.joined([format.uncapital(labels.endpoint(result, name)) for name in options.endpoints])
    ties = result.spec.cox.ties.capitalize()
    robust = (
        " In the matched cohort standard errors were robust, clustered by pair."
        if result.spec.cox.cluster_by_pair
        else ""
    )
    mean = (
        f" Restricted mean survival was compared to {format.duration(options.rmst_tau)} months."
        if options.rmst_tau
        else ""
    )
    return (
        f"Endpoints were {endpoints}. Survival was estimated by the Kaplan-Meier method (Greenwood variance, "
        f"{options.conf_type} confidence intervals) and compared by the log-rank test; hazard ratios are "
        f"from Cox models ({ties} ties).{robust if result.matching else ''} Follow-up is by reverse Kaplan-Meier; "
        f"proportional hazards were tested on scaled Schoenfeld residuals.{mean}"
    )


def _prognostic(result: StudyResult, options: Prognostic) -> str:
    selection = _SELECTION[options.method].format(p_in=options.p_in, p_out=options.p_out)
    forced = "; the arm was kept in the model" if options.force_exposure else ""
    rare = f" Levels with fewer than {options.rare_below} patients were left out." if options.rare_below > 1 else ""
    return (
        f"Prognostic factors for {format.uncapital(labels.endpoint(result, options.endpoint))} in "
        f"{labels.population(options.population)} were first examined one by one; those with a level at p < "
        f"{options.entry_threshold:g} were candidates for the multivariable model, built by {selection}{forced}. "
        f"Complete cases were used.{rare}"
    )


def _further(result: StudyResult) -> Iterator[str]:
    spec = result.spec
    if result.effects is not None:
        yield _weighting(result, result.effects)
    if result.imputation is not None and spec.imputation is not None:
        yield (
            f"{result.imputation.statement} {spec.imputation.sets} sets were made; log hazard ratios were pooled by "
            "Rubin's rules with the degrees of freedom of Barnard and Rubin."
        )
    if result.competing:
        events = format.joined([format.uncapital(item.label) for item in result.competing])
        yield (
            f"For {events}, cumulative incidences (Aalen-Johansen) were compared by Gray's test; hazard ratios are "
            "cause-specific (Cox) and of the subdistribution (Fine and Gray, Breslow ties)."
        )
    if result.stability is not None:
        yield (
            f"The stability of the stepwise model was examined in {format.integer(result.stability.replicates)} "
            "bootstrap samples of patients."
        )
    if spec.subgroups is not None:
        yield (
            f"Effects in subgroups are unadjusted hazard ratios with tests of interaction; levels with fewer than "
            f"{spec.subgroups.min_events} events are not estimated. P values were not corrected for multiplicity."
        )
    if spec.landmarks:
        yield _landmarks(spec.landmarks)
    if result.time_dependent:
        adjusted = labels.named(result, result.time_dependent[0].adjusted_for)
        names = (
            f", crude and adjusted for {format.joined([format.uncapital(name) for name in adjusted])}"
            if adjusted
            else ""
        )
        yield f"Exposure entered Cox models as a time-dependent covariate{names}."
    if spec.toxicity is not None:
        yield (
            "Toxicity was counted once per patient and term at its worst grade, from grade "
            f"{spec.toxicity.grade_from} up."
        )
    if result.sensitivity is not None and result.sensitivity.tie_orders is not None:
        yield (
            f"As patients with equal scores are exchangeable, matching was repeated over "
            f"{result.sensitivity.tie_orders.orders} orders of equal scores."
        )


def _weighting(result: StudyResult, effects: EffectsResult) -> str:
    weighted = [format.uncapital(item.label) for item in effects.rows if item.effective is not None]
    drawn = next((item.bootstrap for item in effects.rows if item.bootstrap is not None), None)
    intervals = (
        f"; intervals are percentiles of {format.integer(drawn.replicates)} bootstrap samples in which the score was "
        "estimated anew (pairs were resampled for the matched estimate)"
        if drawn
        else "; their standard errors are robust and treat the score as known"
    )
    double = " Weighted models were also adjusted for the covariates." if _adjusted(effects) else ""
    return (
        f"The effect on {format.uncapital(labels.endpoint(result, effects.endpoint))} was also estimated with "
        f"{format.joined(weighted)}{intervals}.{double} E-values say how strong unmeasured confounding would have to "
        "be."
    )


def _adjusted(effects: EffectsResult) -> bool:
    return any(item.adjusted is not None for item in effects.rows)


def _landmarks(landmarks: tuple[Landmark, ...]) -> str:
    months = format.joined([format.duration(item.months) for item in landmarks])
    return f"Landmark analyses counted patients free of the event and followed beyond {months} months, from there on."


def _software(result: StudyResult) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(result.manifest.versions.items()))
    opinion = f" Final models were refitted by {result.second_opinion.software}." if result.second_opinion else ""
    return f"P values are two-sided; intervals are at 95%. Software: {versions}; seed {result.manifest.seed}.{opinion}"
