"""Publishing: result, files and state of a run in one transaction, by the worker whose claim is current, or not at
all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from analyses.models import Result
from analyses.pipeline.results import HazardRatio, StudyResult
from analyses.store.artifacts import keep
from analyses.store.work import Work

RESULT_NAME = "result.json"


def publish(work: Work, *, result: StudyResult, files: Mapping[str, bytes]) -> None:
    """Write the run's result and files (`result.json` among them) beside its frozen dataset and end it as succeeded;
    raises `LostLeaseError` and writes nothing when the run was taken over meanwhile."""
    with work.last_word():
        kept = keep(work.run, files)
        Result.objects.create(
            run=work.run,
            document=kept[RESULT_NAME],
            fingerprint=result.fingerprint(),
            headline=headline(result),
        )


def with_timings(result: StudyResult, timings: Mapping[str, float]) -> StudyResult:
    """The result with the seconds of the stages before the study beside those of its own."""
    manifest = dataclasses.replace(result.manifest, timings={**timings, **result.manifest.timings})
    return dataclasses.replace(result, manifest=manifest)


def headline(result: StudyResult) -> dict[str, Any]:
    """What a list of runs shows of a result: numbers of patients, pairs, and the primary hazard ratio."""
    endpoint, ratio = _primary(result)
    return {
        "registry_patients": result.attrition.top_count,
        "eligible": sum(arm.n for arm in result.arms),
        "pairs": len(result.matching.pairs) if result.matching else None,
        "endpoint": endpoint,
        "hazard_ratio": [ratio.hr, ratio.lower, ratio.upper, ratio.p] if ratio else None,
        "warnings": len(result.warnings),
    }


def _primary(result: StudyResult) -> tuple[str | None, HazardRatio | None]:
    """The first endpoint of the plan: in the matched cohort where there is one, by time-dependent exposure where
    arms are not compared from time zero on."""
    matched = [item for item in result.survival if item.population == "matched"]
    for comparison in matched or result.survival:
        return comparison.label, comparison.robust or comparison.hazard_ratio
    for begun in result.time_dependent:
        return begun.label, begun.adjusted or begun.hazard_ratio
    return None, None
