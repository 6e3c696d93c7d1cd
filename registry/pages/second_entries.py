"""Second entries: the list, the page of one with its discrepancies to settle, and what a chart says of its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from patients import selectors
from patients.abstraction import chart_models, name_of
from patients.actions import Choice, finish_second_entry, settle_many, start_second_entry, withdraw_second_entry
from patients.models import Decision, Discrepancy, EntryState, Patient, SecondEntry
from patients.second_entries import entries, own_entry
from records import access, sections
from records.access import signed_in
from records.actions import StaleVersion
from records.matching import verdict
from records.models import Recorded, User
from records.partial_dates import PartialDateField
from records.roles import MAY, Act

DECISIONS = tuple(zip(Decision.values, ("First", "Second", "Neither"), strict=True))


@dataclass(frozen=True)
class Line:
    """A discrepancy as the page shows it; ``chosen`` is what stands in the form."""

    discrepancy: Discrepancy
    record: str
    field: str
    first: str
    second: str
    compatible: bool
    url: str
    chosen: str


class StartForm(forms.Form):
    number = forms.CharField(label="Registry number", max_length=20)
    abstractor = forms.ModelChoiceField(
        User.objects.none(),
        empty_label="Choose",
        help_text="Who has not written any of the first chart, and enters charts at its centre.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        people: Any = self.fields["abstractor"]
        people.queryset = abstractors(user)

    def clean_number(self) -> Patient:
        number = self.cleaned_data["number"].strip()
        patient = selectors.patients(self.user, Act.MANAGE).filter(number=number).first()
        if patient is None:
            raise ValidationError("No such patient at your centres.")
        return patient


def abstractors(manager: User) -> Any:
    """Whom a data manager may ask: who enters charts at one of the manager's centres."""
    centres = access.centres_of(manager, Act.MANAGE)
    at = Q() if centres is None else Q(memberships__centre__in=centres)
    may_enter = Q(memberships__role__in=[role for role, acts in MAY.items() if Act.ENTER in acts])
    return User.objects.filter(at & may_enter, is_active=True).distinct().order_by("username")


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The second entries that the user follows; a data manager begins one here."""
    user = signed_in(request)
    access.require(user, Act.ENTER)
    manages = access.may(user, Act.MANAGE)
    if request.method == "POST":
        access.require(user, Act.MANAGE)
    proposed = {"number": request.GET.get("patient", "")}
    form = StartForm(request.POST or None, initial=proposed, user=user) if manages else None
    if form is not None and request.method == "POST" and form.is_valid() and (entry := started(form)):
        messages.success(request, f"{entry.abstractor} enters the chart of {entry.patient} as {entry.chart}.")
        return redirect("second_entry", pk=entry.pk)
    context = {"title": "Second entry", "form": form, "manages": manages, "rows": followed(user)}
    return render(request, "pages/second_entries.html", context)


def started(form: StartForm) -> SecondEntry | None:
    try:
        return start_second_entry(form.cleaned_data["number"], by=form.user, abstractor=form.cleaned_data["abstractor"])
    except ValidationError as error:
        form.add_error(None, error)
    return None


def followed(user: User) -> list[SecondEntry]:
    """The entries with ``progress`` in words; those that wait for somebody first."""
    live = Q(discrepancies__voided_at=None)
    rows: list[Any] = list(
        entries(user)
        .select_related("patient", "chart", "abstractor")
        .annotate(
            found=Count("discrepancies", filter=live),
            decided=Count("discrepancies", filter=live & Q(discrepancies__decision__isnull=False)),
        )
        .order_by("-created_at")
    )
    rows.sort(key=lambda row: row.state == EntryState.SETTLED)
    entered = records_in(row.chart_id for row in rows if row.state == EntryState.ENTERING)
    for row in rows:
        row.progress = (
            counted(entered.get(row.chart_id, 0), "record") + " entered"
            if row.state == EntryState.ENTERING
            else f"{row.decided} of {counted(row.found, 'discrepancy', 'discrepancies')} settled"
        )
    return rows


def counted(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def records_in(charts: Iterable[int]) -> dict[int, int]:
    """How many live records stand under each chart, in one query."""
    keys = list(charts)
    models: list[Any] = [model for model in chart_models() if model is not Patient]
    first, *others = [
        model.objects.filter(patient__in=keys, voided_at=None).order_by().values_list("patient", Value(1))
        for model in models
    ]
    found: dict[int, int] = {}
    for patient, _ in first.union(*others, all=True) if keys else ():
        found[patient] = found.get(patient, 0) + 1
    return found


@login_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One second entry: what is to be done, and once it is finished each discrepancy with both values."""
    user = signed_in(request)
    entry = found_entry(user, pk)
    may_settle = access.may(user, Act.MANAGE, entry.patient.centre_id)
    problems: list[str] = []
    if request.method == "POST":
        if not may_settle:
            raise PermissionDenied("Only a data manager settles a second entry.")
        problems = settled(request, entry)
        if not problems:
            return redirect("second_entry", pk=entry.pk)
    lines = lines_of(entry, request.POST)
    context = {
        "title": f"Second entry of {entry.patient}",
        "entry": entry,
        "mine": entry.abstractor_id == user.pk,
        "may_settle": may_settle,
        "settling": may_settle and entry.state == EntryState.FINISHED,
        "sections": by_section(lines),
        "left": sum(not line.discrepancy.decision for line in lines),
        "total": len(lines),
        "entered": records_in([entry.chart_id]).get(entry.chart_id, 0),
        "identity": identity_for(user, entry),
        "decisions": DECISIONS,
        "reason": request.POST.get("reason", ""),
        "problems": problems,
    }
    return render(request, "pages/second_entry.html", context, status=400 if problems else 200)


