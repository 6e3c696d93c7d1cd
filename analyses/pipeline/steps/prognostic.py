"""Step 8: prognostic factors. Each variable alone, then a stepwise model of those that pass the entry rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analyses.pipeline import selection
from analyses.pipeline.checks import InputError
from analyses.pipeline.cox import CoxFit, ph_test
from analyses.pipeline.design import (
    Block,
    Design,
    Floats,
    Mask,
    coded,
    indicator_block,
    is_numeric,
    join_blocks,
    levels_present,
    numeric_block,
)
from analyses.pipeline.errors import StudyError
from analyses.pipeline.results import (
    Model,
    PrognosticResult,
    ProportionalHazards,
    RareLevel,
    SelectionStep,
    UnivariateRow,
)
from analyses.pipeline.selection import select
from analyses.pipeline.spec import Cox, Prognostic, StudySpec
from analyses.pipeline.steps.cohort import Cohort, Cohorts
from analyses.pipeline.steps.effects import attempt, cox_terms

STAGE = "prognostic factors"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalDesign:
    """The data of the final model, for whoever wants to fit it again."""

    names: tuple[str, ...]
    matrix: Floats
    months: Floats
    event: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the stepwise search came to."""

    steps: tuple[SelectionStep, ...]
    model: Model | None
    final: FinalDesign | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The levels of a variable that enter models, and those too rare to do so."""

    block: Block | None
    rare: tuple[RareLevel, ...]
    note: str


def prognostic_factors(cohorts: Cohorts, spec: StudySpec) -> tuple[PrognosticResult | None, FinalDesign | None]:
    """Table 2; (None, None) when the plan has no such section."""
    options = spec.cox.prognostic
    if options is None:
        return None, None
    cohort = cohorts[options.population]
    kept = _usable(cohort, spec, options)
    rows = tuple(_univariate(cohort, name, kept[name], spec.cox, options) for name in kept)
    candidates = tuple(row.variable for row in rows if row.candidate)
    forced = (spec.exposure.variable,) if options.force_exposure else ()
    pool = tuple(dict.fromkeys((*forced, *candidates)))
    blocks = {name: kept[name].block for name in pool}
    usable = {name: item for name, item in blocks.items() if item is not None}
    found = _multivariable(cohort, usable, forced, spec.cox, options)
    return PrognosticResult(
        endpoint=options.endpoint,
        population=options.population,
        method=options.method,
        univariate=rows,
        rare=tuple(level for item in kept.values() for level in item.rare),
        candidates=candidates,
        forced=forced,
        steps=found.steps,
        model=found.model,
        notes=(*_notes(options), *found.notes),
    ), found.final


def stepwise_blocks(cohort: Cohort, spec: StudySpec, options: Prognostic) -> dict[str, Block]:
    """The columns of every variable that can be analysed, the exposure first: where the stepwise search starts."""
    found = {name: item.block for name, item in _usable(cohort, spec, options).items()}
    return {name: item for name, item in found.items() if item is not None}


def _usable(cohort: Cohort, spec: StudySpec, options: Prognostic) -> dict[str, _Kept]:
    names = dict.fromkeys((spec.exposure.variable, *options.variables))
    return {name: _usable_levels(cohort, name, spec, options) for name in names}


def _usable_levels(cohort: Cohort, name: str, spec: StudySpec, options: Prognostic) -> _Kept:
    """A variable's columns without its rare levels; patients at a rare level count as missing for this variable."""
    variable = cohort.variables[name]
    if is_numeric(variable):
        return _Kept(block=numeric_block(cohort.frame, variable), rare=(), note="")
    column = coded(cohort.frame, variable)
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
    present = levels_present(column)
    if name == spec.exposure.variable:
        present = [spec.exposure.reference, spec.exposure.treated]
    sizes = {level: int(counts[column.levels.index(level)]) for level in present}
    rare = tuple(
        RareLevel(variable=name, label=variable.label, level=level, n=size)
        for level, size in sizes.items()
        if size < options.rare_below
    )
    levels = [level for level, size in sizes.items() if size >= options.rare_below]
    left_out = "; ".join(f"{item.level} left out as rare (n = {item.n})" for item in rare)
    if len(levels) < 2:
        return _Kept(block=None, rare=rare, note=f"{left_out}; one level only, not analysed".lstrip("; "))
    return _Kept(block=indicator_block(column, variable, levels=levels), rare=rare, note=left_out)


def _univariate(cohort: Cohort, name: str, kept: _Kept, cox: Cox, options: Prognostic) -> UnivariateRow:
    label = cohort.variables[name].label
    if kept.block is None:
        missing = int(cohort.frame[name].isna().sum())
        return UnivariateRow(
            variable=name,
            label=label,
            n=cohort.n - missing,
            missing=missing,
            events=0,
            terms=(),
            smallest_p=None,
            candidate=False,
            note=kept.note,
        )
    design = join_blocks({name: kept.block})
    months, event = _outcome(cohort, options, design.complete)
    tried = attempt(design.matrix, months, event, cox, names=[term.name for term in design.terms])
    terms = cox_terms(tried.fit, design.terms, "model") if tried.fit is not None else ()
    smallest = min((term.p for term in terms), default=None)
    return UnivariateRow(
        variable=name,
        label=label,
        n=len(months),
        missing=cohort.n - len(months),
        events=int(event.sum()),
        terms=terms,
        smallest_p=smallest,
        candidate=smallest is not None and smallest < options.entry_threshold,
        note="; ".join(note for note in (kept.note, tried.note) if note),
    )


