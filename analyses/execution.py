"""One run of a plan, from the records to the published result, and the chunks that it may be parked for."""

from __future__ import annotations

from analyses import selectors
from analyses.derivation.derive import derive
from analyses.models import Run, State
from analyses.pipeline.chunks import chunk_tasks, compute_chunk
from analyses.pipeline.dataset import Dataset
from analyses.pipeline.spec import StudySpec
from analyses.pipeline.study import run_study
from analyses.reporting.report import render_report
from analyses.store.chunks import BEGIN, END, ChunkWork, held_chunk, outcomes, park
from analyses.store.frozen import freeze, frozen_dataset
from analyses.store.publishing import publish, with_timings
from analyses.store.work import Work, held
from analyses.tables import read_frames
from patients.actions import rank_all
from records import access
from records.roles import Act

# Where each stage begins, as a share of the whole; the study itself comes after the chunks, where there are any.
READ, DERIVE, FREEZE, REPORT, PUBLISH = 0.0, 0.08, 0.14, 0.55, 0.97


def execute(run_id: int) -> None:
    """Do the run unless somebody else does it or it has ended; called as often as anybody likes."""
    with held(run_id) as work:
        if work is not None:
            _carry_out(work)
    if work is not None:
        _rank_queries(run_id)


def execute_chunk(chunk_id: int) -> None:
    """Do the chunk, as `execute` does a run."""
    with held_chunk(chunk_id) as work:
        if work is not None:
            _compute(work)


def _carry_out(work: Work) -> None:
    access.require(work.run.requested_by, Act.ANALYSE)
    spec = work.run.plan.spec
    # What was frozen by a lost attempt, or before the chunks, is never read a second time.
    dataset = frozen_dataset(work.run) if work.run.data_sha256 else _read_and_freeze(work, spec)
    tasks, chunks = chunk_tasks(spec), outcomes(work.run)
    if tasks and not chunks:
        park(work, tasks)
        return

    study = run_study(dataset, spec, chunks=chunks, progress=work.between(END if chunks else BEGIN, REPORT))

    work.enter("Report", REPORT)
    result = with_timings(study, work.timings)
    # The figures for print are drawn when somebody takes them away (views.take_away): they take longer than the study.
    files = render_report(result, invented=dataset.invented, formats=("svg",), progress=work.between(REPORT, PUBLISH))

    work.enter("Publishing", PUBLISH)
    publish(work, result=result, files=files)


def _read_and_freeze(work: Work, spec: StudySpec) -> Dataset:
    registry, reader = work.run.plan.registry, work.run.requested_by
    work.enter("Reading the records", READ)
    frames = read_frames(reader, registry)
    centres = selectors.centres_read(reader, registry)

    work.enter("Deriving variables and endpoints", DERIVE)
    dataset = derive(frames, selectors.derivation_of(spec))

    work.enter("Freezing the dataset", FREEZE)
    freeze(work, dataset=dataset.to_parquet(), sha256=dataset.sha256(), centres=centres)
    return dataset


def _rank_queries(run_id: int) -> None:
    """Of a run that succeeded: what the data queries cost is told by what it made of each patient."""
    for registry in Run.objects.filter(pk=run_id, state=State.SUCCEEDED).values_list("plan__registry", flat=True):
        rank_all(registry)


def _compute(work: ChunkWork) -> None:
    access.require(work.run.requested_by, Act.ANALYSE)
    work.finish(compute_chunk(frozen_dataset(work.run), work.run.plan.spec, work.task))