def found_entry(user: User, pk: int) -> SecondEntry:
    return get_object_or_404(entries(user).select_related("patient__centre", "chart", "abstractor"), pk=pk)


def identity_for(user: User, entry: SecondEntry) -> dict[str, str]:
    """By what the abstractor finds the folder, as the first chart with its identity is hidden from them."""
    if entry.abstractor_id != user.pk or not access.may(user, Act.SEE_IDENTITY, entry.patient.centre_id):
        return {}
    known = selectors.identity_of(user, entry.patient)
    return {
        label: known[name]
        for name, label in (("name", "Name"), ("hospital_number", "Hospital number"))
        if name in known
    }


def settled(request: HttpRequest, entry: SecondEntry) -> list[str]:
    """Write the decisions that were sent; what stood in the way, in sentences."""
    choices = list(chosen(request, entry))
    if not choices:
        return ["Choose for at least one discrepancy which entry holds."]
    try:
        settle_many(entry, by=signed_in(request), choices=choices, reason=request.POST.get("reason", ""))
    except StaleVersion as stale:
        return [f"{stale} Look at it again before you decide."]
    except ValidationError as error:
        return error.messages
    messages.success(request, f"{counted(len(choices), 'discrepancy', 'discrepancies')} settled.")
    return []


def chosen(request: HttpRequest, entry: SecondEntry) -> Iterable[Choice]:
    for row in entry.discrepancies.filter(voided_at=None, decision=None).order_by("pk"):
        decision, version = request.POST.get(f"decision-{row.pk}", ""), request.POST.get(f"version-{row.pk}", "")
        if decision in Decision.values and version.isdecimal():
            yield Choice(row, int(version), Decision(decision))


def lines_of(entry: SecondEntry, sent: Any) -> list[Line]:
    rows = list(entry.discrepancies.filter(voided_at=None).select_related("updated_by").order_by("pk"))
    records = {
        **records_of((row.table, row.second_row) for row in rows),
        **records_of((row.table, row.row) for row in rows),
    }
    return [line_of(row, records[row.table, row.row or row.second_row or 0], sent) for row in rows]


