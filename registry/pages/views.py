"""Pages that join the apps: home, the chart of one patient, the user's own account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from analyses.selectors import latest_cutoff
from patients import selectors
from patients.models import UNSETTLED
from patients.second_entries import own_entry_by_hospital_number
from records import access
from records.roles import Act, Role
from registry.pages import locks, second_entries
from registry.pages.chart import by_record, facts_of, summary_of, timeline_of
from registry.pages.chart_actions import actions_of, with_standing
from registry.pages.chart_history import A_PAGE, history_of, latest_of
from registry.pages.home import LISTED, due_for, figures_for, suggestions_for, work_of
from registry.pages.panels import panels_of


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My work: what stands, and what to do next in the user's roles."""
    context = {
        "title": "My work",
        "figures": figures_for(request.user),
        "work": work_of(request.user),
        "may_enter": access.may(request.user, Act.ENTER),
        "may_follow_up": access.may(request.user, Act.FOLLOW_UP),
        "suggestions": suggestions_for(request.user),
        "may_find": access.may(request.user, Act.SEE_IDENTITY),
    }
    return render(request, "pages/home.html", context)


@login_required
@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """The part of 'my work' about follow-up, which the page loads after the rest."""
    if not access.may(request.user, Act.FOLLOW_UP):
        raise PermissionDenied("Your roles do not include follow-up.")
    rows = list(due_for(request.user)[: LISTED + 1])
    return render(request, "pages/home_due.html", {"due": rows[:LISTED], "more": len(rows) > LISTED})


@login_required
@require_safe
@second_entries.unless_blind
def chart(request: HttpRequest, number: str) -> HttpResponse:
    """One patient: the course of disease as a picture, every record with a link to its form, and what is asked."""
    patients = with_standing(selectors.with_vital_status(selectors.charts(request.user)))
    patient: Any = patients.select_related("centre", "registry").filter(number=number).first()
    if patient is None:
        return led_on(request, number)
    queries = list(selectors.queries(request.user).filter(patient=patient, state__in=UNSETTLED))
    panels = panels_of(request, patient, by_record(queries))
    context = {
        "title": patient.number,
        "patient": patient,
        "summary": summary_of(patient, panels),
        "facts": facts_of(patient),
        "actions": actions_of(request.user, patient),
        "picture": timeline_of(panels, latest_cutoff(request.user, patient.registry_id)),
        "measured": [panel for panel in panels if panel.completeness],
        "queries": queries,
        "filled": [panel for panel in panels if panel.lines],
        "bare": [panel for panel in panels if not panel.lines],
        "identity_url": reverse("admin:patients_identity_add") + f"?patient={patient.pk}",
        "may_enter": access.may(request.user, Act.ENTER, patient.centre_id),
        "may_follow_up": access.may(request.user, Act.FOLLOW_UP, patient.centre_id),
        "may_see_identity": patient.second_of_id is None
        and access.may(request.user, Act.SEE_IDENTITY, patient.centre_id),
        **locks.state_of(request, patient),
        **second_entries.state_of(request, patient),
    }
    return render(request, "pages/chart.html", context)


def led_on(request: HttpRequest, number: str) -> HttpResponse:
    """From the number of a patient who was merged into another, to the chart of the latter."""
    closed = selectors.merged(request.user, number)
    stands = closed and selectors.survivor(closed)
    if closed is None or stands is None or not selectors.charts(request.user).filter(pk=stands.pk).exists():
        raise Http404("No such patient at your centres.")
    history = format_html('<a href="{}">history of {}</a>', reverse("chart_history", args=[number]), number)
    said = "{} was merged into {} on {}, by {}. What stood under it is told by the {}."
    when = f"{closed.updated_at:%Y-%m-%d}"
    messages.info(request, format_html(said, closed, stands, when, closed.updated_by, history))
    return redirect("chart", number=stands.number)


@login_required
@require_safe
@second_entries.unless_blind
def chart_history(request: HttpRequest, number: str) -> HttpResponse:
    """Every write of a chart; for the chart itself, which loads it after the rest, the latest few."""
    patient = get_object_or_404(selectors.histories(request.user), number=number)
    if is_part(request):
        return render(request, "pages/chart_history_latest.html", {"groups": latest_of(patient)})
    page = int(text) if (text := request.GET.get("page", "1")).isdecimal() and int(text) else 1
    changes = history_of(patient, page=page)
    context = {"title": "History", "patient": patient, "page": page, "more": len(changes) > A_PAGE}
    return render(request, "pages/chart_history.html", context | {"changes": changes[:A_PAGE]})


def is_part(request: HttpRequest) -> bool:
    """Whether a page asks for this to be put into itself."""
    return bool(getattr(request, "htmx", False))


@login_required
@require_POST
def find_patient(request: HttpRequest) -> HttpResponse:
    """Open a chart by hospital number, matched exactly. Posted, so that no number ends in an address or a log."""
    if not access.may(request.user, Act.SEE_IDENTITY):
        raise PermissionDenied("You may not look patients up by hospital number.")
    found = list(selectors.by_hospital_number(request.user, request.POST.get("hospital_number", ""))[:2])
    if len(found) == 1:
        return redirect("chart", number=found[0].number)
    if own := own_entry_by_hospital_number(request.user, request.POST.get("hospital_number", "")):
        messages.info(request, "You abstract this chart a second time; the first is hidden until you finish.")
        return redirect("chart", number=own.chart.number)
    if found:
        messages.warning(request, "Two centres have a patient with this hospital number. Open the chart from the list.")
    else:
        messages.warning(request, "No patient with this hospital number at your centres.")
    return redirect("admin:patients_patient_changelist")


@login_required
@require_safe
def own_account(request: HttpRequest) -> HttpResponse:
    """Who the user is here, with the ways to change password and second factor."""
    names = dict(Role.choices)
    held = request.user.memberships.select_related("centre").order_by("centre__code", "role")  # type: ignore[union-attr]
    roles = [(row.centre, names[row.role]) for row in held]
    return render(request, "pages/account.html", {"title": "Account", "roles": roles})


@never_cache
@require_safe
def session(request: HttpRequest) -> HttpResponse:
    """Who is logged in, and the token for a form of theirs. A page asks before it saves, which is no sign of life."""
    user = request.user.get_username() if request.user.is_authenticated else None
    return JsonResponse({"user": user, "token": get_token(request)})
