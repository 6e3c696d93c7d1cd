"""Data queries: their list, the page of one with its conversation, and the form that asks a question."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from patients import actions, selectors
from patients.actions.conversation import TURNS, turns_open_to
from patients.models import DataQuery, QueryState
from records import access, links, quality
from records.access import signed_in
from records.actions import StaleVersion
from records.admin import OwnCentres, RecordAdmin
from records.forms import by_field
from records.models import Recorded
from records.quality import Severity
from records.roles import Act

SEVERITY_CLASS = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.MISSING: ""}
STATE_CLASS = {QueryState.OPEN: "warn", QueryState.ANSWERED: "", QueryState.ACCEPTED: "ok", QueryState.CLOSED: "ok"}
STANDING = [QueryState.OPEN, QueryState.ANSWERED, QueryState.ACCEPTED]


def pill(word: str, css: str) -> SafeString:
    return format_html('<span class="pill {}">{}</span>', css, word)


def severity_pill(query: DataQuery) -> SafeString:
    if query.severity is None:
        return pill("Question", "")
    return pill(query.get_severity_display(), SEVERITY_CLASS[Severity(query.severity)])


def state_pill(query: DataQuery) -> SafeString:
    return pill(query.get_state_display(), STATE_CLASS[QueryState(query.state)])


def question_url(row: Recorded) -> str:
    """Where a question about the row is asked; empty for what is no part of a chart."""
    table = row._meta.label_lower
    if selectors.chart_model(table) is None or row.is_void:
        return ""
    patient = getattr(row, "patient_id", row.pk)
    return f"{reverse('admin:patients_dataquery_add')}?{urlencode({'patient': patient, 'table': table, 'row': row.pk})}"


links.serve_questions(question_url)


class QueryStates(admin.SimpleListFilter):
    """Those that are not closed, unless others are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        waiting = [("waiting", "Waiting for me")] if writes_or_manages(request) else []
        return [*waiting, *((str(state), str(state.label)) for state in QueryState), ("void", "Voided")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        choices = list(super().choices(changelist))
        choices[0]["display"] = "Not closed"
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataQuery]) -> QuerySet[DataQuery]:
        chosen = self.value()
        if chosen == "void":
            return queryset.exclude(voided_at=None)
        rows = queryset.filter(voided_at=None)
        if chosen == "waiting":
            return rows.filter(selectors.waiting_for(request.user))
        return rows.filter(state=chosen) if chosen in QueryState.values else rows.filter(state__in=STANDING)


def writes_or_manages(request: HttpRequest) -> bool:
    return any(access.may(request.user, act) for act in (Act.ENTER, Act.FOLLOW_UP, Act.MANAGE))


class Rules(admin.SimpleListFilter):
    title = "rule"
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "Asked by a person"), *((rule.id, rule.id) for rule in quality.registered())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataQuery]) -> QuerySet[DataQuery]:
        chosen = self.value()
        return queryset.filter(rule="" if chosen == "none" else chosen) if chosen else queryset


