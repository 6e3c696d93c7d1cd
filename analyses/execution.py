"""One run of a plan, from the records to the published result."""

from __future__ import annotations

from analyses import selectors
from analyses.derivation.derive import derive
from analyses.pipeline.study import run_study
from analyses.reporting.report import render_report
from analyses.store.publishing import publish, with_timings
from analyses.store.work import Work, held
from analyses.tables import read_frames
from records import access
from records.roles import Act

# Where each stage begins, as a share of the whole.
READ, DERIVE, FREEZE, STUDY, REPORT, PUBLISH = 0.0, 0.08, 0.14, 0.16, 0.55, 0.97


def execute(run_id: int) -> None:
    """Do the run unless somebody else does it or it has ended; called as often as anybody likes."""
    with held(run_id) as work:
        if work is not None:
            _carry_out(work)


def _carry_out(work: Work) -> None:
    plan, reader = work.run.plan, work.run.requested_by
    access.require(reader, Act.ANALYSE)
    spec = plan.spec

    work.enter("Reading the records", READ)
    frames = read_frames(reader, plan.registry)
    centres = selectors.centres_read(reader, plan.registry)

    work.enter("Deriving variables and endpoints", DERIVE)
    dataset = derive(frames, selectors.derivation_of(spec))

    work.enter("Freezing the dataset", FREEZE)
    frozen = dataset.to_parquet()

    work.enter("Study", STUDY)
    study = run_study(dataset, spec, progress=work.between(STUDY, REPORT))
    result = with_timings(study, work.timings)

    work.enter("Report", REPORT)
    # The figures for print are drawn when somebody takes them away (views.take_away): they take longer than the study.
    files = render_report(result, invented=dataset.invented, formats=("svg",), progress=work.between(REPORT, PUBLISH))

    work.enter("Publishing", PUBLISH)
    publish(work, result=result, files=files, dataset=frozen, centres=centres)
