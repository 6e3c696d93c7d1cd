"""The stepwise algorithms: from a search to the selected variables, with every step recorded."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from analyses.pipeline.selection.search import Search, SelectionStep, Trial

SMALLEST_GAIN = 1e-9


@dataclass(slots=True)
class Walk:
    """The current model and how it came about."""

    search: Search
    forced: frozenset[str]
    p_enter: float
    p_remove: float
    model: frozenset[str]
    steps: list[SelectionStep] = field(default_factory=list)

    def move(self, trial: Trial, action: str, test: str) -> None:
        changed = {trial.variable}
        near = self.model
        self.model = near | changed if action == "enter" else near - changed
        self.steps.append(
            SelectionStep(
                number=len(self.steps) + 1,
                action=action,
                variable=trial.variable,
                test=test,
                statistic=trial.statistic,
                df=trial.df,
                p=None if test == "aic" else math.exp(trial.log_p),
                loglik=self.search.loglik(self.model, near),
                aic=self.search.aic(self.model),
                model=self.search.ordered(self.model),
            )
        )


def forward_lr(walk: Walk) -> None:
    """Enter the smallest score p < p_enter, then remove the largest likelihood-ratio p > p_remove while there is one;
    end when nothing enters or a model comes back. Source: IBM SPSS Statistics Algorithms, COXREG, FSTEP(LR)."""
    seen = {walk.model}
    while True:
        best = min(walk.search.entry_tests(walk.model), key=lambda trial: trial.log_p, default=None)
        if best is None or best.log_p >= math.log(walk.p_enter):
            return
        walk.move(best, "enter", "score")
        _remove_while(walk, walk.search.removal_tests, "likelihood ratio")
        if walk.model in seen:
            return
        seen.add(walk.model)


def backward_lr(walk: Walk) -> None:
    """From the full model, remove the largest likelihood-ratio p > p_remove while there is one."""
    walk.model = frozenset(walk.search.blocks)
    _remove_while(walk, walk.search.removal_tests, "likelihood ratio")


def backward_wald(walk: Walk) -> None:
    """From the full model, remove the largest Wald p > p_remove while there is one."""
    walk.model = frozenset(walk.search.blocks)
    _remove_while(walk, walk.search.wald_tests, "wald")


def _remove_while(walk: Walk, tests: Callable[[frozenset[str], frozenset[str]], list[Trial]], name: str) -> None:
    while walk.model - walk.forced:
        worst = max(tests(walk.model, walk.model - walk.forced), key=lambda trial: trial.log_p)
        if worst.log_p <= math.log(walk.p_remove):
            return
        walk.move(worst, "remove", name)


def aic(walk: Walk) -> None:
    """From the full model, make the single removal or entry that lowers AIC = -2 loglik + 2 p most, while one does.
    Source: R step(direction = "both")."""
    walk.model = frozenset(walk.search.blocks)
    while True:
        here = walk.search.aic(walk.model)
        best = min(_aic_moves(walk, here), key=lambda pair: pair[0].statistic, default=None)
        if best is None or best[0].statistic > -SMALLEST_GAIN:
            return
        walk.move(best[0], best[1], "aic")


def _aic_moves(walk: Walk, here: float) -> list[tuple[Trial, str]]:
    moves = []
    for variable, columns in walk.search.blocks.items():
        if variable in walk.forced:
            continue
        action = "remove" if variable in walk.model else "enter"
        other = walk.model ^ {variable}
        change = walk.search.aic(other, walk.model) - here
        moves.append((Trial(variable, change, len(columns), math.nan), action))
    return moves


RULES: dict[str, Callable[[Walk], None]] = {
    "forward-lr": forward_lr,
    "backward-lr": backward_lr,
    "backward-wald": backward_wald,
    "aic": aic,
}
