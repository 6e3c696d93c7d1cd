"""Plans: the list, one plan in words, saving a version, asking for a run."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analyses import actions, selectors
from analyses.forms import PlanForm
from analyses.models import Plan
from analyses.pipeline.errors import InvalidValueError
from analyses.views.plan_words import PlanWords
from analyses.views.requests import SignedInRequest
from records import access
from records.roles import Act

RUNS_PER_PAGE = 25


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Saved plans and the runs that the user may see."""
    access.require(request.user, Act.VIEW)
    runs = Paginator(selectors.with_results(selectors.runs(request.user)), RUNS_PER_PAGE)
    context = {
        "title": "Analyses",
        "plans": selectors.latest_plans(request.user),
        "runs": runs.get_page(request.GET.get("page")),
        "may_analyse": access.may(request.user, Act.ANALYSE),
    }
    return render(request, "analyses/index.html", context)


@login_required
@require_safe
def plan(request: SignedInRequest, plan_id: int) -> HttpResponse:
    """One version of a plan in words, with its other versions and its runs."""
    found = get_object_or_404(selectors.plans(request.user), pk=plan_id)
    versions = selectors.plans(request.user).filter(registry=found.registry, name=found.name)
    runs = selectors.runs(request.user).filter(plan__in=versions.values("pk"))
    context = {
        "title": found.title,
        "plan": found,
        "versions": versions,
        "runs": selectors.with_results(runs)[:RUNS_PER_PAGE],
        "spec_text": _as_text(found.spec_json),
        "may_analyse": access.may(request.user, Act.ANALYSE),
        **_in_words(found),
    }
    return render(request, "analyses/plan.html", context)


def _in_words(found: Plan) -> dict[str, Any]:
    """The plan's sentences, or what keeps it from being read with today's dictionary."""
    try:
        spec = found.spec
        variables, endpoints = selectors.names_of(spec)
        return {"spec": spec, "words": PlanWords(spec, variables, endpoints)}
    except InvalidValueError as error:
        return {"misfit": str(error)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: SignedInRequest, plan_id: int | None = None) -> HttpResponse:
    """A new plan, or the next version of one."""
    if not access.may(request.user, Act.ANALYSE):
        raise PermissionDenied("Your roles do not allow you to define analyses.")
    base = get_object_or_404(selectors.plans(request.user), pk=plan_id) if plan_id is not None else None
    given = {"registry": base.registry, "spec": _as_text(base.spec_json)} if base else {}
    form = PlanForm(request.POST or None, registries=selectors.registries(request.user), initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_plan(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("spec", error)
        else:
            return redirect(saved)
    title = f"New version of {base.title}" if base else "New plan"
    return render(request, "analyses/plan_form.html", {"title": title, "form": form, "plan": base})


def _as_text(spec: Any) -> str:
    return json.dumps(spec, indent=1, ensure_ascii=False)


@login_required
@require_POST
def start(request: SignedInRequest, plan_id: int) -> HttpResponse:
    """Run the plan."""
    found = get_object_or_404(selectors.plans(request.user), pk=plan_id)
    try:
        run = actions.request_run(by=request.user, plan=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(found)
    return redirect(run)
