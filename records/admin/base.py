"""The admin class of every recorded row: entry by role and centre, writes through actions, nothing typed lost."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from records import access, actions, links, notices, writes
from records.admin import gone
from records.admin.fields import EntryFields, choosable
from records.admin.lists import FirstPages, RecordList
from records.admin.next_section import NextSection, after
from records.admin.refusals import Refused, form_attributes, refusing
from records.admin.rights import ByRole
from records.admin.voiding import VoidView, trail_page
from records.forms import RecordForm
from records.models import Recorded

# So many patients are handed from one query to the next.
FEW = 1000


class RecordAdmin(EntryFields, ByRole, admin.ModelAdmin):
    """Base of all entry forms.

    The row a record hangs below (its patient, or a course, cycle, assessment) is chosen once, when it is added, and
    comes prefilled by ``?patient=ID``; a record never moves to another patient.
    """

    model: type[Recorded]
    form = RecordForm
    actions = None
    actions_on_top = True  # without any, Django's list template writes an inline style, which the CSP forbids
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    paginator: ClassVar[type[Paginator[Any]]] = FirstPages
    search_fields: ClassVar[list[str]] = ["patient__number"]
    search_help_text = "Registry number of the patient"
    autocomplete_fields: ClassVar[list[str]] = []
    single = False  # one live row per patient: adding a second leads to the first
    change_form_template = "admin/records/change_form.html"

    # -- which rows ---------------------------------------------------------------------------------------------------

    @property
    def owner_field(self) -> str | None:
        """The foreign key that is chosen once."""
        return getattr(self.model, "parent_field", None) or ("patient" if hasattr(self.model, "patient") else None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what every page names; Django adds ``list_select_related`` only where nothing else is added."""
        named: set[Any] = {self.owner_field, "patient" if hasattr(self.model, "patient") else None}
        if isinstance(self.list_select_related, list | tuple):
            named |= set(self.list_select_related)
        return super().get_queryset(request).select_related(*filter(None, named))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By patient: as long as these are few they are found first, and their rows then by the index on them."""
        if self.owner_field is None or not search_term.strip():
            return super().get_search_results(request, queryset, search_term)
        patients: Any = self.opts.get_field("patient").related_model
        words = Q(*(Q(number__icontains=word) for word in search_term.split()))
        matching = list(patients.objects.filter(words).values_list("pk", flat=True)[: FEW + 1])
        if len(matching) > FEW:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(patient__in=matching), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return RecordList

    def found(self, request: HttpRequest, object_id: str) -> Recorded:
        """The row, or 404 whether it is absent or at a centre that is not the user's."""
        row: Recorded | None = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"No such {self.opts.verbose_name}.")
        return row

    # -- the form -----------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is not None and self.owner_field:
            fieldsets = [
                (title, options | {"fields": without(options["fields"], self.owner_field)})
                for title, options in fieldsets
            ]
        if obj is None:
            asked = ["_reason"] if self.why_reason(request) else []
        else:
            asked = ["_reason", "_version"] if self.has_change_permission(request, obj) else []
        reason = (None, {"fields": asked, "classes": ["reason", "after-lines"]})
        return [*fieldsets, reason] if asked else fieldsets

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields or [name for name in super().get_fields(request, obj) if not str(name).startswith("_")]

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        return {*super().get_autocomplete_fields(request), *filter(None, [self.owner_field])}

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [*(super().get_exclude(request, obj) or []), *(["patient"] if self.owner_field != "patient" else [])]

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        told = type(form)(form.__name__, (form,), form_attributes(request))
        owner = self.owner_field
        if owner and owner in told.base_fields and self.owner(request, obj):
            told.base_fields[owner].widget = forms.HiddenInput()
        return told

    def owner(self, request: HttpRequest, obj: Any = None) -> Any:
        """The row that the record hangs below: of the stored row, as posted, or as the link to the form says."""
        if self.owner_field is None:
            return None
        if obj is not None and obj.pk:
            return getattr(obj, self.owner_field)
        value = request.POST.get(self.owner_field) or request.GET.get(self.owner_field)
        if not value or not value.isdecimal():
            return None
        related: Any = self.opts.get_field(self.owner_field).related_model
        return choosable(request, related, self.model).filter(pk=value).first()

    def patient(self, request: HttpRequest, obj: Any = None) -> Any:
        """The patient that the form is about, if that is known."""
        owner = self.owner(request, obj)
        return getattr(owner, "patient", owner)

    def why_reason(self, request: HttpRequest, obj: Any = None) -> str:
        """What the form says where its save needs a reason; asked once per request."""
        told: Any = request
        if not hasattr(told, "why_reason"):
            patient = self.patient(request, obj)
            told.why_reason = writes.why_reason(self.model, patient.pk, adding=obj is None) if patient else ""
        return str(told.why_reason)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if "data" in kwargs:
            told: Any = request
            told.refusals |= inline.renewed(request, kwargs["data"], prefix, obj)
        return kwargs | inline.formset_kwargs(self, request, obj)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show or save. What a write refuses is shown over the filled form, as what the form itself finds is."""
        row = None if object_id is None else self.found(request, object_id)
        if row is None and request.method == "GET" and (standing := self.standing(request)):
            return HttpResponseRedirect(self.reversed("change", standing.pk))
        # What is refused is read off the request by the forms, those of a second pass too.
        again: Any = request
        again.refusals = {}
        if self.is_gone(request, row):
            return self.entered_anew(request, row, extra_context)
        context = {**(extra_context or {}), **self.page(request, row)}
        try:
            with writes.gathered():
                return super().changeform_view(request, object_id, form_url, context)
        except Refused as refused:
            again.refusals = refused.by_form
            context["comparison"] = refused.comparison
            if refused.data is not None:
                again.POST = refused.data
        return super().changeform_view(request, object_id, form_url, context)

    def is_gone(self, request: HttpRequest, row: Any) -> bool:
        """Whether a form comes back whose row somebody has voided meanwhile."""
        return request.method == "POST" and row is not None and row.is_void and self.has_add_permission(request)

    def entered_anew(self, request: HttpRequest, row: Any, extra_context: Any) -> HttpResponse:
        """The form of a row that somebody voided, as that of a new one with everything that was typed."""
        again: Any = request
        again.POST = gone.anew(request.POST, row, self.owner_field, *row.stays)
        again.void_row = row
        sentence = f"{gone.told(row)} Nothing of yours is stored. Saving now enters what you see as a new record."
        again.refusals = {"": {NON_FIELD_ERRORS: [sentence]}}
        context = {**(extra_context or {}), **self.page(request, None)}
        return super().changeform_view(request, None, self.reversed("add"), context)

    def standing(self, request: HttpRequest) -> Any:
        """The live row of a patient who can have one only."""
        patient = self.patient(request) if self.single else None
        return self.get_queryset(request).filter(patient=patient, voided_at=None).first() if patient else None

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the form's page says besides the form."""
        patient = self.patient(request, row)
        return {
            "patient": patient,
            "patient_url": patient and links.chart(patient),
            "title": capfirst(self.opts.verbose_name) if row else f"Add {self.opts.verbose_name}",
            "owner": owner if (owner := self.owner(request, row)) != patient else None,
            "subtitle": "",
            "notices": notices.about(patient) if patient else [],
            "single": self.single,
            "ask_url": links.question(row) if row is not None else "",
            "next_section": self.next_section(request, patient),
            "can_void": row is not None and self.has_change_permission(request, row),
            "why_reason": self.why_reason(request, row),
        }

    def next_section(self, request: HttpRequest, patient: Any) -> NextSection | None:
        return after(self.model, request, patient, self.admin_site)

    # -- saving -------------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with refusing(form, type(form).of):
            if change:
                self.amend(request, obj, form)
            else:
                adopt(obj, self.add(request, form))

    def add(self, request: HttpRequest, form: RecordForm) -> Recorded:
        reason = form.cleaned_data.get("_reason") or ""
        return actions.add(self.model, by=access.signed_in(request), reason=reason, **form.values)

    def amend(self, request: HttpRequest, row: Recorded, form: RecordForm) -> None:
        if form.changes:
            reason, version = form.cleaned_data.get("_reason") or "", form.cleaned_data["_version"]
            actions.amend(row, by=access.signed_in(request), version=version, reason=reason, **form.changes)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.write(by=access.signed_in(request), reason=form.cleaned_data.get("_reason") or "")

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The trail in the database is the one log of changes."""

    log_change = log_addition

    # -- where to next ------------------------------------------------------------------------------------------------

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self.next_page(request, obj, "added")

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self.next_page(request, obj, "saved")

    def next_page(self, request: HttpRequest, obj: Any, done: str) -> HttpResponse:
        messages.success(request, f"{capfirst(str(obj))}: {done}.")
        patient = getattr(obj, "patient", obj)
        if self.why_reason(request) and not writes.why_reason(self.model, patient.pk, adding=False):
            messages.warning(request, "The sign-off of the chart ended with this change.")
        stay = self.reversed("change", obj.pk)
        if "_addanother" in request.POST and self.owner_field:
            owner = getattr(obj, f"{self.owner_field}_id")
            return HttpResponseRedirect(f"{self.reversed('add')}?{urlencode({self.owner_field: owner})}")
        if "_addanother" in request.POST:
            return HttpResponseRedirect(self.reversed("add"))
        patient = getattr(obj, "patient", obj)
        if "_next" in request.POST and (section := self.next_section(request, patient)):
            return HttpResponseRedirect(section.url)
        return HttpResponseRedirect(stay if "_continue" in request.POST else links.chart(patient))

    def reversed(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    # -- voiding and trail --------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_void"
        void = path("<path:object_id>/void/", self.admin_site.admin_view(VoidView(self)), name=name)
        return [void, *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> TemplateResponse:
        return trail_page(self, request, self.found(request, object_id))


def without(fields: Any, name: str) -> list[Any]:
    """The fields of a fieldset, lines of several included, but for ``name``: the head of the page says that one."""
    lines = [without(field, name) if isinstance(field, list | tuple) else field for field in fields]
    return [line for line in lines if line not in (name, [])]


def adopt(blank: Recorded, row: Recorded) -> None:
    """Let the form's instance be the row that the action stored, for the formsets that already hold it."""
    blank.__dict__.update(row.__dict__)
