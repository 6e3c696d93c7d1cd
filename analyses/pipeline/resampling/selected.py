"""Which variables a stepwise model selects in each replicate."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analyses.pipeline import checks
from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.cox import fit_cox
from analyses.pipeline.resampling.draws import Outcome
from analyses.pipeline.selection import select


@dataclass(frozen=True, slots=True, eq=False)
class SelectedVariables:
    """A statistic: 1 for each variable in `blocks` that the drawn patients select, else 0. Made by
    selected_variables."""

    design: FloatArray
    time: FloatArray
    event: BoolArray
    blocks: Mapping[str, Sequence[int]]
    entry_threshold: float
    forced: frozenset[str]
    options: Mapping[str, Any] = field(repr=False)

    @property
    def n(self) -> int:
        return int(self.time.shape[0])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.blocks)

    def __call__(self, drawn: IntArray) -> Sequence[Outcome]:
        try:
            chosen = self._selected(drawn)
        except checks.InputError as refusal:
            return [type(refusal).__name__] * len(self.blocks)
        return [float(name in chosen) for name in self.blocks]

    def _selected(self, drawn: IntArray) -> set[str]:
        design, time, event = self.design[drawn], self.time[drawn], self.event[drawn]
        candidates = {
            name: columns
            for name, columns in self.blocks.items()
            if name in self.forced or _smallest_p(design[:, columns], time, event, self._ties) < self.entry_threshold
        }
        used = [column for columns in candidates.values() for column in columns]
        known = ~np.isnan(design[:, used]).any(axis=1)
        matrix, blocks = _varying(design[known], candidates)
        if not blocks:
            return set()
        forced = [name for name in blocks if name in self.forced]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", checks.Divergence)
            found = select(matrix, time[known], event[known], blocks=blocks, forced=forced, **self.options)
        return set(found.selected)

    @property
    def _ties(self) -> str:
        return str(self.options["ties"])


def _smallest_p(columns: FloatArray, time: FloatArray, event: BoolArray, ties: str) -> float:
    """The smallest Wald p of a variable alone; 1 where it cannot be fitted."""
    known = ~np.isnan(columns).any(axis=1)
    varying, _ = _varying(columns[known], {"": range(columns.shape[1])})
    with warnings.catch_warnings():
        warnings.simplefilter("error", checks.Divergence)
        try:
            return min(term.p for term in fit_cox(varying, time[known], event[known], ties=ties).terms())
        except (checks.InputError, checks.Divergence):
            return 1.0


def _varying(
    design: FloatArray, candidates: Mapping[str, Sequence[int]]
) -> tuple[FloatArray, dict[str, Sequence[int]]]:
    """The columns of the candidates that vary, and each candidate's place among them (none for one without any)."""
    columns, blocks = list[int](), dict[str, Sequence[int]]()
    for name, block in candidates.items():
        kept = [column for column in block if design.shape[0] and np.ptp(design[:, column]) > 0]
        if kept:
            blocks[name] = range(len(columns), len(columns) + len(kept))
            columns.extend(kept)
    return design[:, columns], blocks


def selected_variables(
    design: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    blocks: Mapping[str, Sequence[int]],
    entry_threshold: float = 1.0,
    forced: Sequence[str] = (),
    method: str = "forward-lr",
    p_enter: float = 0.05,
    p_remove: float = 0.10,
    ties: str = "efron",
) -> SelectedVariables:
    """The statistic for the stability of a stepwise model: what share of replicates selects each variable.

    `design` n x p, where NaN is unknown; `blocks` gives each variable's column numbers, `time` n, `event` n of 0/1. In
    a replicate, as in the study, variables whose smallest Wald p alone (on the patients known in it) is below
    `entry_threshold` become candidates, `forced` ones always; `select` with the other arguments then works on the
    patients known in all candidates. Columns that do not vary in a replicate are dropped, so a variable without any is
    not selected. Replicates in which no model can be fitted are counted by reason (see bootstrap_chunk).
    Raises BadOption for a forced variable that is no block, and the errors of the checks of each input.
    Source: Sauerbrei and Schumacher, Stat Med 1992.
    """
    end = checks.times(time)
    matrix = np.asarray(design, dtype=np.float64)
    checks.design_matrix(np.nan_to_num(matrix))
    if matrix.shape[0] != end.shape[0]:
        raise checks.LengthMismatch(f"design has {matrix.shape[0]} rows where {end.shape[0]} are needed.")
    unknown = [name for name in forced if name not in blocks]
    if unknown:
        raise checks.BadOption(f"Forced variables that are not among the blocks: {', '.join(unknown)}.")
    return SelectedVariables(
        design=matrix,
        time=end,
        event=checks.events(event, end.shape[0]),
        blocks={name: list(columns) for name, columns in blocks.items()},
        entry_threshold=entry_threshold,
        forced=frozenset(forced),
        options={"method": method, "p_enter": p_enter, "p_remove": p_remove, "ties": ties},
    )
