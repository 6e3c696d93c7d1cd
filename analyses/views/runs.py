"""One run: where it stands while it goes on, why it ended, its result section by section."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from analyses import actions, selectors
from analyses.models import Run, State
from analyses.reporting import format
from analyses.reporting.catalogue import sections
from analyses.reporting.tiles import diagnostic_tiles
from analyses.views.requests import SignedInRequest
from patients.selectors import patients
from records import access, links
from records.roles import Act

# How many of the patients who caused a failure the page names; the rest is counted.
NAMED = 50


@login_required
@require_safe
def run(request: SignedInRequest, run_id: int, section: str = "") -> HttpResponse:
    """The run as it stands: live while it goes on, its result when it has one, otherwise why not."""
    found = get_object_or_404(selectors.runs(request.user), pk=run_id)
    if found.state == State.SUCCEEDED:
        return _result(request, found, section)
    if section:
        raise Http404
    return render(request, "analyses/run.html", {"title": f"Run {found.pk}", **_standing(request, found)})


@login_required
@require_safe
def progress(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The live part of the page of a run; once the run has ended it asks the browser for the whole page."""
    found = get_object_or_404(selectors.runs(request.user), pk=run_id)
    if found.has_ended:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "analyses/progress.html", _standing(request, found))


def _standing(request: SignedInRequest, found: Run) -> dict[str, object]:
    named = found.error_patients[:NAMED]
    charts = {patient.number: links.chart(patient) for patient in patients(request.user).filter(number__in=named)}
    return {
        "run": found,
        "percent": round(100 * found.progress),
        "ahead": selectors.runs_ahead(found) if found.state == State.QUEUED else 0,
        "silent": selectors.is_silent(found),
        "patients": [(number, charts.get(number)) for number in named],
        "more_patients": len(found.error_patients) - len(named),
        "may_analyse": access.may(request.user, Act.ANALYSE),
    }


def _result(request: SignedInRequest, found: Run, name: str) -> HttpResponse:
    result = selectors.result(request.user, found.pk)
    if result is None:
        raise Http404
    study = selectors.study_of(result)
    contents = {section.name: section for section in sections(study)}
    chosen = contents.get(name or ("survival" if "survival" in contents else next(iter(contents))))
    if chosen is None:
        raise Http404
    tiles = diagnostic_tiles(study)
    context = {
        "title": found.plan.title,
        "run": found,
        "study": study,
        "tiles": tiles,
        "cautions": [format.uncapital(tile.label) for tile in tiles if tile.verdict in ("warn", "fail")],
        "sections": contents.values(),
        "section": chosen,
        "seconds": found.seconds,
        "headline": result.headline,
    }
    return render(request, "analyses/result.html", context)


@login_required
@require_safe
def figure(request: SignedInRequest, run_id: int, name: str) -> HttpResponse:
    """A figure as the result page shows it. It is content-addressed, so the browser may keep it."""
    artifact = get_object_or_404(selectors.artifacts(request.user, run_id).defer(None), name=f"figures/{name}.svg")
    headers = {"Cache-Control": "private, max-age=3600", "ETag": f'"{artifact.blob_id}"'}
    return HttpResponse(artifact.blob.read(), content_type=artifact.media_type, headers=headers)


@login_required
@require_POST
def cancel(request: SignedInRequest, run_id: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(request.user), pk=run_id)
    return redirect(actions.cancel_run(found, by=request.user))
