"""Runs of the saved plan in this process, and what R needs to do its part of it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyses.pipeline import criteria
from analyses.pipeline.results import StudyResult, SurvivalComparison, Table1Result
from analyses.pipeline.spec import Combination, StudySpec
from analyses.pipeline.steps.cohort import Cohort, select_cohort
from analyses.pipeline.steps.pairing import Paired, pair_arms
from analyses.pipeline.steps.table1 import table1_before
from analyses.pipeline.study import run_study
from analyses.reporting.report import render_report
from bench.handover import write_columns
from bench.memory import MEGABYTE, peak_memory
from bench.study_rows import PUBLISHED, study_plan, study_rows, there

REPORT_UP_TO = 1000


class StudyRun:
    """The plan on `n` patients; warmed up on the published cohort."""

    def __init__(self, n: int) -> None:
        self.spec = study_plan()
        render_report(run_study(study_rows(PUBLISHED), self.spec), invented=True, formats=("svg",))
        self.dataset = study_rows(n)

    def run(self) -> dict[str, Any]:
        """Processor seconds by stage and of the report, the numbers that R has to find too, and the peak memory in
        MB."""
        begun = dict[str, float]()

        def mark(stage: str, _: float) -> None:
            begun[stage] = time.process_time()

        result = run_study(self.dataset, self.spec, progress=mark)
        end = time.process_time()
        if self.dataset.frame.shape[0] <= REPORT_UP_TO:
            render_report(result, invented=True, formats=("svg",))
        return {
            "stages": _lengths(begun, end),
            "report": time.process_time() - end,
            "answers": answers(result),
            "peak": peak_memory() / MEGABYTE,
        }

    def hand_over(self, folder: Path) -> None:
        """The cohort as columns, and the choices of the plan as an R list `plan`."""
        cohort, _ = select_cohort(self.dataset, self.spec)
        paired = pair_arms(cohort, self.spec, table1_before(cohort, self.spec))
        write_columns(_columns(cohort, paired, self.spec), folder)
        (folder / "plan.R").write_text(_plan_in_r(self.spec, paired))


def _lengths(begun: dict[str, float], end: float) -> dict[str, float]:
    """Seconds from the beginning of each stage to that of the next."""
    edges = [*begun.values(), end]
    return {stage: later - earlier for stage, earlier, later in zip(begun, edges, edges[1:], strict=False)}


def answers(result: StudyResult) -> dict[str, float]:
    """One number of each stage that R does too."""
    ratios = [row.hazard_ratio for variable in there(result.subgroups).variables for row in variable.rows]
    return {
        "score": there(result.propensity).loglik,
        "tables": sum(row.test.p or 0.0 for table in _tables(result) for row in table.rows),
        "survival": _chi_squares(result.survival),
        "prognostic factors": there(there(result.prognostic).model).loglik[1],
        "combinations": _chi_squares([item.comparison for item in result.combinations]),
        "subgroups": sum(ratio.log_hr for ratio in ratios if ratio is not None),
        "landmarks": _chi_squares([item.comparison for item in result.landmarks]),
    }


def _tables(result: StudyResult) -> list[Table1Result]:
    return [table for table in (result.table1_before, result.table1_after) if table is not None]


def _chi_squares(comparisons: Iterable[SurvivalComparison | None]) -> float:
    tests = [item.logrank for item in comparisons if item is not None and item.logrank is not None]
    return math.fsum(test.statistic or 0.0 for test in tests)


def _columns(cohort: Cohort, paired: Paired, spec: StudySpec) -> dict[str, Any]:
    """The variables and endpoints that R's part of the plan uses, who is scored, and the number of each one's pair (0
    for none)."""
    pair = np.zeros(cohort.n, dtype=np.int64)
    pair[paired.is_matched] = there(there(paired.matched).cluster) + 1
    outcomes = {name: cohort.outcome(name) for name in there(spec.survival).endpoints}
    return {
        **{name: cohort.frame[name].array for name in _variables(spec, paired)},
        **{f"{name}_months": months for name, (months, _) in outcomes.items()},
        **{f"{name}_event": event for name, (_, event) in outcomes.items()},
        **{f"combination_{item.name}": _groups(cohort, item) for item in spec.combinations},
        "treated": cohort.treated,
        "scored": there(paired.scored).scored,
        "pair": pair,
    }


def _variables(spec: StudySpec, paired: Paired) -> list[str]:
    parts = (there(spec.table1), there(spec.subgroups), there(spec.cox.prognostic))
    listed = (name for part in parts for name in part.variables)
    return list(dict.fromkeys((*listed, *there(paired.scored).covariates)))


def _groups(cohort: Cohort, item: Combination) -> pd.Categorical:
    """The first group of a combination to which each patient belongs."""
    met = [criteria.evaluate(group.criterion, cohort.frame, cohort.variables).met for group in item.groups]
    position = np.where(np.any(met, axis=0), np.argmax(met, axis=0), -1)
    return pd.Categorical.from_codes(position.tolist(), categories=pd.Index([group.label for group in item.groups]))


def _plan_in_r(spec: StudySpec, paired: Paired) -> str:
    prognostic, survival, subgroups = there(spec.cox.prognostic), there(spec.survival), there(spec.subgroups)
    parts = {
        "table1": there(spec.table1).variables,
        "score": there(paired.scored).covariates,
        "endpoints": survival.endpoints,
        "times": survival.times,
        "tau": (survival.rmst_tau,),
        "prognostic": prognostic.variables,
        "entry_threshold": (prognostic.entry_threshold,),
        "p_in": (prognostic.p_in,),
        "p_out": (prognostic.p_out,),
        "rare_below": (prognostic.rare_below,),
        "combinations": tuple(f"combination_{item.name}" for item in spec.combinations),
        "subgroups": subgroups.variables,
        "min_events": (subgroups.min_events,),
        "landmarks": tuple(item.months for item in spec.landmarks),
    }
    # JSON writes numbers and texts as R reads them
    vectors = (f"  {name} = c({', '.join(json.dumps(value) for value in values)})" for name, values in parts.items())
    return "plan <- list(\n" + ",\n".join(vectors) + "\n)\n"