def _outcome(cohort: Cohort, options: Prognostic, rows: Mask) -> tuple[Floats, Mask]:
    months, event = cohort.outcome(options.endpoint)
    return months[rows], event[rows]


def _complete_design(blocks: Mapping[str, Block]) -> Design:
    """All candidates on the patients known in every one of them; columns that no longer vary are dropped."""
    complete = np.logical_and.reduce([item.known for item in blocks.values()])
    return join_blocks({name: _varying(item, complete) for name, item in blocks.items() if _varies(item, complete)})


def _varies(item: Block, rows: Mask) -> bool:
    return any(np.ptp(column[rows]) > 0 for column in item.columns)


def _varying(item: Block, rows: Mask) -> Block:
    kept = [index for index, column in enumerate(item.columns) if np.ptp(column[rows]) > 0]
    return Block(
        columns=tuple(item.columns[index] for index in kept),
        terms=tuple(item.terms[index] for index in kept),
        known=rows,
    )


def _multivariable(
    cohort: Cohort, blocks: Mapping[str, Block], forced: tuple[str, ...], cox: Cox, options: Prognostic
) -> _Found:
    """Stepwise among the candidates on their common complete cases."""
    if not blocks:
        return _Found(steps=(), model=None, final=None, notes=("No variable passed the entry rule.",))
    design = _complete_design(blocks)
    months, event = _outcome(cohort, options, design.complete)
    found = select(
        design.matrix,
        months,
        event,
        blocks=design.blocks,
        names=[term.name for term in design.terms],
        method="forward-lr" if options.method == "enter" else options.method,
        forced=tuple(design.blocks) if options.method == "enter" else forced,
        p_enter=options.p_in,
        p_remove=options.p_out,
        ties=cox.ties,
    )
    steps = tuple(_step(step, cohort) for step in found.steps)
    notes = tuple(
        f"{cohort.variables[name].label} follows from the others and never entered." for name in found.redundant
    )
    if not found.selected:
        return _Found(steps=steps, model=None, final=None, notes=(*notes, "No variable was selected."))
    columns = [position for name in found.selected for position in design.blocks[name]]
    final = FinalDesign(
        names=tuple(design.terms[position].name for position in columns),
        matrix=design.matrix[:, columns],
        months=months,
        event=event,
    )
    model = _model(cohort, design, columns, final, found.selected, cox)
    return _Found(steps=steps, model=model, final=final, notes=notes)


def _step(step: selection.SelectionStep, cohort: Cohort) -> SelectionStep:
    return SelectionStep(
        number=step.number,
        action="enter" if step.action == "enter" else "remove",
        variable=step.variable,
        label=cohort.variables[step.variable].label,
        test=step.test,
        statistic=step.statistic,
        df=step.df,
        p=step.p,
        loglik=step.loglik,
        model=step.model,
    )


def _notes(options: Prognostic) -> tuple[str, ...]:
    return (
        f"Candidates are variables whose smallest univariate p is below {options.entry_threshold:g}.",
        f"Levels with fewer than {options.rare_below} patients are left out; missing values and levels left out count "
        "as missing, and each model uses its complete cases.",
    )


def _model(
    cohort: Cohort, design: Design, columns: list[int], final: FinalDesign, selected: tuple[str, ...], cox: Cox
) -> Model:
    clustered = cohort.cluster is not None and cox.cluster_by_pair
    cluster = cohort.cluster[design.complete] if cohort.cluster is not None and clustered else None
    tried = attempt(final.matrix, final.months, final.event, cox, names=final.names, cluster=cluster)
    if tried.fit is None:
        raise StudyError(STAGE, f"The selected model has no finite estimate: {tried.note}")
    fit, terms = tried.fit, [design.terms[position] for position in columns]
    return Model(
        n=fit.n,
        events=fit.n_events,
        missing=cohort.n - fit.n,
        variables=selected,
        terms=cox_terms(fit, terms, "model"),
        robust=cox_terms(fit, terms, "pair-robust") if clustered else (),
        loglik=fit.loglik,
        concordance=fit.concordance.value,
        proportional_hazards=_proportional_hazards(fit, [term.variable for term in terms], cohort),
        events_per_term=fit.n_events / len(columns),
    )


def _proportional_hazards(fit: CoxFit, variables: list[str], cohort: Cohort) -> tuple[ProportionalHazards, ...]:
    """One line per variable and the global test; nothing where there are too few event times."""
    blocks = {name: [i for i, other in enumerate(variables) if other == name] for name in dict.fromkeys(variables)}
    try:
        lines = ph_test(fit, terms=blocks)
    except InputError:
        return ()
    labels = {name: cohort.variables[name].label for name in blocks} | {"GLOBAL": "All variables"}
    return tuple(
        ProportionalHazards(variable=line.term, label=labels[line.term], statistic=line.statistic, df=line.df, p=line.p)
        for line in lines
    )
