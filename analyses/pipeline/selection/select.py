"""The entry to stepwise selection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.cox.fit import TIES, fit_cox
from analyses.pipeline.cox.inputs import read_risk_sets, standardise
from analyses.pipeline.cox.model import CoxFit
from analyses.pipeline.cox.newton import null_point
from analyses.pipeline.selection.rules import RULES, Walk
from analyses.pipeline.selection.search import Search, SelectionStep

METHODS = tuple(RULES)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The selected variables (forced ones included, in the order of `blocks`), every step, and the final model.

    `fit` is None when nothing was selected; `redundant` names variables that never could enter because the model
    determined them; `loglik` is (null, final).
    """

    method: str
    selected: tuple[str, ...]
    steps: tuple[SelectionStep, ...]
    fit: CoxFit | None
    redundant: tuple[str, ...]
    loglik: tuple[float, float]


def select(
    design: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    blocks: Mapping[str, Sequence[int]] | None = None,
    names: Sequence[str] | None = None,
    method: str = "forward-lr",
    forced: Sequence[str] = (),
    p_enter: float = 0.05,
    p_remove: float = 0.10,
    ties: str = "efron",
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Selection:
    """Choose variables for a Cox model.

    `design` n x p with column `names`; `blocks` maps each variable to its column numbers (a factor's indicator columns
    enter and leave together); by default each column is a variable. `forced` variables stay in throughout.
    `method`: `forward-lr` (score entry p < `p_enter`, likelihood-ratio removal p > `p_remove`, as SPSS, which uses
    Breslow ties), `backward-lr`, `backward-wald`, `aic` (both directions from the full model, as R's step).
    The other arguments are those of fit_cox, as are the errors; BadOption when p_enter is not below p_remove, when
    blocks overlap or name no column, or when a forced variable is unknown.
    """
    checks.option(method, "method", METHODS)
    checks.option(ties, "ties", TIES)
    matrix, labels = checks.design_matrix(design, names)
    groups = {name: [column] for column, name in enumerate(labels)} if blocks is None else dict(blocks)
    _check(groups, forced, p_enter, p_remove, matrix.shape[1])
    sets = read_risk_sets(matrix.shape[0], time, event, entry, weights, strata)
    x, _, _ = standardise(matrix, sets, labels)
    if method != "forward-lr":
        used = sorted(column for columns in groups.values() for column in columns)
        null_point(sets, x[:, used], [labels[column] for column in used], ties)
    search = Search(sets, x, groups, ties)
    start = frozenset(forced)
    null = search.loglik(frozenset())
    search.model(start, frozenset())
    walk = Walk(search, start, p_enter, p_remove, start)
    RULES[method](walk)
    chosen = search.columns(walk.model)
    fit = None
    if chosen:
        kept = [labels[column] for column in chosen]
        fit = fit_cox(
            matrix[:, chosen], time, event, names=kept, entry=entry, ties=ties, weights=weights, strata=strata
        )
    return Selection(
        method=method,
        selected=search.ordered(walk.model),
        steps=tuple(walk.steps),
        fit=fit,
        redundant=search.ordered(frozenset(search.redundant) - walk.model),
        loglik=(null, search.loglik(walk.model)),
    )


def _check(
    groups: Mapping[str, Sequence[int]], forced: Sequence[str], p_enter: float, p_remove: float, width: int
) -> None:
    if not checks.proportion(p_enter, "p_enter") < checks.proportion(p_remove, "p_remove"):
        raise checks.BadOption(
            f"p_enter {p_enter:g} must be below p_remove {p_remove:g}, or steps could go in circles."
        )
    columns = [column for block in groups.values() for column in block]
    if not groups or any(not block for block in map(list, groups.values())):
        raise checks.BadOption("Each variable needs at least one column of the design.")
    if len(set(columns)) != len(columns) or min(columns) < 0 or max(columns) >= width:
        raise checks.BadOption(f"blocks must name each column once, by numbers from 0 to {width - 1}.")
    unknown = [name for name in forced if name not in groups]
    if unknown:
        raise checks.BadOption(f"Forced variables that are not among the blocks: {', '.join(unknown)}.")
