"""A plan in sentences, for those who must agree with it before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyses import selectors
from analyses.pipeline import criteria
from analyses.pipeline.dataset import Endpoint, Variable
from analyses.pipeline.spec import (
    CaliperScale,
    Estimand,
    Imputation,
    Matching,
    Propensity,
    Resampling,
    StudySpec,
)

_TIME_ZERO = {
    "diagnosis": "the diagnosis",
    "metastasis": "the diagnosis of metastasis",
    "pct_start": "the start of palliative chemotherapy",
    "rt_start": "the start of radiotherapy",
    "rt_end": "the end of radiotherapy",
}
_CALIPER: dict[CaliperScale, str] = {
    "sd": "standard deviations",
    "sd-pooled": "pooled standard deviations",
    "absolute": "(absolute)",
}
_RULES = {
    "matchit": "greedy nearest neighbour without replacement",
    "optimal": "optimal assignment",
    "random-within-caliper": "a random neighbour within the caliper",
}
_WEIGHTS: dict[Estimand, str] = {
    "ate": "inverse probability weights (all patients)",
    "att": "weights to the treated",
    "atc": "weights to the reference arm",
    "overlap": "overlap weights",
}
_SELECTION = {
    "forward-lr": "forward selection by likelihood ratio",
    "backward-lr": "backward selection by likelihood ratio",
    "backward-wald": "backward selection by Wald test",
    "aic": "selection by the Akaike criterion",
    "enter": "all candidates together",
}


class PlanWords:
    """Sentences of one plan over the declared variables (recodes included) and endpoints."""

    def __init__(self, spec: StudySpec, variables: Mapping[str, Variable], endpoints: Mapping[str, Endpoint]) -> None:
        self.spec, self.variables, self.endpoints = spec, variables, endpoints

    def eligibility(self) -> list[tuple[str, str]]:
        """Label and sentence of each criterion, in order."""
        return [(item.label, criteria.sentence(item.criterion, self.variables)) for item in self.spec.eligibility]

    def comparison(self) -> list[str]:
        exposure, derivation = self.spec.exposure, selectors.derivation_of(self.spec)
        zero = _TIME_ZERO.get(derivation.time_zero, f"{derivation.landmark_months} months after metastasis")
        found = [
            f"{exposure.treated_label} is compared with {exposure.reference_label} "
            f"({self.variables[exposure.variable].label.lower()}).",
            f"Time counts from {zero}; nothing after {derivation.data_cutoff.isoformat()} counts.",
        ]
        if exposure.starts is not None:
            found.append(
                f"Patients count as exposed from {exposure.starts.replace('_', ' ')} on, and as unexposed before it."
            )
        return found

    def steps(self) -> list[tuple[str, list[str]]]:
        """Each analysis that the plan asks for: heading and sentences."""
        return [(heading, sentences) for heading, sentences in self._steps() if sentences]

    def _steps(self) -> Iterator[tuple[str, list[str]]]:
        spec = self.spec
        yield "Baseline table", [self._listed(spec.table1.variables) + "."] if spec.table1 else []
        yield "Propensity score", [self._score(spec.propensity)] if spec.propensity else []
        yield "Matching", [_matching(spec.matching)] if spec.matching else []
        yield "Survival", self._survival()
        yield "Methods compared", self._weighting()
        yield "Missing covariates", [_imputation(spec.imputation)] if spec.imputation else []
        yield "Competing risks", self._competing()
        yield "Prognostic factors", self._prognostic()
        yield (
            "Combinations",
            [f"{item.title}: {_joined([g.label for g in item.groups])}." for item in spec.combinations],
        )
        yield "Subgroups", self._subgroups()
        yield (
            "Landmarks",
            [
                f"{self._endpoint(item.endpoint)} of those event-free and followed at {item.months:g} months."
                for item in spec.landmarks
            ],
        )
        yield "Exposure as it begins", self._time_dependent()
        yield "Toxicity", self._toxicity()
        yield "Sensitivity", self._sensitivity()
        yield "Resampling", [_resampling(spec.resampling)] if spec.resampling else []

    def _score(self, options: Propensity) -> str:
        names = self._listed(options.covariates)
        if options.rule == "significant-baseline":
            return f"Logistic model on those of these with a baseline p below {options.threshold:g}: {names}."
        return f"Logistic model on {names}."

    def _survival(self) -> list[str]:
        options = self.spec.survival
        if options is None:
            return []
        times = _joined([f"{time:g}" for time in options.times])
        endpoints = _joined([self._endpoint(name) for name in options.endpoints])
        return [
            f"{endpoints}, in {_joined([_population(name) for name in options.populations])}.",
            f"Kaplan-Meier with rates at {times} months, log-rank test, hazard ratio ({self.spec.cox.ties} ties).",
        ]

    def _weighting(self) -> list[str]:
        options = self.spec.weighting
        if options is None:
            return []
        also = ", and adjusted for the covariates as well" if options.doubly_robust else ""
        return [f"Beside matching, {_joined([_WEIGHTS[item] for item in options.estimands])}{also}."]

    def _competing(self) -> list[str]:
        options = self.spec.competing
        if options is None:
            return []
        events = _joined([self._endpoint(name) for name in options.endpoints])
        return [
            f"{events} in {_population(options.population)}: cumulative incidence, Gray's test, cause-specific and "
            "subdistribution hazard ratios."
        ]

    def _prognostic(self) -> list[str]:
        options = self.spec.cox.prognostic
        if options is None:
            return []
        forced = ", the arm always in the model" if options.force_exposure else ""
        outcome = f"{self._endpoint(options.endpoint)} in {_population(options.population)}"
        return [
            f"{outcome}: {self._listed(options.variables)}.",
            f"Those with p below {options.entry_threshold:g} alone enter {_SELECTION[options.method]}{forced}.",
        ]

    def _subgroups(self) -> list[str]:
        options = self.spec.subgroups
        if options is None:
            return []
        outcome = f"{self._endpoint(options.endpoint)} in {_population(options.population)}"
        return [
            f"{outcome}, by {self._listed(options.variables)}.",
            f"Levels with fewer than {options.min_events} events give no number.",
        ]

    def _time_dependent(self) -> list[str]:
        options = self.spec.time_dependent
        if options is None:
            return []
        adjusted = f", crude and adjusted for {self._listed(options.adjust_for)}" if options.adjust_for else ""
        return [f"Cox models of {_joined([self._endpoint(name) for name in options.endpoints])}{adjusted}."]

    def _toxicity(self) -> list[str]:
        options = self.spec.toxicity
        if options is None:
            return []
        return [f"Worst grade {options.grade_from} to 5 per patient and term, by arm, for {_joined(options.phases)}."]

    def _sensitivity(self) -> list[str]:
        options = self.spec.sensitivity
        if options is None:
            return []
        found = [f"{options.tie_orders} orders of equal scores."] if options.tie_orders else []
        found += [f"Other calipers: {_joined([item.label for item in options.calipers])}."] if options.calipers else []
        found += [f"Only {item.label}." for item in options.restrictions]
        found += [f"{item.label}." for item in options.time_zeros]
        if options.negative_control is not None:
            found.append(f"Negative control: {self._endpoint(options.negative_control)}.")
        return found

    def _endpoint(self, name: str) -> str:
        return self.endpoints[name].label

    def _listed(self, names: tuple[str, ...]) -> str:
        return _joined([self.variables[name].label for name in names])


def _matching(options: Matching) -> str:
    on = "the score" if options.on == "probability" else "the logit of the score"
    caliper = (
        f"within {options.caliper:g} {_CALIPER[options.caliper_scale]} of {on}"
        if options.caliper is not None
        else f"on {on} without a caliper"
    )
    exact = f", exactly on {_joined(options.exact)}" if options.exact else ""
    return f"One to one, {_RULES[options.rule]}, {caliper}{exact}."


def _imputation(options: Imputation) -> str:
    return (
        f"{options.sets} sets imputed by chained equations with the outcome in the model; score, matching and effect "
        "in each of them, pooled."
    )


def _resampling(options: Resampling) -> str:
    stability = f"; the stepwise model in {options.stability}" if options.stability else ""
    return f"{options.replicates} draws of patients and of pairs{stability}."


def _population(name: str) -> str:
    return "the matched cohort" if name == "matched" else "all eligible patients"


def _joined(words: list[str] | tuple[str, ...]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
