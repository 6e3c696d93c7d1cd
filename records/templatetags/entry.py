"""Template tags of the entry forms."""

from collections.abc import Iterator
from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/records/error_summary.html", takes_context=True)
def error_summary(context: Any) -> dict[str, Any]:
    """What has to be mended, above the form, each with a link to its field."""
    if "adminform" not in context:
        return {"errors": []}
    forms = [context["adminform"].form]
    formsets = [line.formset for line in context.get("inline_admin_formsets", [])]
    errors = [
        error for form in [*forms, *(f for formset in formsets for f in formset.forms)] for error in errors_of(form)
    ]
    errors += [{"text": text, "target": ""} for formset in formsets for text in formset.non_form_errors()]
    return {"errors": errors}


def errors_of(form: Any) -> Iterator[dict[str, str]]:
    for name, sentences in form.errors.items():
        field = form[name] if name in form.fields else None
        for sentence in sentences:
            text = f"{field.label}: {sentence}" if field is not None and field.label else sentence
            yield {"text": text, "target": field.id_for_label or field.auto_id if field is not None else ""}


@register.simple_tag
def labelled(field: Any) -> str:
    """A field in a table: the head of its column is its label, which is said to those who do not see it."""
    widget: str = field.as_widget(attrs={"aria-label": field.label or field.name})
    return widget
