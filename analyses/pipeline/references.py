"""Does a spec name only what a dataset declares? Checked before a run, with the JSON path of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from analyses.pipeline import criteria
from analyses.pipeline.dataset import Dataset, Endpoint, Moment, Variable
from analyses.pipeline.errors import InvalidValueError
from analyses.pipeline.spec import Recode, StudySpec

Role: TypeAlias = Literal["eligibility", "exposure", "endpoint", "covariate", "factor", "subgroup", "baseline"]
# By the section of the spec that names a variable, a moment or a criterion's variable.
ROLES: Mapping[str, Role] = {
    "eligibility": "eligibility",
    "exposure": "exposure",
    "propensity": "covariate",
    "matching": "covariate",
    "time_dependent": "covariate",
    "imputation": "covariate",
    "cox": "factor",
    "combinations": "subgroup",
    "subgroups": "subgroup",
    "sensitivity": "subgroup",
    "table1": "baseline",
}


def check_references(
    spec: StudySpec,
    variables: Mapping[str, Variable],
    endpoints: Mapping[str, Endpoint],
    moments: Mapping[str, Moment],
) -> dict[str, Variable]:
    """All variables the study can use, recodes included; `InvalidValueError` on the first name or level not
    declared."""
    known = with_recodes(spec, variables)
    for path, name in _variable_names(spec):
        _one_of(path, name, known)
    for path, name in _endpoint_names(spec):
        _one_of(path, name, endpoints)
        if endpoints[name].competing:
            raise InvalidValueError(path, name, "an endpoint without competing events")
    for path, name in _competing_names(spec):
        _one_of(path, name, [item for item, endpoint in endpoints.items() if endpoint.competing])
    for path, name in _moment_names(spec):
        _one_of(path, name, moments)
    _check_exposure(spec, known)
    for path, criterion in _criteria(spec):
        criteria.check(criterion, known, path)
    return known


def check_dataset(spec: StudySpec, dataset: Dataset) -> dict[str, Variable]:
    """As `check_references`; also the dataset must have been derived with the spec's parameters."""
    if dataset.parameters != spec.derivation:
        raise InvalidValueError("derivation", spec.derivation, f"the dataset's own parameters, {dataset.parameters}")
    return check_references(spec, dataset.variables, dataset.endpoints, dataset.moments)


def endpoints_used(spec: StudySpec) -> tuple[str, ...]:
    """Every endpoint that some section analyses, in order of first mention."""
    return tuple(dict.fromkeys(name for _, name in (*_endpoint_names(spec), *_competing_names(spec))))


def roles(spec: StudySpec) -> dict[str, frozenset[Role]]:
    """In which roles the spec uses each variable, endpoint and moment. A recode is used as what it is made from."""
    made_from = {recode.name: recode.variable for recode in spec.recodes}
    found: dict[str, set[Role]] = {name: {"endpoint"} for name in endpoints_used(spec)}
    named = [*_variable_names(spec), *_moment_names(spec)]
    named += [(path, name) for path, criterion in _criteria(spec) for name in criteria.variables_in(criterion)]
    for path, name in named:
        while name in made_from:
            name = made_from[name]
        found.setdefault(name, set()).add(ROLES[re.split(r"[.\[]", path)[0]])
    return {name: frozenset(held) for name, held in found.items()}


def with_recodes(spec: StudySpec, variables: Mapping[str, Variable]) -> dict[str, Variable]:
    """The declared variables and those that the spec's recodes add."""
    known = dict(variables)
    for index, recode in enumerate(spec.recodes):
        known[recode.name] = _recoded(recode, known, f"recodes[{index}]")
    return known


def _recoded(recode: Recode, known: Mapping[str, Variable], path: str) -> Variable:
    if recode.name in known:
        raise InvalidValueError(f"{path}.name", recode.name, "a name that is not taken")
    _one_of(f"{path}.variable", recode.variable, known)
    source = known[recode.variable]
    placed = [value for group in recode.groups for value in group.values] + list(recode.to_missing)
    if set(placed) != set(source.levels):
        allowed = f"each level of {source.name} once: " + ", ".join(source.levels)
        raise InvalidValueError(f"{path}.groups", placed, allowed)
    return Variable(
        name=recode.name,
        label=recode.label,
        kind="categorical",
        levels=tuple(group.level for group in recode.groups),
        doc=f"Recoded from {source.name}.",
        sources=source.sources,
        window=source.window,
        known_at=source.known_at,
    )


