"""Lines of rows inside another row's form. Each line is added or changed by its own action, all within one write."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from records import actions
from records.admin.fields import EntryFields
from records.admin.refusals import form_attributes, refusing
from records.admin.rights import ByRole
from records.forms import RecordForm
from records.models import User


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


class ChildInline(RecordInline):
    """Rows that hang below the row of the form, such as the cycles of a course."""


class SiblingInline(RecordInline):
    """Rows of the same patient, entered on the form of another: the metastatic sites beside the diagnosis."""

    owner_model: type[Model]

    def __init__(self, parent_model: type[Model], admin_site: Any) -> None:
        patient: Any = parent_model._meta.get_field("patient").related_model
        super().__init__(patient, admin_site)

    def formset_kwargs(self, parent_admin: Any, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {"instance": parent_admin.patient(request, obj) or self.parent_model()}
