"""Bootstrap replicates of score, matching and Cox model at the size of the published study, on two cores."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from analyses.pipeline.resampling import (
    RefittedEffects,
    bootstrap_chunk,
    chunks,
    join,
    refitted_effects,
    rematched_log_hr,
)
from analyses.pipeline.steps.cohort import select_cohort
from analyses.pipeline.steps.score import fit_score
from bench.study_rows import PUBLISHED, study_plan, study_rows, there
from bench.table import OURS, Line, Section

REPLICATES, CHUNK, CORES = 1000, 50, 2
LIMIT = 6.0
TITLE = "Bootstrap"


def replicates() -> Section:
    """The saved plan's score and matching, and the arm's hazard ratio, in resampled patients."""
    statistic, seed = _statistic(), study_plan().seed
    draw = partial(bootstrap_chunk, statistic, seed=seed)
    with ProcessPoolExecutor(CORES, mp_context=get_context("fork")) as pool:
        list(pool.map(draw, [range(1)] * CORES))
        start = time.perf_counter()
        found = join(pool.map(draw, chunks(REPLICATES, CHUNK)))
        seconds = time.perf_counter() - start
    failed = sum(isinstance(outcome, str) for outcome in found["rematched"])
    line = Line(
        rows=PUBLISHED,
        what=f"{REPLICATES:,} x score, matching, Cox, {CORES} cores",
        values={OURS: seconds},
        limit=LIMIT,
        note=f"{failed} without an estimate" if failed else "",
    )
    return Section(title=TITLE, lines=(line,))


def _statistic() -> RefittedEffects:
    spec = study_plan()
    cohort, _ = select_cohort(study_rows(PUBLISHED), spec)
    scored = fit_score(cohort, spec, there(spec.propensity), None)
    months, event = cohort.outcome(there(spec.survival).endpoints[0])
    options = there(spec.matching)
    rematched = partial(
        rematched_log_hr,
        ties=spec.cox.ties,
        caliper=options.caliper,
        caliper_scale=options.caliper_scale,
        on=options.on,
        rule=options.rule,
        order=options.order,
        seed=spec.seed,
    )
    return refitted_effects(
        scored.design,
        cohort.treated[scored.scored],
        months[scored.scored],
        event[scored.scored],
        estimators={"rematched": rematched},
        blocks=scored.blocks,
    )
