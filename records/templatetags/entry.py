"""Template tags of the entry forms."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.html import format_html

register = template.Library()


@register.inclusion_tag("admin/records/error_summary.html", takes_context=True)
def error_summary(context: Any) -> dict[str, Any]:
    """What has to be mended, above the form, each with a link to its field; a comparison says its own sentences."""
    if "adminform" not in context:
        return {"errors": []}
    forms = [context["adminform"].form]
    formsets = [line.formset for line in context.get("inline_admin_formsets", [])]
    errors = [
        error for form in [*forms, *(f for formset in formsets for f in formset.forms)] for error in errors_of(form)
    ]
    errors += [{"text": text, "target": ""} for formset in formsets for text in formset.non_form_errors()]
    comparison = context.get("comparison")
    compared = tuple(text for texts in comparison.sentences.values() for text in texts) if comparison else ()
    return {"errors": [error for error in errors if not compared or not error["text"].endswith(compared)]}


def errors_of(form: Any) -> Iterator[dict[str, str]]:
    for name, sentences in form.errors.items():
        field = form[name] if name in form.fields else None
        for sentence in sentences:
            text = f"{field.label}: {sentence}" if field is not None and field.label else sentence
            yield {"text": text, "target": field.id_for_label or field.auto_id if field is not None else ""}


@register.simple_tag
def labelled(field: Any) -> str:
    """A field in a table: the head of its column is its label, which is said to those who do not see it."""
    label = field.label or field.name
    if field.use_fieldset:
        hidden = format_html('<legend class="visually-hidden">{}</legend>', label)
        return format_html('<fieldset class="plain">{}{}</fieldset>', hidden, field)
    widget: str = field.as_widget(attrs={"aria-label": label})
    # What a new line proposed comes back beside what was typed: meanwhile the proposal may have become another.
    return widget + field.as_hidden(only_initial=True) if field.field.show_hidden_initial else widget


@register.simple_tag
def remark(field: Any) -> str:
    """What the form remarks on a field, below it."""
    said = field.form.remarks().get(field.name) if hasattr(field.form, "remarks") else None
    if said is None or not said.text:
        return ""
    css = "remark warn" if said.warns else "remark"
    return format_html('<p class="{}" id="{}_remark" aria-live="polite">{}</p>', css, field.auto_id, said.text)