class TurnForm(forms.Form):
    """What is said, of the version that was read."""

    text = forms.CharField(required=False, strip=True, widget=forms.Textarea(attrs={"rows": 3, "cols": 70}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class AskForm(forms.Form):
    """A question about one record."""

    field = forms.ChoiceField(label="Field", required=False)
    text = forms.CharField(label="Question", widget=forms.Textarea(attrs={"rows": 3, "cols": 70}))

    def __init__(self, record: Recorded, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["field"]
        choices.choices = [("", "The record as a whole"), *selectors.fields_of(type(record)).items()]


@admin.register(DataQuery)
class DataQueryAdmin(RecordAdmin):
    list_display = ("how_grave", "question", "patient", "value_found", "where_it_stands", "cost", "since")
    list_display_links = ("question",)
    list_filter = (QueryStates, "severity", OwnCentres, Rules)
    ordering = ("-rank", "pk")
    change_form_template = "admin/patients/dataquery/change_form.html"
    add_form_template = "admin/patients/dataquery/add_form.html"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """To void one; whoever sees a query takes the turns that its state and their roles allow."""
        return super().has_add_permission(request, obj)

    # -- the list -----------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Without a button to add one: a question is asked from the record that it is about."""
        return super().changelist_view(request, {**(extra_context or {}), "has_add_permission": False})

    @admin.display(description="severity", ordering="severity")
    def how_grave(self, query: DataQuery) -> SafeString:
        return severity_pill(query)

    @admin.display(description="query", ordering="text")
    def question(self, query: DataQuery) -> str:
        return query.text

    @admin.display(description="found")
    def value_found(self, query: DataQuery) -> str:
        return selectors.words_of(query)

    @admin.display(description="state", ordering="state")
    def where_it_stands(self, query: DataQuery) -> SafeString:
        return state_pill(query)

    @admin.display(description="since", ordering="state_since")
    def since(self, query: DataQuery) -> SafeString:
        return format_html('<span class="d">{}</span>', f"{query.state_since:%Y-%m-%d}")

    # -- one query ----------------------------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if object_id is None:
            return self.asking(request)
        query: Any = self.found(request, object_id)
        form = TurnForm(request.POST or None, initial={"version": query.version})
        if request.method == "POST" and form.is_valid() and self.taken(request, query, form):
            return HttpResponseRedirect(request.get_full_path())
        return TemplateResponse(request, self.change_form_template, self.query_page(request, query, form))

    def taken(self, request: HttpRequest, query: DataQuery, form: TurnForm) -> bool:
        """Take the turn that was chosen. What it refuses stands over the text, which is not lost."""
        turn = request.POST.get("_turn", "")
        if turn not in TURNS:
            raise PermissionDenied("Choose what to do with the query.")
        try:
            getattr(actions, turn)(
                query, by=signed_in(request), version=form.cleaned_data["version"], text=form.cleaned_data["text"]
            )
        except StaleVersion as stale:
            query.refresh_from_db()
            form.data = {**form.data, "version": str(query.version), "text": form.cleaned_data["text"]}
            form.add_error(None, f"{stale} Your text is not stored yet; look at the query as it now stands.")
            return False
        except ValidationError as error:
            for field, sentences in by_field(error).items():
                form.add_error(field if field in form.fields else None, sentences)
            return False
        done = query.get_state_display().lower() if TURNS[turn].to else "comment kept"
        messages.success(request, f"Query of {query.patient}: {done}.")
        return True

    def query_page(self, request: HttpRequest, query: DataQuery, form: TurnForm) -> dict[str, Any]:
        record = selectors.record(request.user, query.table, query.row)
        following = (
            selectors.queries_waiting_for(request.user).exclude(pk=query.pk).values_list("pk", flat=True).first()
        )
        return {
            **self.admin_site.each_context(request),
            **self.page(request, query),
            "opts": self.opts,
            "original": query,
            "title": query.text,
            "form": form,
            "errors": form.is_bound and form.errors,
            "severity": severity_pill(query),
            "state": state_pill(query),
            "record": record and capfirst(name_of(record)),
            "record_url": record and self.form_of(record, query.field),
            "field": field_label(query),
            "found": selectors.words_of(query) or "nothing",
            "conversation": query.messages.select_related("author"),
            "turns": [(name, TURNS[name].title) for name in turns_open_to(request.user, query)],
            "next_url": following and self.reversed("change", following),
        }

    def form_of(self, record: Recorded, field: str) -> str:
        """The record's form, at the field."""
        meta = record._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
        return f"{url}#id_{field}" if field else url

    # -- a question ---------------------------------------------------------------------------------------------------

    def asking(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied("You may not ask about charts.")
        given = request.POST if request.method == "POST" else request.GET
        table, row = given.get("table", ""), given.get("row", "")
        record = selectors.record(request.user, table, int(row)) if row.isdecimal() else None
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Ask about a record"}
        if record is None:
            return TemplateResponse(request, self.add_form_template, context)
        form = AskForm(record, request.POST or None, initial={"field": request.GET.get("field", "")})
        if request.method == "POST" and form.is_valid():
            query = self.asked(request, record, form)
            if query is not None:
                messages.success(request, f"{query.patient}: your question is asked.")
                return HttpResponseRedirect(links.chart(query.patient))
        patient = getattr(record, "patient", record)
        return TemplateResponse(
            request,
            self.add_form_template,
            context
            | {
                "form": form,
                "errors": form.is_bound and form.errors,
                "record": capfirst(name_of(record)),
                "record_url": self.form_of(record, ""),
                "table": table,
                "row": row,
                "patient": patient,
                "patient_url": links.chart(patient),
            },
        )

    def asked(self, request: HttpRequest, record: Recorded, form: AskForm) -> DataQuery | None:
        try:
            return actions.ask(record, by=signed_in(request), **form.cleaned_data)
        except ValidationError as error:
            for field, sentences in by_field(error).items():
                form.add_error(field if field in form.fields else None, sentences)
            return None


def name_of(record: Recorded) -> str:
    """What the record is, without the patient, whom the page names."""
    return str(record._meta.verbose_name)


def field_label(query: DataQuery) -> str:
    model = selectors.chart_model(query.table)
    return selectors.fields_of(model).get(query.field, query.field) if model else query.field