def _check_exposure(spec: StudySpec, known: Mapping[str, Variable]) -> None:
    levels = known[spec.exposure.variable].levels
    for name, level in (("reference", spec.exposure.reference), ("treated", spec.exposure.treated)):
        _one_of(f"exposure.{name}", level, levels)


def _one_of(path: str, name: str, allowed: Iterable[str]) -> None:
    if name not in allowed:
        raise InvalidValueError(path, name, "one of " + ", ".join(sorted(allowed)))


def _variable_names(spec: StudySpec) -> list[tuple[str, str]]:
    lists: list[tuple[str, tuple[str, ...]]] = []
    if spec.table1 is not None:
        lists.append(("table1.variables", spec.table1.variables))
    if spec.propensity is not None:
        lists.append(("propensity.covariates", spec.propensity.covariates))
    if spec.matching is not None:
        lists.append(("matching.exact", spec.matching.exact))
    if spec.cox.prognostic is not None:
        lists.append(("cox.prognostic.variables", spec.cox.prognostic.variables))
    if spec.subgroups is not None:
        lists.append(("subgroups.variables", spec.subgroups.variables))
    if spec.time_dependent is not None:
        lists.append(("time_dependent.adjust_for", spec.time_dependent.adjust_for))
    if spec.imputation is not None:
        lists.append(("imputation.auxiliary", spec.imputation.auxiliary))
    named = [(f"{path}[{index}]", name) for path, names in lists for index, name in enumerate(names)]
    return [("exposure.variable", spec.exposure.variable), *named]


def _endpoint_names(spec: StudySpec) -> list[tuple[str, str]]:
    named: list[tuple[str, str]] = []
    if spec.survival is not None:
        named += [(f"survival.endpoints[{i}]", name) for i, name in enumerate(spec.survival.endpoints)]
    if spec.cox.prognostic is not None:
        named.append(("cox.prognostic.endpoint", spec.cox.prognostic.endpoint))
    named += [(f"combinations[{i}].endpoint", item.endpoint) for i, item in enumerate(spec.combinations)]
    if spec.subgroups is not None:
        named.append(("subgroups.endpoint", spec.subgroups.endpoint))
    named += [(f"landmarks[{i}].endpoint", item.endpoint) for i, item in enumerate(spec.landmarks)]
    if spec.time_dependent is not None:
        named += [(f"time_dependent.endpoints[{i}]", name) for i, name in enumerate(spec.time_dependent.endpoints)]
    if spec.sensitivity is not None and spec.sensitivity.negative_control is not None:
        named.append(("sensitivity.negative_control", spec.sensitivity.negative_control))
    return named


def _competing_names(spec: StudySpec) -> list[tuple[str, str]]:
    listed = spec.competing.endpoints if spec.competing is not None else ()
    return [(f"competing.endpoints[{i}]", name) for i, name in enumerate(listed)]


def _moment_names(spec: StudySpec) -> list[tuple[str, str]]:
    variants = spec.sensitivity.time_zeros if spec.sensitivity is not None else ()
    named = [(f"sensitivity.time_zeros[{i}].moment", item.moment) for i, item in enumerate(variants)]
    if spec.exposure.starts is not None:
        named.append(("exposure.starts", spec.exposure.starts))
    return named


def _criteria(spec: StudySpec) -> list[tuple[str, criteria.Criterion]]:
    found = [(f"eligibility[{i}].criterion", item.criterion) for i, item in enumerate(spec.eligibility)]
    for i, combination in enumerate(spec.combinations):
        groups = enumerate(combination.groups)
        found += [(f"combinations[{i}].groups[{j}].criterion", group.criterion) for j, group in groups]
    if spec.sensitivity is not None:
        restrictions = enumerate(spec.sensitivity.restrictions)
        found += [(f"sensitivity.restrictions[{i}].criterion", item.criterion) for i, item in restrictions]
    return found
