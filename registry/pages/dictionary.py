"""The data dictionary: a page and two files.

None of them passes the exit door (``records.exits``): they hold what the registry asks about patients, and nothing that
it knows about any.
"""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exchange import redcap_dictionary
from records import access, exits
from records.classification import Kind
from records.dictionary import tables
from records.roles import Act

COLUMNS = ("table", "field", "label", "type", "choices", "unit", "range", "required", "help", "classification")


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Act.VIEW)
    context = {"title": "Data dictionary", "tables": tables(), "kinds": list(Kind)}
    return render(request, "pages/dictionary.html", context)


@login_required
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Act.VIEW)
    return download(b"".join(exits.csv_lines(COLUMNS, lines())), "data-dictionary.csv")


@login_required
@require_safe
def for_redcap(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Act.VIEW)
    return download(redcap_dictionary.text().encode(), "redcap-data-dictionary.csv")


def lines() -> Iterator[tuple[str, ...]]:
    for table in tables():
        for field in table.fields:
            yield (
                table.name,
                field.name,
                field.label,
                field.words,
                " | ".join(f"{code}, {label}" for code, label in field.choices),
                field.unit,
                str(field.range or ""),
                "yes" if field.required else "",
                field.help,
                field.kind.value,
            )


def download(content: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
