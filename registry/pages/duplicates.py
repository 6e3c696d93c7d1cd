"""Likely duplicates: the list, two charts side by side, and the decision whether they are one person or two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_safe

from patients import duplicates, selectors
from patients.actions import ENCRYPTED, judge_distinct, merge
from patients.actions.merging import IDENTITY, PERSON, PERSONAL
from patients.comparison import Charts, Compared, Ref, compare, must_come, ref, said_by
from patients.models import DistinctPair, Patient
from records import access, actions, sections
from records.access import signed_in, visible_to
from records.actions import StaleVersion
from records.models import User
from records.roles import Act
from registry.pages.panels import Line, cell, panel_of

DIFFERENT_REGISTRIES = "The two stand in different registries, each with a numbering of its own; they cannot be merged."


class ReasonForm(forms.Form):
    """A decision and why it was taken."""

    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
        help_text="Kept in the history for good.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class MergeForm(ReasonForm):
    """Which records stand comes with the comparison itself, since its fields are those of the two charts."""

    version_keep = forms.IntegerField(widget=forms.HiddenInput)
    version_drop = forms.IntegerField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class Side:
    """One row of the comparison: what stands at the left, what at the right. ``ref`` names a record to decide on."""

    label: str
    left: str
    right: str
    same: bool
    ref: str = ""
    comes: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Part:
    """A section of both charts. ``choice`` names a section of which one side has to stand."""

    title: str
    sides: list[Side]
    choice: str = ""
    theirs: bool = False

    @property
    def same(self) -> bool:
        return all(side.same for side in self.sides)


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The pairs that are probably one person."""
    user = signed_in(request)
    if not access.may(user, Act.MANAGE):
        raise PermissionDenied("Your roles do not allow you to merge patients.")
    found = duplicates.listed(user, again="again" in request.GET)
    context = {
        "title": "Duplicates",
        "found": found,
        "likely": duplicates.LIKELY,
        "most": duplicates.MOST,
        "weights": [(level.words, level.weight) for levels in duplicates.EVERY for level in levels],
    }
    return render(request, "pages/duplicates.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """Two patients side by side, and what is decided about them."""
    user = signed_in(request)
    charts, keep, drop = _charts(user, number, other, request.POST.get("stays") or request.GET.get("stays", ""))
    decision = request.POST.get("decision", "")
    distinct = ReasonForm(request.POST if decision in ("distinct", "again") else None, prefix="distinct")
    merging = MergeForm(
        request.POST if decision == "merge" else None,
        initial={"version_keep": keep.version, "version_drop": drop.version},
    )
    if decision == "merge" and merging.is_valid() and _merged(request, keep, drop, merging):
        return redirect("chart", number=keep.number)
    if decision in ("distinct", "again") and distinct.is_valid() and _judged(request, keep, drop, distinct, decision):
        return redirect("duplicates")
    context = {
        "title": f"{keep} and {drop}",
        "keep": keep,
        "drop": drop,
        "counts": (charts.count(keep), charts.count(drop)),
        "pair": duplicates.compared(user, keep, drop),
        "parts": list(_parts(request, charts, keep, drop)),
        "judged": _judgement(keep, drop),
        "distinct": distinct,
        "merging": merging,
        "apart": "" if keep.registry_id == drop.registry_id else DIFFERENT_REGISTRIES,
    }
    return render(request, "pages/duplicate_pair.html", context)


def _charts(user: User, number: str, other: str, stays: str) -> tuple[Charts, Patient, Patient]:
    """The two charts, and first the patient who stays: the one asked for, or whoever has more records."""
    rows = visible_to(user, selectors.patients(user), Act.MANAGE).filter(number__in=(number, other))
    found = {row.number: row for row in rows.select_related("centre", "registry")}
    if len(found) != 2:
        raise Http404("No such pair of patients at your centres.")
    charts, one, two = Charts(*found.values()), found[number], found[other]
    if stays == two.number or (stays != one.number and charts.count(two) > charts.count(one)):
        one, two = two, one
    return charts, one, two


def _judgement(keep: Patient, drop: Patient) -> DistinctPair | None:
    first, second = sorted((keep.pk, drop.pk))
    found = DistinctPair.objects.filter(patient=first, other=second, voided_at=None)
    return found.select_related("created_by").first()


# -- what stands where -------------------------------------------------------------------------------------------------


def _parts(request: HttpRequest, charts: Charts, keep: Patient, drop: Patient) -> Iterator[Part]:
    posted = request.POST if request.POST.get("decision") == "merge" else None
    yield _person(keep, drop, posted)
    user = signed_in(request)
    if all(access.may(user, Act.SEE_IDENTITY, row.centre_id) for row in (keep, drop)):
        yield from _identity(user, keep, drop, posted)
    known = {section.model: section for section in sections.registered()}
    compared = {item.kind: item for item in compare(charts, keep, drop)}
    places: dict[Any, int] = {section.model: section.place for section in known.values()}
    for kind in sorted(compared, key=lambda kind: places.get(kind, len(compared) * 1000)):
        item, section = compared[kind], known.get(kind)
        lines: dict[int, Line] = {}
        if section is not None and (item.twins or item.only_kept or item.only_dropped):
            lines = {line.row.pk: line for row in (keep, drop) for line in panel_of(request, row, section, {}).lines}
        title = section.title if section else capfirst(str(kind._meta.verbose_name_plural))
        sides = list(_by_field(item) if item.single else _by_row(item, lines, posted))
        if sides:
            name = kind._meta.label_lower
            yield Part(title, sides, name if item.contested else "", _is_theirs(posted, name))


def _is_theirs(posted: Any, name: str) -> bool:
    return posted is not None and posted.get(f"stands-{name}") == "drop"


def _person(keep: Patient, drop: Patient, posted: Any) -> Part:
    fields: list[Any] = [Patient._meta.get_field(name) for name in PERSONAL]
    said = [_side(str(field.verbose_name), cell(keep, field.name), cell(drop, field.name)) for field in fields]
    shown = [side for side in said if side.left or side.right]
    differ = not all(side.same for side in shown)
    facts = [
        _side("centre", str(keep.centre), str(drop.centre)),
        _side("identifier in the source", keep.external_id or "", drop.external_id or ""),
    ]
    return Part("Person", [*shown, *facts], PERSON if differ else "", _is_theirs(posted, PERSON))


def _identity(user: User, keep: Patient, drop: Patient, posted: Any) -> Iterator[Part]:
    left, right = selectors.identity_of(user, keep), selectors.identity_of(user, drop)
    labels = {name: name.replace("_", " ").replace("national id", "national ID") for name in ENCRYPTED}
    sides = [_side(labels[name], left.get(name, ""), right.get(name, "")) for name in ENCRYPTED]
    shown = [side for side in sides if side.left or side.right]
    if shown:
        # A hospital number is never taken to another centre.
        own = {"hospital_number"} if keep.centre_id != drop.centre_id else set()
        contested = bool(left and right) and any(left.get(name) != right.get(name) for name in {*ENCRYPTED} - own)
        yield Part("Identity", shown, IDENTITY if contested else "", _is_theirs(posted, IDENTITY))


def _side(label: str, left: str, right: str) -> Side:
    return Side(capfirst(label), left, right, left == right)


def _by_field(item: Compared) -> Iterator[Side]:
    """A section with one record a patient: field by field."""
    left = next(iter([twin for twin, _ in item.twins] or item.only_kept), None)
    right = next(iter([other for _, other in item.twins] or item.only_dropped), None)
    if left is None and right is None:
        return
    for field in said_by(item.kind):
        side = _side(str(field.verbose_name), _said(left, field.name), _said(right, field.name))
        if side.left or side.right:
            yield side


def _said(row: Any, field: str) -> str:
    return "" if row is None else cell(row, field)


def _by_row(item: Compared, lines: Mapping[int, Line], posted: Any) -> Iterator[Side]:
    """A section with several records: those that say the same face each other."""
    for twin, other in item.twins:
        yield Side("", _words(twin, lines), _words(other, lines), True, _key(other))
    for row in item.only_kept:
        yield Side("", _words(row, lines), "", False)
    ticked = None if posted is None else set(posted.getlist("comes"))
    for row in item.only_dropped:
        fixed = must_come(row)
        comes = fixed or ticked is None or _key(row) in ticked
        yield Side("", "", _words(row, lines), False, _key(row), comes, fixed)


def _words(row: Any, lines: Mapping[int, Line]) -> str:
    line = lines.get(row.pk)
    if line is None:
        return str(row)
    cells = [text for text, _ in line.cells if text]
    return " · ".join([*cells, *([line.below.title] if line.below else [])])


def _key(row: Any) -> str:
    return ":".join(str(part) for part in ref(row))


# -- what is decided ---------------------------------------------------------------------------------------------------


def _merged(request: HttpRequest, keep: Patient, drop: Patient, form: MergeForm) -> bool:
    posted = request.POST
    ticked = set(posted.getlist("comes"))
    chosen = {name.removeprefix("stands-"): posted[name] == "drop" for name in posted if name.startswith("stands-")}
    try:
        merge(
            by=signed_in(request),
            keep=keep,
            drop=drop,
            singles=chosen,
            rows={_ref(key): key in ticked for key in posted.getlist("seen")},
            **form.cleaned_data,
        )
    except StaleVersion as stale:
        form.add_error(None, f"{stale} Compare the two again.")
    except ValidationError as error:
        form.add_error(None, "; ".join(error.messages))
    else:
        messages.success(request, f"{drop} is merged into {keep}. Its number leads here from now on.")
        return True
    return False


def _ref(key: str) -> Ref:
    try:
        table, pk, version = key.split(":")
        return Ref(table, int(pk), int(version))
    except ValueError as error:
        raise ValidationError("The form came back damaged. Compare the two again.", code="damaged") from error


def _judged(request: HttpRequest, keep: Patient, drop: Patient, form: ReasonForm, decision: str) -> bool:
    user, reason, standing = signed_in(request), form.cleaned_data["reason"], _judgement(keep, drop)
    try:
        if decision == "distinct":
            judge_distinct(keep, drop, by=user, reason=reason)
            messages.success(request, f"{keep} and {drop} are two persons; they are proposed no more.")
        elif standing is not None:
            actions.void(standing, by=user, version=standing.version, reason=reason)
            messages.success(request, f"The judgement about {keep} and {drop} is taken back.")
    except (ValidationError, StaleVersion) as error:
        form.add_error(None, "; ".join(error.messages) if isinstance(error, ValidationError) else str(error))
        return False
    return True