def records_of(keys: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], Any]:
    """The records, one query for each table."""
    by_table: dict[str, set[int]] = {}
    for table, key in keys:
        if key is not None:
            by_table.setdefault(table, set()).add(key)
    found: dict[tuple[str, int], Any] = {}
    for table, wanted in by_table.items():
        model: Any = apps.get_model(table)
        found |= {(table, row.pk): row for row in model._default_manager.select_related().filter(pk__in=wanted)}
    return found


def line_of(row: Discrepancy, record: Recorded, sent: Any) -> Line:
    field: Any = record._meta.get_field(row.field) if row.field else None
    is_date = isinstance(field, PartialDateField)
    meta = record._meta
    return Line(
        discrepancy=row,
        record=name_of(record),
        field=capfirst(str(field.verbose_name)) if field else "Whole record",
        first=row.first or ("not given" if field else "has no such record"),
        second=row.second or ("not given" if field else "has no such record"),
        compatible=is_date and verdict(row.first or None, row.second or None, dates=True).agrees,
        url=reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.row]) if row.row else "",
        chosen=row.decision or sent.get(f"decision-{row.pk}", ""),
    )


def by_section(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under the titles of the chart's sections, in their order."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.discrepancy.table, []).append(line)
    return [(title_of(table), groups[table]) for table in sorted(groups, key=place_of)]


def place_of(table: str) -> int:
    places = [model._meta.label_lower for model in ordered_models()]
    return places.index(table)


def ordered_models() -> list[type[Recorded]]:
    """The models of a chart in the order of its sections; what has none stands with what it hangs below."""
    places = {section.model: section.place for section in sections.registered()}

    def place(model: Any) -> int:
        parent = getattr(model, "parent_field", None)
        return places.get(model) or (place(model._meta.get_field(parent).related_model) if parent else 0)

    return sorted(chart_models(), key=place)


def title_of(table: str) -> str:
    model = apps.get_model(table)
    titles = {section.model: section.title for section in sections.registered()}
    return titles.get(model) or capfirst(str(model._meta.verbose_name_plural if model is not Patient else "patient"))


@login_required
@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """The abstractor has entered all that the folder gives: both charts are compared."""
    entry = found_entry(signed_in(request), pk)
    try:
        finish_second_entry(entry, by=signed_in(request), version=version_sent(request, entry))
    except (StaleVersion, ValidationError) as error:
        messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
    return redirect("second_entry", pk=entry.pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """A data manager takes a second entry back, with a reason."""
    user = signed_in(request)
    entry = found_entry(user, pk)
    access.require(user, Act.MANAGE, entry.patient.centre_id)
    try:
        withdraw_second_entry(
            entry, by=user, version=version_sent(request, entry), reason=request.POST.get("reason", "")
        )
    except (StaleVersion, ValidationError) as error:
        messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
        return redirect("second_entry", pk=entry.pk)
    messages.success(request, f"The second entry of {entry.patient} is withdrawn.")
    return redirect("second_entries")


def version_sent(request: HttpRequest, entry: SecondEntry) -> int:
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() else entry.version


def unless_blind(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page of one patient; who abstracts the chart a second time is told why it looks absent."""

    @wraps(view)
    def explaining(request: HttpRequest, number: str) -> HttpResponse:
        try:
            return view(request, number)
        except Http404:
            entry = own_entry(request.user, number=number)
            if entry is None:
                raise
            return render(request, "pages/second_entry_hidden.html", {"title": number, "entry": entry}, status=404)

    return explaining


def state_of(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """What a chart says of the second entry that it is, or that is made of it, to those who follow it."""
    found = entries(request.user).filter(Q(patient=patient) | Q(chart=patient)).select_related("patient", "abstractor")
    left = Count("discrepancies", filter=Q(discrepancies__decision=None, discrepancies__voided_at=None))
    return {"second_entry": found.annotate(left=left).first()}
