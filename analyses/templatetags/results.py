"""Tags of the result page: tables by the report's own renderer, so that a number is printed in one way everywhere."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from analyses.reporting.renderers import html
from analyses.reporting.table import Table

register = template.Library()
_CLASSES = {"pass": "ok", "warn": "warn", "fail": "bad", "info": ""}


@register.simple_tag
def result_table(table: Table) -> SafeString:
    # The renderer escapes every cell and heading.
    return mark_safe(html.render(table))


@register.simple_tag
def verdict_class(verdict: str) -> str:
    return _CLASSES[verdict]


@register.filter
def endings(names: str) -> list[str]:
    return names.split()
