"""A study as a value: every choice of an analysis, frozen, validated, with a JSON form, a fingerprint and a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from analyses.pipeline import codec
from analyses.pipeline.criteria import Criterion
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.flat.declaration import FlatTable
from analyses.pipeline.parameters import DerivationParameters

SCHEMA_VERSION = 1
Population: TypeAlias = Literal["all", "matched"]
Estimand: TypeAlias = Literal["ate", "att", "atc", "overlap"]
CaliperScale: TypeAlias = Literal["sd", "sd-pooled", "absolute"]
ScoreScale: TypeAlias = Literal["probability", "logit"]


def _require(holds: bool, path: str, value: object, allowed: str) -> None:
    if not holds:
        raise InvalidValueError(path, value, allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCriterion:
    """A criterion with the short label that attrition rows and figures print."""

    name: str
    label: str
    criterion: Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGroup:
    """Source levels that become one level."""

    level: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recode:
    """A new categorical variable `name` made from the levels of `variable`; `to_missing` are the levels left out on
    purpose.

    Every source level must stand in exactly one place."""

    name: str
    label: str
    variable: str
    groups: tuple[LevelGroup, ...]
    to_missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(len(self.groups) >= 1, "groups", self.groups, "at least one group of levels")
        used = [value for group in self.groups for value in group.values] + list(self.to_missing)
        _require(len(used) == len(set(used)), "groups", used, "each source level once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The two arms: levels of one variable (a recode counts). `starts` names the moment at which the treated exposure
    begins when it is not given from time zero on: the study then uses it as time-dependent and refuses naive curves
    by arm."""

    variable: str
    reference: str
    treated: str
    reference_label: str
    treated_label: str
    starts: str | None = None

    def __post_init__(self) -> None:
        _require(self.reference != self.treated, "treated", self.treated, "a level other than the reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table1:
    """Baseline table. `missing`: 'level' counts Unknown as a level of the test, 'exclude' leaves it out of the
    test."""

    variables: tuple[str, ...]
    yates_before: bool = True
    yates_after: bool = False
    missing: Literal["level", "exclude"] = "level"
    numeric_test: Literal["t", "wilcoxon"] = "wilcoxon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Propensity:
    """Logistic score. 'listed' uses `covariates`; 'significant-baseline' uses those of `covariates` whose baseline p
    is below `threshold`. `missing`: 'level' gives Unknown its own indicator, 'complete' leaves such patients
    unmatched."""

    rule: Literal["listed", "significant-baseline"]
    covariates: tuple[str, ...]
    threshold: float = 0.05
    missing: Literal["level", "complete"] = "level"

    def __post_init__(self) -> None:
        _require(len(self.covariates) >= 1, "covariates", self.covariates, "at least one variable")
        _require(0 < self.threshold <= 1, "threshold", self.threshold, "a number above 0, at most 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Matching on the score; see `matching.match_nearest`. `ties`: 'hash' orders equal scores by a seeded hash of the
    patient number, 'number' by patient number. `caliper` None means no caliper."""

    caliper: float | None
    caliper_scale: CaliperScale = "sd"
    on: ScoreScale = "probability"
    rule: Literal["matchit", "random-within-caliper", "optimal"] = "matchit"
    order: Literal["largest", "smallest", "random"] = "largest"
    ties: Literal["hash", "number"] = "hash"
    exact: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(
            self.caliper is None or self.caliper > 0, "caliper", self.caliper, "a number above 0, or null for none"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """Kaplan-Meier and log-rank by arm for each endpoint and population; `times` in months from time zero."""

    endpoints: tuple[str, ...]
    times: tuple[float, ...] = (12.0, 24.0, 36.0, 60.0)
    populations: tuple[Population, ...] = ("all", "matched")
    conf_type: Literal["log", "log-log", "plain"] = "log"
    median_rule: Literal["r", "spss"] = "r"
    at_risk_step: float = 12.0
    rmst_tau: float | None = None

    def __post_init__(self) -> None:
        _require(len(self.endpoints) >= 1, "endpoints", self.endpoints, "at least one endpoint")
        ascending = list(self.times) == sorted(set(self.times)) and all(time > 0 for time in self.times)
        _require(ascending, "times", self.times, "ascending months above 0")
        _require(self.at_risk_step > 0, "at_risk_step", self.at_risk_step, "months above 0")
        _require(self.rmst_tau is None or self.rmst_tau > 0, "rmst_tau", self.rmst_tau, "months above 0, or null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prognostic:
    """Univariate and stepwise multivariable Cox. Variables whose smallest level p is below `entry_threshold` become
    candidates; levels with fewer than `rare_below` patients are left out with a note; Unknown is missing (complete
    cases)."""

    variables: tuple[str, ...]
    endpoint: str = "os"
    population: Population = "matched"
    entry_threshold: float = 0.1
    method: Literal["forward-lr", "backward-lr", "backward-wald", "aic", "enter"] = "forward-lr"
    p_in: float = 0.05
    p_out: float = 0.10
    rare_below: int = 1
    force_exposure: bool = True

    def __post_init__(self) -> None:
        _require(0 < self.p_in < self.p_out <= 1, "p_in", self.p_in, "a number above 0 and below p_out")
        _require(0 < self.entry_threshold <= 1, "entry_threshold", self.entry_threshold, "a number above 0, at most 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cox:
    """Choices shared by all Cox models of the study; `cluster_by_pair` adds pair-robust errors on the matched
    cohort."""

    ties: Literal["efron", "breslow"] = "efron"
    cluster_by_pair: bool = True
    prognostic: Prognostic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Curves of several named groups (the first criterion that holds takes the patient), compared by log-rank."""

    name: str
    title: str
    groups: tuple[NamedCriterion, ...]
    endpoint: str = "os"
    population: Population = "matched"

    def __post_init__(self) -> None:
        _require(len(self.groups) >= 2, "groups", self.groups, "at least two groups")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups:
    """Hazard ratio of the arms per level, and interaction p per variable; fewer than `min_events` events give no
    number."""

    variables: tuple[str, ...]
    endpoint: str = "os"
    population: Population = "matched"
    min_events: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """Patients event-free and followed beyond `months`; arms as assigned ('exposure') or as reached by then
    ('moment': treated if the exposure's moment lies at or before the landmark)."""

    months: float
    classify: Literal["exposure", "moment"] = "exposure"
    endpoint: str = "os"
    population: Population = "matched"
    times: tuple[float, ...] = (24.0,)

    def __post_init__(self) -> None:
        _require(self.months > 0, "months", self.months, "months above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDependent:
    """Cox with the exposure as a time-dependent covariate that turns on at `exposure.starts`, crude and adjusted."""

    endpoints: tuple[str, ...] = ("os",)
    adjust_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxicity:
    """Worst grade per patient and term, counted from `grade_from` up, per phase and arm."""

    phases: tuple[str, ...] = ("PCT", "RT", "late")
    grade_from: int = 3
    population: Population = "all"
    terms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(1 <= self.grade_from <= 5, "grade_from", self.grade_from, "a CTCAE grade from 1 to 5")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaliperVariant:
    """One row of the caliper table."""

    label: str
    caliper: float | None
    caliper_scale: CaliperScale
    on: ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZeroVariant:
    """The matched comparison from a later moment on. 'entry' keeps the time scale and lets patients enter the risk
    sets at the moment (delayed entry); 'restart' counts time from it."""

    label: str
    moment: str
    how: Literal["entry", "restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """`tie_orders` seeded orders of equal scores; `calipers` other caliper rules; `restrictions` smaller populations;
    `time_zeros` later moments to start from (against immortal time); `negative_control` an endpoint that the exposure
    cannot change, so that an effect on it speaks of confounding."""

    tie_orders: int = 200
    calipers: tuple[CaliperVariant, ...] = ()
    restrictions: tuple[NamedCriterion, ...] = ()
    time_zeros: tuple[TimeZeroVariant, ...] = ()
    negative_control: str | None = None

    def __post_init__(self) -> None:
        _require(self.tie_orders >= 0, "tie_orders", self.tie_orders, "a whole number of at least 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """Weighted comparisons of the arms beside the matched one, by the same score: all patients (ate), those like the
    treated (att), those like the reference (atc), those who could have been either (overlap). `doubly_robust` adjusts
    the weighted Cox model for the score's covariates as well."""

    estimands: tuple[Estimand, ...] = ("ate", "overlap")
    stabilised: bool = True
    doubly_robust: bool = True

    def __post_init__(self) -> None:
        once = len(self.estimands) >= 1 and len(set(self.estimands)) == len(self.estimands)
        _require(once, "estimands", self.estimands, "at least one estimand, each once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """Bootstrap of the first survival endpoint: `replicates` draws of patients, each with its own score, weights and
    matching, and of matched pairs; `stability` draws for the stepwise model. Each draw is seeded by its number; they
    are made in chunks of `chunk`, which may be spread over workers."""

    replicates: int = 1000
    stability: int = 200
    chunk: int = 50

    def __post_init__(self) -> None:
        _require(self.replicates >= 0, "replicates", self.replicates, "a whole number of at least 0")
        _require(self.stability >= 0, "stability", self.stability, "a whole number of at least 0")
        _require(self.chunk >= 1, "chunk", self.chunk, "a whole number of at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imputation:
    """Multiple imputation by chained equations of the score's covariates, with the outcome in the model; score,
    matching, weights and effect are done inside each of `sets` completed datasets and pooled. `auxiliary` variables
    help to impute and are no covariates."""

    sets: int = 20
    iterations: int = 5
    auxiliary: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(self.sets >= 2, "sets", self.sets, "a whole number of at least 2")
        _require(self.iterations >= 1, "iterations", self.iterations, "a whole number of at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Competing:
    """Cumulative incidence by arm, Gray's test, cause-specific and subdistribution hazard ratios of endpoints with a
    competing event; `times` in months."""

    endpoints: tuple[str, ...]
    population: Population = "matched"
    times: tuple[float, ...] = (12.0, 24.0, 36.0, 60.0)

    def __post_init__(self) -> None:
        _require(len(self.endpoints) >= 1, "endpoints", self.endpoints, "at least one endpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a diagnostic passes. `match_loss` is the largest share of treated patients that may stay unmatched."""

    smd: float = 0.1
    variance_ratio: tuple[float, float] = (0.5, 2.0)
    events_per_variable: float = 10.0
    ph_p: float = 0.05
    match_loss: float = 0.1
    second_opinion: float = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySpec:
    """One saved plan. A section that is None is not done. See methods.md for the steps.

    The patients come from a registry's records by `derivation`, or from a flat `table`: exactly one of the two."""

    name: str
    title: str
    question: str
    seed: int
    eligibility: tuple[NamedCriterion, ...]
    exposure: Exposure
    derivation: DerivationParameters | None = None
    table: FlatTable | None = None
    schema_version: int = SCHEMA_VERSION
    recodes: tuple[Recode, ...] = ()
    table1: Table1 | None = None
    propensity: Propensity | None = None
    matching: Matching | None = None
    survival: Survival | None = None
    cox: Cox = field(default_factory=Cox)
    combinations: tuple[Combination, ...] = ()
    subgroups: Subgroups | None = None
    landmarks: tuple[Landmark, ...] = ()
    time_dependent: TimeDependent | None = None
    toxicity: Toxicity | None = None
    sensitivity: Sensitivity | None = None
    weighting: Weighting | None = None
    competing: Competing | None = None
    imputation: Imputation | None = None
    resampling: Resampling | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        _require(self.schema_version == SCHEMA_VERSION, "schema_version", self.schema_version, f"{SCHEMA_VERSION}")
        _require(self.seed >= 0, "seed", self.seed, "a whole number of at least 0")
        _require(bool(self.name and self.title), "title", self.title, "a name and a title")
        one = (self.derivation is None) != (self.table is None)
        _require(one, "derivation", self.derivation, "the parameters for a registry's records, or else a table")
        _check_names(self)
        _check_sections(self)

    @property
    def time_zero(self) -> str:
        """From when times count: derivation's name of the moment, or the table's words for it."""
        return self._source.time_zero

    @property
    def data_cutoff(self) -> str:
        """As YYYY-MM-DD; empty where a table states none."""
        return self._source.data_cutoff.isoformat() if self._source.data_cutoff else ""

    @property
    def _source(self) -> DerivationParameters | FlatTable:
        source = self.derivation or self.table
        assert source is not None, "checked when the spec was made"
        return source

    @classmethod
    def from_json(cls, data: object) -> StudySpec:
        """Built from parsed JSON; `InvalidValueError` names the path, the value and what is allowed."""
        return codec.from_json(cls, data)

    def to_json(self) -> dict[str, Any]:
        return dict(codec.to_json(self))

    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON: equal for equal content."""
        return codec.fingerprint(self)


def _check_names(spec: StudySpec) -> None:
    for path, names in (
        ("eligibility", [item.name for item in spec.eligibility]),
        ("recodes", [item.name for item in spec.recodes]),
        ("combinations", [item.name for item in spec.combinations]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        _require(not twice, path, twice, "each name once")


def _check_sections(spec: StudySpec) -> None:
    if spec.matching is not None:
        _require(spec.propensity is not None, "propensity", None, "a section: matching needs a score")
    for path, section in (("weighting", spec.weighting), ("imputation", spec.imputation)):
        done = section is None or (spec.propensity is not None and spec.survival is not None)
        _require(done, "propensity", None, f"a section, as survival: {path} needs a score and an endpoint")
    if spec.exposure.starts is not None:
        naive = spec.survival is not None or spec.matching is not None or spec.subgroups is not None
        _require(
            not naive, "survival", "by arm", "no survival, matching or subgroups: the exposure starts after time zero"
        )
    starts = spec.exposure.starts
    _require(
        spec.time_dependent is None or starts is not None,
        "exposure.starts",
        starts,
        "a moment: time_dependent needs one",
    )
    if spec.matching is None:
        for path, population in _populations(spec):
            _require(population != "matched", path, population, "'all': the study has no matching")
    for index, landmark in enumerate(spec.landmarks):
        reached = landmark.classify != "moment" or spec.exposure.starts is not None
        _require(reached, f"landmarks[{index}].classify", "moment", "'exposure', unless exposure.starts names a moment")


def _populations(spec: StudySpec) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if spec.survival is not None:
        found += [(f"survival.populations[{i}]", item) for i, item in enumerate(spec.survival.populations)]
    if spec.cox.prognostic is not None:
        found.append(("cox.prognostic.population", spec.cox.prognostic.population))
    if spec.subgroups is not None:
        found.append(("subgroups.population", spec.subgroups.population))
    if spec.competing is not None:
        found.append(("competing.population", spec.competing.population))
    if spec.toxicity is not None:
        found.append(("toxicity.population", spec.toxicity.population))
    found += [(f"landmarks[{i}].population", item.population) for i, item in enumerate(spec.landmarks)]
    found += [(f"combinations[{i}].population", item.population) for i, item in enumerate(spec.combinations)]
    return found
