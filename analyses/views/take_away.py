"""Taking files of a run away: with a purpose, through the one exit door."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from analyses import actions, selectors
from analyses.forms import TakeAwayForm
from analyses.models import Artifact, Run
from analyses.reporting.catalogue import figures
from analyses.reporting.figures.canvas import Format
from analyses.store.artifacts import media_type
from analyses.views.requests import SignedInRequest
from records import access, exits
from records.roles import Act

ALL = "all"
# The date inside the archive is no date of the study's: equal files make equal archives.
NO_DATE = (1980, 1, 1, 0, 0, 0)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_away(request: SignedInRequest, run_id: int) -> HttpResponseBase:
    """The list of a run's files; a file, or all of them, against a purpose."""
    run = get_object_or_404(selectors.runs(request.user), pk=run_id)
    files = selectors.artifacts(request.user, run_id)
    drawn = print_figures([item.name for item in files])
    names = [*(item.name for item in files), *drawn]
    form = TakeAwayForm(request.POST or None, names=names, initial=request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            return _leave(request, run, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
    context = {
        "title": f"Take away from run {run.pk}",
        "run": run,
        "form": form,
        "files": files,
        "print_figures": drawn,
        "wanted": request.GET.get("file", ""),
        "may_export": access.may(request.user, Act.EXPORT),
    }
    return render(request, "analyses/take_away.html", context)


def _leave(request: SignedInRequest, run: Run, *, file: str, purpose: str) -> HttpResponseBase:
    files = selectors.artifacts(request.user, run.pk).defer(None)
    actions.refuse_withdrawn(run, [item.name for item in files] if file == ALL else [file])
    if file == ALL:
        content, name, kind = _archive(files), f"run-{run.pk}.zip", "application/zip"
    elif artifact := files.filter(name=file).first():
        content, name, kind = artifact.blob.read(), _filename(run, file), artifact.media_type
    else:
        content, name, kind = _drawn(request, run, file), _filename(run, file), media_type(file)
    return exits.leave(
        by=request.user,
        what=f"{run.plan}, run {run.pk}",
        purpose=purpose,
        centres=run.centres.all(),
        content=content,
        filename=name,
        content_type=kind,
    )


def print_figures(names: Sequence[str]) -> list[str]:
    """PDF and PNG of each stored SVG figure: the same drawing, made when it is asked for."""
    figures = [name.removesuffix(".svg") for name in names if name.endswith(".svg")]
    return [f"{figure}.{ending}" for figure in figures for ending in ("pdf", "png")]


def _drawn(request: SignedInRequest, run: Run, file: str) -> bytes:
    result = selectors.result(request.user, run.pk)
    if result is None:
        raise Http404
    study = selectors.study_of(result)
    name, ending = file.removeprefix("figures/").rsplit(".", 1)
    wanted: Format = "pdf" if ending == "pdf" else "png"
    return figures(study)[name].render([wanted], invented=study.manifest.invented)[wanted]


def _filename(run: Run, name: str) -> str:
    return f"run-{run.pk}-{name.rsplit('/', 1)[-1]}"


def _archive(files: Iterable[Artifact]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for artifact in files:
            archive.writestr(zipfile.ZipInfo(artifact.name, NO_DATE), artifact.blob.read(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
