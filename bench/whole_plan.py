"""The saved plan of the study, all of it, beside an R script that does what R has for it.

Run as `python -m bench.whole_plan 100000 FOLDER` it answers each line of its input with one run of the plan, so that
its memory can be told from that of whoever asks, and leaves the cohort and its pairs in the folder for R.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import django

from bench.clocks import CLOSE, rounds
from bench.served import Served, TooLong, python_module, r_script, timed
from bench.table import OURS, Line, Section

# What R does too, by the stages of the study that it takes the place of.
STAGES: dict[str, tuple[str, ...]] = {
    "tables": ("baseline table", "table after matching"),
    "survival": ("survival",),
    "prognostic factors": ("prognostic factors",),
    "combinations": ("combinations",),
    "subgroups": ("subgroups",),
    "landmarks": ("landmarks",),
}
SCORE = "score"
WITH_SCORE = ((SCORE, ("matching",)), *STAGES.items())
RATIO_LIMIT, RATIO_FROM = 0.1, 100_000
SECONDS_LIMITS = {355: 1.5, 100_000: 30.0, 1_000_000: 240.0}
DRAWN_LIMITS = {355: 4.0}
MEMORY_LIMITS = {1_000_000: 6000.0}
REMARKS = (
    "Processor seconds on one core. R: whole_plan.R, on the same cohort and pairs, to the same numbers. It is spared "
    "matching, balance, weights, competing risks, toxicity, the sensitivity analyses and the second opinion.",
    "The plan without the chunks that workers share out (bootstrap, stability, imputation).",
)


def whole_plan(sizes: Sequence[int], folder: Path, *, with_r: bool, r_seconds: float) -> Section:
    """The plan at every size; R gets `r_seconds` for one run of it."""
    lines = [line for rows in sizes for line in _at(rows, folder / f"plan_{rows}", with_r, r_seconds)]
    return Section(title="The whole plan: ccrt_vs_rt", lines=tuple(lines), remarks=REMARKS)


def _at(n: int, folder: Path, with_r: bool, r_seconds: float) -> list[Line]:
    folder.mkdir(parents=True, exist_ok=True)
    turns = rounds(n)[0] if n < RATIO_FROM else 1
    ours, theirs, note = [], [], ""
    with ExitStack() as running:
        plan = running.enter_context(python_module("bench.whole_plan", str(n), folder))
        r = running.enter_context(r_script("whole_plan.R", folder)) if with_r else None
        for _ in range(turns):
            ours.append(json.loads(plan.ask("run")))
            if r is not None:
                found, note = _r_run(r, ours[-1]["answers"], r_seconds)
                theirs.append(found)
    return _lines(n, ours, theirs, note)


def _r_run(r: Served, answers: Mapping[str, float], allowed: float) -> tuple[dict[str, float], str]:
    """Seconds by stage, and where R was stopped. Raises ValueError where it comes to other numbers than we do."""
    found: dict[str, float] = {}
    end = time.monotonic() + allowed
    for stage in (SCORE, *STAGES):
        try:
            seconds, answer = timed(r, stage, allowed=max(end - time.monotonic(), 1.0))
        except TooLong as stopped:
            found[stage] = stopped.seconds
            return found, f"R, stopped in {stage} after {allowed / 60:.0f} min, needs more"
        if abs(answer - answers[stage]) > CLOSE * max(abs(answers[stage]), 1.0):
            raise ValueError(f"{stage}: R comes to {answer}, we to {answers[stage]}")
        found[stage] = seconds
    return found, ""


def _lines(n: int, ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, float]], note: str) -> list[Line]:
    stages = {name: median(sum(run["stages"][part] for part in parts) for run in ours) for name, parts in WITH_SCORE}
    total = {OURS: median(sum(run["stages"].values()) for run in ours)}
    rest = total[OURS] - sum(stages.values())
    if theirs:
        total["R"] = median(sum(run.values()) for run in theirs)
    values = {name: {OURS: seconds, **_theirs(theirs, name)} for name, seconds in stages.items()}
    labels = {SCORE: "score, matching, balance"}
    return [
        *(Line(rows=n, what=labels.get(name, name), values=of_stage, against="R") for name, of_stage in values.items()),
        Line(rows=n, what="all other stages", values={OURS: rest}),
        Line(
            rows=n,
            what="the whole plan",
            values=total,
            against="R",
            limit=RATIO_LIMIT if n >= RATIO_FROM else None,
            at_least=bool(note),
            note=note,
        ),
        *_absolute(n, total[OURS], ours),
    ]


def _theirs(runs: Sequence[Mapping[str, float]], stage: str) -> dict[str, float]:
    known = [run[stage] for run in runs if stage in run]
    return {"R": median(known)} if known else {}


def _absolute(n: int, seconds: float, ours: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Targets in seconds and memory, where there are any at this size."""
    lines = []
    if n in SECONDS_LIMITS:
        lines.append(Line(rows=n, what="the whole plan, compute", values={OURS: seconds}, limit=SECONDS_LIMITS[n]))
    if n in DRAWN_LIMITS:
        drawn = {OURS: seconds + median(run["report"] for run in ours)}
        lines.append(Line(rows=n, what="... with report and figures", values=drawn, limit=DRAWN_LIMITS[n]))
    if n in MEMORY_LIMITS:
        peak = {OURS: max(run["peak"] for run in ours)}
        lines.append(Line(rows=n, what="..., peak memory", values=peak, unit="MB", limit=MEMORY_LIMITS[n]))
    return lines


def _main(n: int, folder: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()  # the rebuilt cohort knows its tables from the models
    from bench.study_run import StudyRun

    study = StudyRun(n)
    study.hand_over(folder)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(study.run()), flush=True)


if __name__ == "__main__":
    _main(int(sys.argv[1]), Path(sys.argv[2]))
