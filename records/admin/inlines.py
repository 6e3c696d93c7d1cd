"""Lines of rows inside another row's form. Each line is added or changed by its own action, all within one write."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, QueryDict

from records import actions
from records.admin import gone
from records.admin.fields import EntryFields
from records.admin.refusals import form_attributes, refusing
from records.admin.rights import ByRole
from records.forms import RecordForm
from records.models import Recorded, User


class LineFormSet(BaseInlineFormSet[Any, Any, Any]):
    """Writes its lines through the actions."""

    def write(self, *, by: User, reason: str) -> None:
        for form in self.forms:
            if form.has_changed():
                with refusing(form, type(form).of):
                    self.write_line(form, by=by, reason=reason)

    def write_line(self, form: RecordForm, *, by: User, reason: str) -> Any:
        if form.instance.pk is None:
            model: Any = self.model
            return actions.add(model, by=by, reason=reason, **{self.fk.name: self.instance, **form.values})
        if not form.changes:
            return form.instance
        version = form.cleaned_data["_version"]
        return actions.amend(form.instance, by=by, version=version, reason=reason, **form.changes)


class RecordInline(EntryFields, ByRole, admin.TabularInline):
    form = RecordForm
    formset = LineFormSet
    template = "admin/records/lines.html"
    extra = 1
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(voided_at=None)

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form)(formset.form.__name__, (formset.form,), form_attributes(request))
        return formset

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        names = self.fields or super().get_fields(request, obj)
        return (
            [*(name for name in names if name != "_version"), "_version"]
            if self.has_change_permission(request, obj)
            else names
        )

    def formset_kwargs(self, parent_admin: Any, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Arguments of the formset that differ from Django's: none for rows that hang below the form's own row."""
        return {}

    def renewed(self, request: HttpRequest, data: QueryDict, prefix: str, obj: Any) -> gone.Refusals:
        """Make new lines in ``data`` of those that somebody voided meanwhile, as far as anything was typed in them."""
        rows = super().get_queryset(request).exclude(voided_at=None).select_related("voided_by")

        def is_touched(line: str, row: Recorded) -> bool:
            form = self.get_formset(request, obj if obj.pk else None).form
            return bool(form(data, prefix=line, instance=row).has_changed())

        return gone.as_new(data, prefix, rows, self.parent, is_touched)

    @property
    def parent(self) -> str:
        """The foreign key by which the lines hang below the form's row."""
        return getattr(self.model, "parent_field", None) or "patient"


class ChildInline(RecordInline):
    """Rows that hang below the row of the form, such as the cycles of a course."""

    def renewed(self, request: HttpRequest, data: QueryDict, prefix: str, obj: Any) -> gone.Refusals:
        """Where the row of the form was voided, its lines were with it, and are entered anew with it."""
        if not hasattr(request, "void_row"):
            return super().renewed(request, data, prefix, obj)
        rows = self.model._default_manager.exclude(voided_at=None).select_related("voided_by")
        gone.as_new(data, prefix, rows, self.parent, lambda line, row: True)
        return {}


class SiblingInline(RecordInline):
    """Rows of the same patient, entered on the form of another: the metastatic sites beside the diagnosis."""

    owner_model: type[Model]

    def __init__(self, parent_model: type[Model], admin_site: Any) -> None:
        patient: Any = parent_model._meta.get_field("patient").related_model
        super().__init__(patient, admin_site)

    def formset_kwargs(self, parent_admin: Any, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {"instance": parent_admin.patient(request, obj) or self.parent_model()}
