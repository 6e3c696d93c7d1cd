"""Step 10: the effect in each level of each variable, with interaction tests and guards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from analyses.pipeline.design import Coded, Mask, coded, indicator_block, join_blocks, levels_present
from analyses.pipeline.results import SubgroupRow, SubgroupsResult, SubgroupVariable, Test
from analyses.pipeline.spec import Cox, StudySpec, Subgroups
from analyses.pipeline.steps.balancing import Covariates, covariates, largest_smd
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.curves import Outcome, outcome_by_arm
from analyses.pipeline.steps.effects import attempt, two_arm_effect

INTERACTION = "likelihood ratio test of arm x variable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    """The arrays that every subgroup is cut from."""

    cohort: Cohort
    outcome: Outcome
    balance: Covariates

    def events(self, inside: Mask) -> tuple[int, int]:
        arms = np.bincount(self.outcome.group[inside & self.outcome.event], minlength=2)
        return int(arms[0]), int(arms[1])

    def sizes(self, inside: Mask) -> tuple[int, int]:
        arms = np.bincount(self.outcome.group[inside], minlength=2)
        return int(arms[0]), int(arms[1])


def subgroup_effects(cohorts: Cohorts, spec: StudySpec, balance_on: Sequence[str]) -> SubgroupsResult | None:
    """Hazard ratios per level; None when the plan asks for none."""
    options = spec.subgroups
    if options is None:
        return None
    cohort = cohorts[options.population]
    outcome = outcome_by_arm(cohort, options.endpoint)
    data = _Data(cohort=cohort, outcome=outcome, balance=covariates(cohort, balance_on))
    overall = two_arm_effect(outcome.months, outcome.event, outcome.group, outcome.cluster, outcome.labels, spec.cox)
    variables = tuple(_variable(data, name, options, spec) for name in options.variables)
    shown = sum(row.hazard_ratio is not None for variable in variables for row in variable.rows)
    tests = sum(variable.interaction.p is not None for variable in variables)
    return SubgroupsResult(
        endpoint=options.endpoint,
        population=options.population,
        overall=overall.model,
        variables=variables,
        comparisons=shown,
        statement=(
            f"{shown} subgroup comparisons and {tests} interaction tests, none corrected for multiplicity: about "
            f"{0.05 * tests:.1f} interaction p-values below 0.05 are expected by chance alone."
        ),
    )


def _variable(data: _Data, name: str, options: Subgroups, spec: StudySpec) -> SubgroupVariable:
    variable = data.cohort.variables[name]
    column = coded(data.cohort.frame, variable)
    balance = data.balance.without(name)
    rows = tuple(_row(data, column, level, balance, options, spec) for level in levels_present(column))
    usable = [row.level for row in rows if row.hazard_ratio is not None]
    interaction = _interaction(data, name, column, usable, spec.cox)
    return SubgroupVariable(variable=name, label=variable.label, rows=rows, interaction=interaction)


def _row(
    data: _Data, column: Coded, level: str, balance: Covariates, options: Subgroups, spec: StudySpec
) -> SubgroupRow:
    inside = column.codes == column.levels.index(level)
    sizes, events, outcome = data.sizes(inside), data.events(inside), data.outcome
    note = _guard(sizes, events, outcome.labels, options)
    hazard_ratio = smd = None
    if not note:
        effect = two_arm_effect(
            outcome.months[inside], outcome.event[inside], outcome.group[inside], None, outcome.labels, spec.cox
        )
        hazard_ratio, note = effect.model, effect.note
        smd = largest_smd(balance.keep(inside), spec.thresholds)
    return SubgroupRow(level=level, n=sizes, events=events, hazard_ratio=hazard_ratio, largest_smd=smd, note=note)


def _guard(sizes: tuple[int, int], events: tuple[int, int], labels: Sequence[str], options: Subgroups) -> str:
    for size, label in zip(sizes, labels, strict=True):
        if size == 0:
            return f"No patient in {label}."
    if sum(events) < options.min_events:
        return f"Fewer than {options.min_events} events."
    return ""


def _interaction(data: _Data, name: str, column: Coded, usable: Sequence[str], cox: Cox) -> Test:
    """Models with and without arm x level, on the patients of the levels that have a hazard ratio of their own."""
    if len(usable) < 2:
        return Test(method=INTERACTION, p=None, note="Fewer than two levels can be estimated.")
    design = join_blocks({name: indicator_block(column, data.cohort.variables[name], levels=usable)})
    inside = design.complete
    months, event = data.outcome.months[inside], data.outcome.event[inside]
    arm = data.outcome.group[inside].astype(float)[:, np.newaxis]
    main = np.hstack([arm, design.matrix])
    full = np.hstack([main, arm * design.matrix])
    names = ["arm", *(term.name for term in design.terms)]
    crossed = [*names, *(f"arm x {term.name}" for term in design.terms)]
    small = attempt(main, months, event, cox, names=names)
    large = attempt(full, months, event, cox, names=crossed)
    if small.fit is None or large.fit is None:
        return Test(method=INTERACTION, p=None, note=small.note or large.note)
    statistic = max(0.0, 2 * (large.fit.loglik[1] - small.fit.loglik[1]))
    df = design.matrix.shape[1]
    return Test(method=INTERACTION, p=float(chi2.sf(statistic, df)), statistic=statistic, df=df)
