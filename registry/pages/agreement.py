"""How far second entries agree with the first: per field, table and overall, for all or for one pair of abstractors.

Both charts count as they stood when the second was finished. A field that neither gives says nothing and is not
counted; one that only one gives counts as a difference, with 'not given' as a value of its own. What makes two rows one
record agrees by construction and is not compared either; whether both charts have the record is a line of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import DecimalField, IntegerField
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.text import capfirst

from analyses.pipeline.agreement import (
    Apart,
    Differences,
    Kappa,
    Share,
    agreeing_share,
    cohen_kappa,
    days_apart,
    limits_of_agreement,
)
from patients.abstraction import compared_fields
from patients.models import EntryState, SecondEntry
from patients.second_entries import entries
from records import access, exits
from records.access import signed_in
from records.matching import Verdict
from records.models import User
from records.partial_dates import PartialDateField, middle
from records.roles import Act
from registry.pages.second_entries import ordered_models, title_of

NOT_GIVEN = "not given"
COLUMNS = (
    "table", "field", "compared", "agreeing", "percent", "percent low", "percent high",
    "kappa", "kappa standard error", "kappa low", "kappa high",
    "pairs of numbers", "mean difference", "limit of agreement low", "limit of agreement high",
    "pairs of dates", "median days apart", "largest days apart",
)  # fmt: skip

Pair = tuple[str | None, str | None]


@dataclass
class Tally:
    """What was compared of one field: both values, and how many agree."""

    pairs: list[Pair] = field(default_factory=list)
    agreeing: int = 0

    def add(self, first: str | None, second: str | None, agrees: bool) -> None:
        self.pairs.append((first, second))
        self.agreeing += agrees


@dataclass(frozen=True)
class Line:
    title: str
    share: Share
    kappa: Kappa | None = None
    differences: Differences | None = None
    apart: Apart | None = None

    @property
    def percent(self) -> str:
        return f"{100 * self.share.share:.1f}"

    @property
    def interval(self) -> str:
        return f"{100 * self.share.low:.1f} to {100 * self.share.high:.1f}"

    @property
    def kappa_words(self) -> str:
        """Never 1 or 0 where both gave one value throughout."""
        if self.kappa is None:
            return ""
        if self.kappa.kappa is None:
            return "not defined"
        return f"{self.kappa.kappa:.2f} ({self.kappa.low:.2f} to {self.kappa.high:.2f})"

    @property
    def difference_words(self) -> str:
        if self.differences is not None:
            found = self.differences
            limits = "" if found.low is None else f" ({found.low:.2f} to {found.high:.2f})"
            return f"mean {found.mean:.2f}{limits}"
        if self.apart is not None:
            return f"median {self.apart.median:g} days, largest {self.apart.largest:g}"
        return ""


@login_required
def page(request: HttpRequest) -> HttpResponseBase:
    """The table; posted with a purpose, the same as a file.

    It holds sums and no patient. Yet it tells of a centre's data and of two persons' work, sometimes from a few charts:
    it leaves by the exit door like the rest.
    """
    user = signed_in(request)
    access.require(user, Act.MANAGE)
    finished = compared_entries(user)
    by_pair: dict[str, list[SecondEntry]] = defaultdict(list)
    names = dict(User.objects.values_list("pk", "username"))
    for entry in finished:
        by_pair[pair_of(entry, names)].append(entry)
    chosen = request.GET.get("pair", "")
    counted = by_pair.get(chosen, finished)
    tables = tables_of(counted)
    problem = ""
    if request.method == "POST":
        try:
            return as_file(user, counted, tables, request.POST.get("purpose", ""))
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {
        "title": "Agreement of two entries",
        "charts": len(counted),
        "chosen": chosen if chosen in by_pair else "",
        "pairs": [(pair, len(rows), overall(rows)) for pair, rows in sorted(by_pair.items())],
        "overall": overall(counted),
        "tables": tables,
        "may_export": access.may(user, Act.EXPORT),
        "problem": problem,
    }
    return render(request, "pages/agreement.html", context, status=400 if problem else 200)


def compared_entries(user: User) -> list[SecondEntry]:
    centres = access.centres_of(user, Act.MANAGE)
    rows = entries(user).exclude(state=EntryState.ENTERING).select_related("patient", "abstractor").order_by("pk")
    return list(rows if centres is None else rows.filter(patient__centre__in=centres))


def pair_of(entry: SecondEntry, names: Mapping[int, str]) -> str:
    """Who wrote the first chart, and who the second."""
    firsts = sorted(names[user] for user in (entry.compared or {})["by"])
    return f"{', '.join(firsts)} / {entry.abstractor}"


def tables_of(counted: Iterable[SecondEntry]) -> list[tuple[str, list[Line]]]:
    """Per table, in the order of a chart, its lines: all fields together, whether both have the record, each field."""
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in counted:
        said: Any = entry.compared
        for one in fields_given(said):
            tallies[one["table"]][one["field"]].add(one["first"], one["second"], one["agrees"] != Verdict.DIFFERS)
        for table, pairs in said["pairs"].items():
            found[table]["both"] += len(pairs)
        for table, _ in said["alone"]:
            found[table]["alone"] += 1
    tables = [model._meta.label_lower for model in ordered_models()]
    return [
        (title_of(table), list(lines_of(table, tallies[table], found[table])))
        for table in tables
        if found[table]["both"] + found[table]["alone"]
    ]


def fields_given(said: Any) -> Iterator[dict[str, Any]]:
    return (one for one in said["fields"] if one["first"] is not None or one["second"] is not None)


def lines_of(table: str, tallies: dict[str, Tally], found: Counter[str]) -> Iterator[Line]:
    pairs = sum(len(tally.pairs) for tally in tallies.values())
    if pairs:
        yield Line("All fields", agreeing_share(sum(tally.agreeing for tally in tallies.values()), pairs))
    if table != "patients.patient":
        yield Line("Record in both charts", agreeing_share(found["both"], found["both"] + found["alone"]))
    for field_ in compared_fields(apps.get_model(table)):
        if tally := tallies.get(field_.name):
            yield line_of(field_, tally)


def line_of(field_: Any, tally: Tally) -> Line:
    title, share = capfirst(str(field_.verbose_name)), agreeing_share(tally.agreeing, len(tally.pairs))
    both = [(one, other) for one, other in tally.pairs if one is not None and other is not None]
    if isinstance(field_, PartialDateField):
        days = [[middle(text).toordinal() for text in side] for side in zip(*both, strict=True)]
        return Line(title, share, apart=days_apart(*days) if both else None)
    if isinstance(field_, DecimalField | IntegerField) and not field_.choices:
        numbers = [[float(text) for text in side] for side in zip(*both, strict=True)]
        return Line(title, share, differences=limits_of_agreement(*numbers) if both else None)
    if is_free_text(field_):
        return Line(title, share)
    labels = [[text or NOT_GIVEN for text in side] for side in zip(*tally.pairs, strict=True)]
    return Line(title, share, kappa=cohen_kappa(*labels))


def is_free_text(field_: Any) -> bool:
    return field_.get_internal_type() in ("CharField", "TextField") and not field_.choices


def overall(counted: Iterable[SecondEntry]) -> Share | None:
    given = [one["agrees"] != Verdict.DIFFERS for entry in counted for one in fields_given(entry.compared)]
    return agreeing_share(sum(given), len(given)) if given else None


def as_file(
    user: User, counted: Sequence[SecondEntry], tables: Sequence[tuple[str, Sequence[Line]]], purpose: str
) -> HttpResponseBase:
    return exits.leave(
        by=user,
        what=f"agreement of two entries of {len(counted)} charts",
        purpose=purpose,
        centres={entry.patient.centre_id for entry in counted},
        content=b"".join(exits.csv_lines(COLUMNS, rows_of(tables))),
        filename="agreement.csv",
        content_type="text/csv; charset=utf-8",
    )


def rows_of(tables: Iterable[tuple[str, Sequence[Line]]]) -> Iterator[tuple[Any, ...]]:
    for table, lines in tables:
        for line in lines:
            share, kappa, found, apart = line.share, line.kappa, line.differences, line.apart
            yield (
                table, line.title, share.n, share.agreeing, 100 * share.share, 100 * share.low, 100 * share.high,
                *((kappa.kappa, kappa.standard_error, kappa.low, kappa.high) if kappa else [None] * 4),
                *((found.n, found.mean, found.low, found.high) if found else [None] * 4),
                *((apart.n, apart.median, apart.largest) if apart else [None] * 3),
            )  # fmt: skip
