"""What a data query costs the saved analyses: which plans use what its rule harms, and what they made of the patient.

Of each plan the newest version counts, with the frozen dataset of its last finished run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from django.apps import apps

from analyses.derivation import dictionary
from analyses.derivation.endpoints import RULES as ENDPOINTS
from analyses.models import Plan, Run, State
from analyses.pipeline import criteria, references
from analyses.pipeline.references import Role
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.steps.cohort import TIME_USABLE, select_cohort
from analyses.store.frozen import frozen_dataset
from patients.actions.ranks import Asked, Cost
from records import quality
from records.partial_dates import PartialDateField
from records.quality import Severity

POINTS: Mapping[Role, int] = {
    "eligibility": 8,
    "exposure": 8,
    "endpoint": 8,
    "covariate": 3,
    "factor": 2,
    "subgroup": 1,
    "baseline": 1,
}
# A patient whom the query keeps out of a study is lost to every part of it.
KEPT_OUT_POINTS = 10
ROWS: tuple[Role, ...] = ("covariate", "factor", "subgroup", "baseline")
ENDPOINT_NAMES = frozenset(rule.name for rule in ENDPOINTS)
LABELS = {item.name: item.label for item in (*dictionary.DECLARATIONS, *ENDPOINTS)}
FOLLOW_UP = frozenset({"patients.followup", "patients.progression", "patients.death"})
LONGEST = 300


def costs(queries: Sequence[Asked]) -> list[Cost]:
    """The cost of each query, in their order."""
    plans = {registry: saved_plans(registry) for registry in {query.registry for query in queries}}
    return [cost_of(query, plans[query.registry]) for query in queries]


@dataclass(frozen=True, eq=False)
class Made:
    """What a finished run made of each patient: one bit per row of the attrition that the patient met, and times."""

    places: Mapping[str, int]
    rows: tuple[frozenset[str], ...]
    met: npt.NDArray[np.int64]
    times: Mapping[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]]

    def missed(self, place: int) -> list[frozenset[str]]:
        """For each criterion that the patient does not meet the variables and endpoints that it asks about."""
        met = int(self.met[place])
        return [names for bit, names in enumerate(self.rows) if not met >> bit & 1]


@dataclass(frozen=True, eq=False)
class Saved:
    """A plan: in which roles it uses what, and what its last finished run made of the patients, if there is one."""

    spec: StudySpec
    run: int | None

    @cached_property
    def roles(self) -> dict[str, frozenset[Role]]:
        return references.roles(self.spec)

    @property
    def made(self) -> Made | None:
        return None if self.run is None else made(self.run)


def saved_plans(registry: int) -> list[Saved]:
    """The newest version of each plan of the registry."""
    plans = Plan.objects.filter(registry=registry).order_by("name", "-version").distinct("name")
    return [Saved(plan.spec, last_run(plan)) for plan in plans]


def last_run(plan: Plan) -> int | None:
    finished = Run.objects.filter(plan=plan, state=State.SUCCEEDED).order_by("-pk")
    return finished.values_list("pk", flat=True).first()


@lru_cache(maxsize=16)
def made(run_id: int) -> Made:
    """A finished run never changes, so the last few are kept at hand."""
    run = Run.objects.select_related("plan").get(pk=run_id)
    dataset, spec = frozen_dataset(run), run.plan.spec
    _, attrition = select_cohort(dataset, spec)
    used = references.endpoints_used(spec)
    asked = {item.name: sources(spec, criteria.variables_in(item.criterion)) for item in spec.eligibility}
    implied = {"in_one_arm": sources(spec, [spec.exposure.variable]), TIME_USABLE: frozenset(used)}
    return Made(
        places={patient: place for place, patient in enumerate(dataset.frame.index)},
        rows=tuple((asked | implied)[row.name] for row in attrition.rows),
        met=np.array(attrition.met, dtype=np.int64),
        times={
            name: (
                dataset.frame[dataset.endpoints[name].months].to_numpy(dtype=float),
                (dataset.frame[dataset.endpoints[name].event] == 0).to_numpy(dtype=bool, na_value=False),
            )
            for name in used
        },
    )


def sources(spec: StudySpec, names: Iterable[str]) -> frozenset[str]:
    """The names, with each recode as what it is made from."""
    made_from = {recode.name: recode.variable for recode in spec.recodes}
    found = set[str]()
    for name in names:
        while name in made_from:
            name = made_from[name]
        found.add(name)
    return frozenset(found)


def harmed_by(query: Asked) -> frozenset[str]:
    """Variables and endpoints that are wrong or missing while the query stands."""
    if query.rule:
        rule = quality.rule(query.rule)
        return frozenset(rule.harms) if rule else frozenset()
    return read_from(query.table, query.field)


@lru_cache(maxsize=1024)
def read_from(table: str, field_name: str) -> frozenset[str]:
    """What is derived from a field of a record, or from the record where a person asks about the whole of it."""
    model = apps.get_model(table).__name__
    reads = (f"{model}.{field_name}",) if field_name else (model, f"{model}.")
    found = {item.name for item in dictionary.DECLARATIONS if any(read.startswith(reads) for read in item.reads)}
    return frozenset(found | ENDPOINT_NAMES if table in FOLLOW_UP else found)


@dataclass
class Tally:
    """What the plans that use the harmed variables make of the patient, counted."""

    points: int = 0
    uses: int = 0
    kept_out: int = 0
    roles: Counter[Role] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    censored: list[float] = field(default_factory=list)
    timed: list[float] = field(default_factory=list)
    seen: bool = False


def cost_of(query: Asked, plans: Sequence[Saved]) -> Cost:
    tally, harmed = Tally(), harmed_by(query)
    for plan in plans:
        used = harmed & plan.roles.keys()
        if used:
            tally.uses += 1
            count(tally, plan, harmed, used, query.patient)
    return Cost(tally.points, sentence(query, tally, harmed))


def count(tally: Tally, plan: Saved, harmed: frozenset[str], used: frozenset[str], patient: str) -> None:
    run = plan.made
    place = run.places.get(patient) if run else None
    if run is not None and place is not None:
        tally.seen = True
        missed = run.missed(place)
        if missed:
            # Only where nothing else keeps the patient out would the data, put right, bring the patient in.
            if all(names & harmed for names in missed):
                tally.kept_out += 1
                tally.points += KEPT_OUT_POINTS
            return
        for name in [name for name in run.times if name in used][:1]:
            months, censored = run.times[name]
            (tally.censored if censored[place] else tally.timed).append(float(months[place]))
    roles = frozenset[Role]().union(*(plan.roles[name] for name in used))
    tally.points += sum(POINTS[role] for role in roles)
    tally.roles.update(roles)
    tally.rows.update(name for name in used if plan.roles[name] & frozenset(ROWS))


def sentence(query: Asked, tally: Tally, harmed: frozenset[str]) -> str:
    if not tally.uses:
        return "Used by no plan yet."
    if not tally.points:
        return "No plan that uses it has the patient in its cohort."
    said = list(clauses(query, tally, harmed))
    if not tally.seen:
        said.append("No run has read the patient yet.")
    while len(" ".join(said)) > LONGEST:
        said.pop()
    return " ".join(said)


def clauses(query: Asked, tally: Tally, harmed: frozenset[str]) -> Iterable[str]:
    """What it costs, the dearest first."""
    missing = query.severity == Severity.MISSING
    if tally.kept_out:
        yield f"{this(query)} keeps the patient out of {plans(tally.kept_out)}."
    # A survival time is cut short by what follow-up lacks; another date moves it.
    if tally.censored and harmed <= ENDPOINT_NAMES:
        cut = f"{this(query)} censors the patient" if missing else "The patient is censored"
        yield f"{cut} at {months(tally.censored)} in {plans(len(tally.censored), 'analysis', 'analyses')}."
    elif counted := tally.roles["endpoint"]:
        times = tally.timed + tally.censored
        yield f"Moves the survival time of the patient{f' ({months(times)})' if times else ''} in {plans(counted)}."
    if counted := tally.roles["exposure"]:
        yield f"Decides the arm of the patient in {plans(counted)}."
    if counted := tally.roles["eligibility"]:
        yield f"Decides whether the patient is in the cohort of {plans(counted)}."
    for name, counted in sorted(tally.rows.items(), key=lambda item: (-item[1], item[0])):
        row = lower(LABELS[name])
        yield (
            f"Without it the patient leaves the {row} row of {plans(counted)}."
            if missing
            else f"Counts as {row} in {plans(counted)}."
        )


def this(query: Asked) -> str:
    """What the query is about, as the subject of a sentence."""
    if query.severity != Severity.MISSING:
        return "This value"
    model = apps.get_model(query.table)
    names = {item.name for item in model._meta.concrete_fields if isinstance(item, PartialDateField)}
    return "This missing date" if query.field in names else "This missing item"


def plans(number: int, one: str = "plan", several: str = "plans") -> str:
    return f"{number} saved {one if number == 1 else several}"


def months(times: Sequence[float]) -> str:
    low, high = round(min(times)), round(max(times))
    return f"{low} month{'' if low == 1 else 's'}" if low == high else f"{low} to {high} months"


def lower(label: str) -> str:
    """A label inside a sentence; an abbreviation keeps its capitals."""
    return label[0].lower() + label[1:] if label[1:2].islower() else label
