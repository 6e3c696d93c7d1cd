"""What runs around every stage of a study: progress, cancellation, timing, and refusals in plain words."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from analyses.pipeline.checks import AnalysisWarning, InputError
from analyses.pipeline.errors import StudyError
from analyses.pipeline.threads import one_thread

P = ParamSpec("P")
T = TypeVar("T")
Progress = Callable[[str, float], None]


STAGES = (
    "eligibility",
    "baseline table",
    "matching",
    "table after matching",
    "survival",
    "resampling",
    "methods compared",
    "imputation",
    "competing risks",
    "prognostic factors",
    "combinations",
    "subgroups",
    "landmarks",
    "time-dependent exposure",
    "toxicity",
    "sensitivity",
    "second opinion",
    "diagnostics",
    "manifest",
)


class Stages:
    """Calls each stage with its name; `progress(stage, fraction done)` may raise to cancel the run."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.timings: dict[str, float] = {}
        self.warnings: list[str] = []

    def __call__(self, stage: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._progress(stage, STAGES.index(stage) / len(STAGES))
        start = time.perf_counter()
        with one_thread(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", AnalysisWarning)
            try:
                result = work(*args, **kwargs)
            except InputError as refusal:
                raise StudyError(stage, str(refusal)) from refusal
        self._keep(stage, caught)
        self.timings[stage] = time.perf_counter() - start
        return result

    def _keep(self, stage: str, caught: list[warnings.WarningMessage]) -> None:
        """Warnings of the statistical core stand in the result; all others go on to whoever listens."""
        for item in caught:
            if issubclass(item.category, AnalysisWarning):
                self.warnings.append(f"{stage}: {item.message}")
            else:
                warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
