"""How model fields look in entry forms, and to which rows a choice of other rows is limited."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Field, ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from records import access
from records.forms import NOT_KNOWN, Several, formfield_of
from records.models import Recorded

DIFFERS = " (differs from what was entered)"


class EntryFields:
    """Mixin for admin classes and inlines."""

    model: type[Recorded]
    # Label of the tick that stands for an empty list, by array field; without one an empty list cannot be entered.
    none_labels: ClassVar[dict[str, str]] = {}
    # Fields asked for under a condition on another of the form or line ("organ=other"): until it holds, the keyboard
    # passes them by.
    applies: ClassVar[dict[str, str]] = {}

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if isinstance(db_field, ArrayField) and db_field.base_field.choices:
            return Several(
                choices=db_field.base_field.choices,
                none=self.none_labels.get(db_field.name, ""),
                required=not db_field.blank,
                label=capfirst(db_field.verbose_name),
                help_text=db_field.help_text,
            )
        kwargs |= formfield_of(db_field) or {}
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(field, forms.TypedChoiceField):
            choices: Any = field.choices
            field.choices = [(v, t) if v != "" else ("", blank(db_field)) for v, t in choices]
        if field is not None and db_field.name in self.applies:
            field.widget.attrs["data-applies"] = self.applies[db_field.name]
        return bare(field)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if issubclass(db_field.related_model, Recorded):
            kwargs["queryset"] = choosable(request, db_field.related_model, self.model)
        elif not db_field.null:
            kwargs["empty_label"] = "Choose"
        else:
            kwargs["empty_label"] = NOT_KNOWN
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


def bare(field: forms.Field | None) -> forms.Field | None:
    """The field without pop-ups beside it: what it chooses from is added on its own page."""
    if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


def compared(derived: models.Choices | None, entered: str | None) -> str:
    """A derived value in words, to stand beside the one entered."""
    if derived is None:
        return "–"
    return f"{derived.label}{DIFFERS}" if entered and entered != derived else str(derived.label)


def blank(db_field: Field[Any, Any]) -> str:
    return NOT_KNOWN if db_field.null else "Choose"


def choosable(request: HttpRequest, related: type[Recorded], written: type[Recorded]) -> QuerySet[Any]:
    """Live rows at the centres where the user may write rows of ``written``; a chart that is abstracted a second time
    has the records of a chart, and none about it."""
    rows = access.visible_to(request.user, related._default_manager.filter(voided_at=None), written.written_under)
    return rows if written.of_chart else access.of_patients(rows)
